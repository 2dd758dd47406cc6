import type { ManualClock } from '@pagi/core/memory'
import type { Application, State } from '@pagi/spec'
import type { Failure } from './application-call.ts'
import { readBodyInput } from './body-input.ts'
import { HANDSHAKE, OPEN, REQUEST, checkNames } from './client-options.ts'
import type { EventStreamOptions, OpenOptions, WebSocketOptions } from './client-options.ts'
import { FailuresError, MisuseError } from './errors.ts'
import { handshakeFields } from './handshake.ts'
import type { LogLine } from './kept-log.ts'
import { MemoryServer } from './memory-server.ts'
import { resolveOptions } from './options.ts'
import type { ResolvedOptions, TestOptions } from './options.ts'
import { makeHead } from './request-head.ts'
import type { RequestOptions } from './request-head.ts'
import { TestEventStream } from './test-event-stream.ts'
import { TestExchange } from './test-exchange.ts'
import type { TestResponse } from './test-response.ts'
import { TestWebSocket } from './test-websocket.ts'
import { turn } from './turn.ts'

type Scoped = TestExchange | TestWebSocket

/**
 * Serves an application without a socket, and is its client.
 *
 * @throws MisuseError when the application is no function, an option is unknown or its value is not
 *   acceptable
 * @example
 * await using client = testApp(app)
 * const response = await client.get('/hello')
 * assert.equal(response.text(), 'Hello')
 */
export const testApp = (app: Application, options: TestOptions = {}): TestClient =>
  new TestClient(app, options)

/** A server without a socket, and any number of clients. */
export class TestClient implements AsyncDisposable {
  readonly #options: ResolvedOptions
  readonly #server: MemoryServer
  readonly #scopes: Scoped[] = []

  constructor(app: Application, given: TestOptions) {
    this.#options = resolveOptions(given)
    this.#server = new MemoryServer(app, this.#options)
  }

  /** The time of all timeouts and keepalives; it stands still until it is told to move. */
  get clock(): ManualClock {
    return this.#server.clock
  }

  /**
   * Runs `lifespan.startup`; the first request does so too. The same promise each time.
   * @throws LifespanError when the application refused or did not answer (LIFE-11, LIFE-13)
   */
  start(): Promise<void> {
    return this.#server.start()
  }

  /** The namespace of the lifespan, of which every scope has a shallow copy (LIFE-19). */
  get state(): State {
    return this.#server.state
  }

  /** What a server would have logged, debug lines included. */
  get log(): readonly LogLine[] {
    return this.#server.log.lines
  }

  /** What the application did wrong so far: errors it threw, events that were refused. */
  get failures(): readonly Failure[] {
    return this.#server.calls.flatMap(({ failures }) => failures)
  }

  /** The requests whose application call has not settled. */
  get unsettled(): readonly string[] {
    return this.#server.unsettled
  }

  /**
   * Makes a request and takes the whole response.
   * @throws MisuseError for what no client can send; LifespanError when the startup failed
   */
  async request(target: string | URL, options: RequestOptions = {}): Promise<TestResponse> {
    if (options.stream === true)
      throw new MisuseError('a body that comes later needs open(), not request()')
    checkNames(options, REQUEST)
    const exchange = await this.#open(target, options)
    const response = await exchange.response()
    // An application that only has to return has done so when the test looks at its failures.
    await Promise.race([exchange.settled, turn()])
    return response
  }

  get(target: string | URL, options: RequestOptions = {}): Promise<TestResponse> {
    return this.request(target, { ...options, method: 'GET' })
  }

  head(target: string | URL, options: RequestOptions = {}): Promise<TestResponse> {
    return this.request(target, { ...options, method: 'HEAD' })
  }

  post(target: string | URL, options: RequestOptions = {}): Promise<TestResponse> {
    return this.request(target, { ...options, method: 'POST' })
  }

  put(target: string | URL, options: RequestOptions = {}): Promise<TestResponse> {
    return this.request(target, { ...options, method: 'PUT' })
  }

  patch(target: string | URL, options: RequestOptions = {}): Promise<TestResponse> {
    return this.request(target, { ...options, method: 'PATCH' })
  }

  delete(target: string | URL, options: RequestOptions = {}): Promise<TestResponse> {
    return this.request(target, { ...options, method: 'DELETE' })
  }

