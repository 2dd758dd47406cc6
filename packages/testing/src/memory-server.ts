import { BODY_RATE_GRACE, LifespanRun, runTimeouts } from '@pagi/core'
import type { Peers, RunSettings } from '@pagi/core'
import { ManualClock, MemoryDispatcher } from '@pagi/core/memory'
import type { MemoryExchange, MemorySession, RequestHead } from '@pagi/core/memory'
import type { Application, State } from '@pagi/spec'
import { ApplicationCall } from './application-call.ts'
import { MisuseError, UnsettledError } from './errors.ts'
import { openNodeSource } from './node-source.ts'
import { KeptLog } from './kept-log.ts'
import type { ResolvedOptions } from './options.ts'
import { endsWithin, turn } from './turn.ts'

/** One call, and how to make it. */
export interface Dispatch<Result> {
  readonly call: ApplicationCall
  readonly dispatch: (changed: () => void) => Result
}

/** What is to be known of the client of one request. */
export interface ClientEnd {
  readonly secure: boolean
  readonly stalled: boolean
}

/** The server's half of a test: lifespan, the calls of the application, and their end. */
export class MemoryServer {
  readonly clock: ManualClock = new ManualClock()
  readonly log: KeptLog
  readonly calls: ApplicationCall[] = []
  readonly #app: Application
  readonly #options: ResolvedOptions
  readonly #lifespan: LifespanRun
  readonly #dispatcher: MemoryDispatcher
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(app: Application, options: ResolvedOptions) {
    if (typeof app !== 'function')
      throw new MisuseError(
        `an application is a function (scope, receive, send), got ${typeof app}`,
      )
    this.#app = app
    this.#options = options
    this.log = new KeptLog(options.logger)
    this.#lifespan = new LifespanRun({
      log: this.log,
      clock: this.clock,
      mode: options.lifespan,
      startupTimeout: options.startupTimeout,
    })
    this.#dispatcher = new MemoryDispatcher({
      settings: settingsOf(options, this.log, this.clock),
      base: {
        rootPath: options.rootPath,
        extensions: Object.freeze({ fullflush: {}, ...options.extensions }),
      },
      state: () => this.#lifespan.state,
      headLimits: {
        maxTargetSize: options.maxUrlSize,
        maxHeaderSize: options.maxHeaderSize,
        maxHeaderCount: orNone(options.maxHeaderCount),
      },
      maxPayload: options.wsMaxPayload,
    })
  }

  get state(): State {
    return this.#lifespan.state
  }

  /** LIFE-05; the same promise each time. */
  start(): Promise<void> {
    if (this.#closing !== undefined)
      return Promise.reject(new MisuseError('the client is closed: make another with testApp'))
    this.#starting ??= this.#lifespan.start(this.#app)
    return this.#starting
  }

  request(head: RequestHead, ends: ClientEnd): Dispatch<MemoryExchange> {
    const call = this.#newCall(`${head.method} ${head.target}`)
    const app = call.watch(this.#app)
    return {
      call,
      dispatch: (changed) =>
        this.#dispatcher.request(app, head, { ...this.#reading(ends), changed }),
    }
  }

  upgrade(head: RequestHead, ends: ClientEnd): Dispatch<MemorySession> {
    const call = this.#newCall(`WebSocket ${head.target}`)
    const app = call.watch(this.#app)
    return {
      call,
      dispatch: (changed) =>
        this.#dispatcher.upgrade(app, head, { ...this.#reading(ends), changed }),
    }
  }

  /** Calls that have not settled. */
  get unsettled(): readonly string[] {
    return this.calls.filter(({ running }) => running).map((call) => call.describe())
  }

  /** LIFE-23: streams and WebSockets end, responses may go on. */
  async beginShutdown(): Promise<void> {
    this.#dispatcher.shutdown('begin')
    await turn()
  }

  /**
   * The same promise each time.
   * @param leave makes every client leave that is still there
   */
  close(leave: () => void): Promise<void> {
    this.#closing ??= this.#close(leave)
    return this.#closing
  }

  async #close(leave: () => void): Promise<void> {
    if (this.#starting === undefined || !(await this.#started(this.#starting))) return
    const { patience, shutdownTimeout } = this.#options
    await this.beginShutdown()
    this.#dispatcher.shutdown('force')
    leave()
    const settled = await endsWithin(patience, Promise.all(this.#dispatcher.scopes.values()))
    const { unsettled } = this
    const stopping = this.#lifespan.stop(shutdownTimeout)
    if (!(await endsWithin(patience, stopping))) this.clock.advance(shutdownTimeout)
    const failure = await stopping.then(
      () => undefined,
      (error: unknown) => ({ cause: error }),
    )
    if (!settled) throw new UnsettledError(unsettled, failure)
    if (failure !== undefined) throw failure.cause
  }

  /** Whether there is anything to stop; a startup that hangs is given up. */
  async #started(starting: Promise<void>): Promise<boolean> {
    if (!(await endsWithin(this.#options.patience, starting)))
      this.clock.advance(this.#options.startupTimeout)
    try {
      await starting
      return true
    } catch {
      return false // `start` has said why
    }
  }

  #newCall(name: string): ApplicationCall {
    const call = new ApplicationCall(name, this.#options.patience)
    this.calls.push(call)
    return call
  }

  #reading({ secure, stalled }: ClientEnd): { readonly peers: Peers; readonly stalled: boolean } {
    const { client, server } = this.#options
    return { peers: { client: client ?? undefined, server: server ?? undefined, secure }, stalled }
  }
}

/** A limit of which 0 says that there is none. */
const orNone = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit)

const settingsOf = (options: ResolvedOptions, log: KeptLog, clock: ManualClock): RunSettings => ({
  log,
  clock,
  open: openNodeSource,
  marks: {
    high: options.writeHighWatermark,
    low: Math.min(options.writeLowWatermark, options.writeHighWatermark),
  },
  receiveLimit: options.receiveLimit,
  maxBodySize: orNone(options.maxBodySize),
  closeTimeout: options.closeTimeout,
  minBodyRate: { bytesPerSecond: options.minBodyRate, grace: BODY_RATE_GRACE },
  timeouts: runTimeouts(clock, {
    body: options.bodyTimeout,
    write: options.writeTimeout,
    webSocketIdle: options.wsIdleTimeout,
    sseIdle: options.sseIdleTimeout,
  }),
  maxReceiveQueue: options.wsMaxQueue,
  fullflush: true,
  development: true,
})