  /**
   * Makes a request and leaves the rest to the test: both bodies piece by piece, stalls, losses.
   * Resolves when the application has been called.
   * @throws as `request`
   */
  async open(target: string | URL, options: OpenOptions = {}): Promise<TestExchange> {
    checkNames(options, OPEN)
    return this.#open(target, options)
  }

  /**
   * Asks for an event stream. Resolves when its head has come, accepted or not.
   * @throws as `request`
   */
  async sse(
    target: string | URL,
    { lastEventId, ...options }: EventStreamOptions = {},
  ): Promise<TestEventStream> {
    checkNames(options, OPEN)
    const habits = new Map([['accept', 'text/event-stream']])
    if (lastEventId !== undefined) habits.set('last-event-id', lastEventId)
    const exchange = await this.#open(target, options, habits)
    return new TestEventStream(exchange, await exchange.head())
  }

  /**
   * Opens a WebSocket. Resolves when the handshake is decided, accepted or not.
   * @throws as `request`
   */
  async websocket(target: string | URL, options: WebSocketOptions = {}): Promise<TestWebSocket> {
    const socket = await this.connect(target, options)
    await socket.opened()
    return socket
  }

  /**
   * Asks for a WebSocket. Resolves when the application has been called, with the handshake undecided.
   * @throws as `request`
   */
  async connect(
    target: string | URL,
    { answerPings, answerClose, stalled = false, subprotocols, ...options }: WebSocketOptions = {},
  ): Promise<TestWebSocket> {
    checkNames(options, HANDSHAKE)
    const { wsMaxPayload: maxPayload } = this.#options
    const { head, secure } = makeHead(
      target,
      { ...options, method: 'GET' },
      { kind: 'none' },
      this.#options,
      handshakeFields(subprotocols),
    )
    await this.start()
    const served = this.#server.upgrade(head, { secure, stalled })
    return this.#keep(TestWebSocket.begin({ ...served, maxPayload, answerPings, answerClose }))
  }

  /** Moves the clock on, timer by timer; everything that one of them sets off comes before the next. */
  async advance(milliseconds: number): Promise<void> {
    if (!Number.isFinite(milliseconds) || milliseconds < 0)
      throw new MisuseError(`advance takes a number of milliseconds, got ${milliseconds}`)
    let left = milliseconds
    await turn()
    for (;;) {
      const { next } = this.clock
      if (next === undefined || next > left) break
      this.clock.advance(next)
      left -= next
      await turn()
    }
    this.clock.advance(left)
    await turn()
  }

  /** Ends event streams and WebSockets as a server does that stops; responses may go on (LIFE-23). */
  shutdown(): Promise<void> {
    return this.#server.beginShutdown()
  }

  /**
   * Throws if the application has done anything wrong so far.
   * @throws FailuresError
   */
  verify(): void {
    const { failures } = this
    if (failures.length === 0) return
    const lines = failures.map(
      ({ call, kind, error }) =>
        `${call}: ${kind === 'failed' ? 'the application failed' : 'an event was refused'}: ${String(error)}`,
    )
    throw new FailuresError(
      failures.map(({ error }) => error),
      lines.join('\n'),
    )
  }

  /**
   * Stops as a server does: ends streams and WebSockets, then whatever is still open, waits for the
   * calls of the application, and runs `lifespan.shutdown`. The same promise each time.
   * @throws UnsettledError when calls did not return within `patience`; LifespanError when the shutdown
   *   failed or was not answered (LIFE-26)
   */
  close(): Promise<void> {
    return this.#server.close(() => {
      for (const scope of this.#scopes) scope.disconnect()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #open(
    target: string | URL,
    { stalled = false, ...options }: OpenOptions,
    habits?: ReadonlyMap<string, string>,
  ): Promise<TestExchange> {
    const upload = await readBodyInput(options)
    const { head, secure, declared } = makeHead(target, options, upload, this.#options, habits)
    await this.start()
    const served = this.#server.request(head, { secure, stalled })
    return this.#keep(TestExchange.begin({ ...served, upload, declared }))
  }

  #keep<Kept extends Scoped>(scope: Kept): Kept {
    this.#scopes.push(scope)
    return scope
  }
}
