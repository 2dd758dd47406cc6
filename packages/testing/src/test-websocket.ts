import type { WebSocketFault } from '@pagi/core'
import type { MemorySession, MemoryWebSocketTransport } from '@pagi/core/memory'
import type { DisconnectReason } from '@pagi/spec'
import type { ApplicationCall } from './application-call.ts'
import { MisuseError } from './errors.ts'
import { HeaderFields } from './header-fields.ts'
import { Pulse } from './pulse.ts'
import { ResponseReader } from './response-reader.ts'
import { FAULTS, checkClose } from './session-end.ts'
import type { SessionEnd, SessionHabits } from './session-end.ts'
import { TestResponse } from './test-response.ts'
import { TestScope } from './test-scope.ts'
import { WireReader } from './wire-reader.ts'

/** How a session begins. */
export interface SessionStart extends SessionHabits {
  readonly call: ApplicationCall
  /** Bytes of a message the server takes. */
  readonly maxPayload: number
  readonly dispatch: (changed: () => void) => MemorySession
}

type Handshake =
  | { readonly state: 'pending' }
  | {
      readonly state: 'accepted'
      readonly subprotocol: string | undefined
      readonly headers: HeaderFields
    }
  | { readonly state: 'refused' }

type Message = string | Uint8Array

/** A WebSocket from the client's side; or the response that refused it. */
export class TestWebSocket extends TestScope implements AsyncIterable<Message>, AsyncDisposable {
  readonly #port: MemoryWebSocketTransport
  readonly #habits: SessionHabits
  readonly #maxPayload: number
  readonly #pulse: Pulse
  readonly #wire: WireReader
  readonly #refusal = new ResponseReader()
  readonly #messages: Message[] = []
  #handshake: Handshake = { state: 'pending' }
  #pings = 0
  #closeSent = false
  #serverClose: { readonly code: number; readonly reason: string } | undefined
  #end: SessionEnd | undefined

  /** For the client's own use: `client.connect` makes them. */
  static begin({ call, dispatch, maxPayload, ...habits }: SessionStart): TestWebSocket {
    let socket: TestWebSocket | undefined
    const pulse = new Pulse(() => {
      if (socket !== undefined) socket.#wire.advance()
    })
    socket = new TestWebSocket(dispatch(pulse.notify), call, pulse, maxPayload, habits)
    pulse.notify()
    return socket
  }

  private constructor(
    session: MemorySession,
    call: ApplicationCall,
    pulse: Pulse,
    maxPayload: number,
    habits: SessionHabits,
  ) {
    super(session, session.port, call)
    this.#port = session.port
    this.#pulse = pulse
    this.#maxPayload = maxPayload
    this.#habits = habits
    this.#wire = new WireReader(session.port, {
      head: (head) => {
        this.#handshake = { state: 'refused' }
        this.#refusal.begin(head)
      },
      piece: (bytes) => this.#refusal.piece(bytes),
      end: (trailers) => {
        this.#refusal.end(trailers)
        this.#over(false)
      },
      broken: () => this.#over(false),
      accept: ({ subprotocol, headers }) => {
        this.#handshake = { state: 'accepted', subprotocol, headers: new HeaderFields(headers) }
      },
      message: (data) => this.#messages.push(data),
      ping: () => {
        this.#pings += 1
        if (habits.answerPings !== false) this.#port.write({ type: 'pong' })
      },
      close: (code = 1005, reason) => this.#closed(code, reason),
      hangUp: () => this.#over(true),
    })
  }

  /** Resolves when the handshake is decided: whether it was accepted. */
  async opened(): Promise<boolean> {
    return this.#pulse.until(() => {
      if (this.#handshake.state !== 'pending') return this.accepted
      return this.#end === undefined ? undefined : false
    })
  }

  get accepted(): boolean {
    return this.#handshake.state === 'accepted'
  }

  /** What the application chose of the subprotocols offered. */
  get subprotocol(): string | undefined {
    return this.#handshake.state === 'accepted' ? this.#handshake.subprotocol : undefined
  }

  /** Fields that the application added to the handshake's response. */
  get headers(): HeaderFields {
    return this.#handshake.state === 'accepted' ? this.#handshake.headers : new HeaderFields([])
  }

  /** The response that refused the handshake, once it is over; its status is 0 when none came. */
  async refusal(): Promise<TestResponse> {
    const parts = await this.#pulse.until(() => {
      if (this.accepted) throw new MisuseError('the handshake was accepted: there is no refusal')
      return this.#refusal.parts
    })
    return new TestResponse(parts, this)
  }

  /** Sends a message. What the application does not receive waits, as on a wire. */
  send(message: Message): void {
    this.#mayWrite('send')
    if (typeof message !== 'string' && !(message instanceof Uint8Array))
      throw new MisuseError(`a message is a string or a Uint8Array, got ${typeof message}`)
    const data = typeof message === 'string' ? message : new Uint8Array(message)
    const size = typeof data === 'string' ? encoder.encode(data).byteLength : data.byteLength
    if (size <= this.#maxPayload) return this.#port.write({ type: 'message', data })
    const detail = `a message of ${size} bytes, ${this.#maxPayload} are allowed`
    this.#port.write({ type: 'fault', kind: 'size', detail })
  }

  sendJson(value: unknown): void {
    this.send(JSON.stringify(value))
  }

  /** The next message; undefined when there will be none. */
  async receive(): Promise<Message | undefined> {
    const next = await this.#pulse.until<{ readonly message: Message | undefined }>(() => {
      const message = this.#messages.shift()
      if (message !== undefined) return { message }
      this.#mayRead()
      return this.#serverClose === undefined && this.#end === undefined ? undefined : NO_MORE
    })
    return next.message
  }

  /** The next message, which must be text. @throws MisuseError when it is binary, or none comes */
  async receiveText(): Promise<string> {
    const message = await this.receive()
    if (typeof message === 'string') return message
    throw new MisuseError(
      message === undefined
        ? `no message came: the session ended with ${this.#describeEnd()}`
        : `the message is binary, ${message.byteLength} bytes`,
    )
  }

  /** The next message as JSON. @throws MisuseError as `receiveText`; SyntaxError when it is none */
  async receiveJson(): Promise<unknown> {
    const value: unknown = JSON.parse(await this.receiveText())
    return value
  }

  /** Message by message; ends with the session, however that ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      const message = await this.receive()
      if (message === undefined) return
      yield message
    }
  }

  /** Pings that came from the server. */
  get pings(): number {
    return this.#pings
  }

  /** Frames that the server has not read yet, as the application does not receive. */
  get unread(): number {
    return this.#port.unread
  }

  ping(): void {
    this.#mayWrite('ping')
    this.#port.write({ type: 'ping' })
  }

  /** Also when nobody has asked. */
  pong(): void {
    this.#mayWrite('pong')
    this.#port.write({ type: 'pong' })
  }

  /** Sends a Close frame, without a code an empty one. Settles with the end of the session. */
  async close(code?: number, reason = ''): Promise<SessionEnd> {
    if (this.#end !== undefined) return this.#end
    if (!this.accepted) {
      this.disconnect()
      return this.ended()
    }
    checkClose(code, reason)
    if (!this.#closeSent) {
      this.#closeSent = true
      this.#port.write({ type: 'close', code: code ?? 1005, reason })
    }
    return this.ended()
  }

  /** How the session ended, once it has. */
  async ended(): Promise<SessionEnd> {
    return this.#pulse.until(() => this.#end)
  }

  /** The connection is lost without a Close frame. */
  disconnect(reason: DisconnectReason = 'client_closed', detail?: string): void {
    if (this.#end !== undefined) return
    this.#finish(false)
    this.#port.lose(reason, detail)
  }

  /** Breaks the rules of RFC 6455: a malformed frame, text that is no UTF-8, a frame that is too large. */
  fault(kind: WebSocketFault): void {
    this.#mayWrite('break the protocol')
    this.#port.write({ type: 'fault', kind, detail: FAULTS[kind] })
  }

  /**
   * The client leaves without a Close frame, if it is still there, and waits for the application's call.
   * @throws UnsettledError when that does not return within the client's `patience`
   */
  async leave(): Promise<void> {
    this.disconnect()
    await this.returned()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave()
  }

  #closed(code: number, reason: string): void {
    this.#serverClose ??= { code, reason }
    if (this.#closeSent || this.#habits.answerClose === false) return
    this.#closeSent = true
    this.#port.write({ type: 'close', code, reason: '' })
  }

  /** The server has ended the connection, or begun to: the client's side ends, too. */
  #over(orderly: boolean): void {
    if (this.#end !== undefined) return
    this.#finish(orderly && this.#serverClose !== undefined)
    if (orderly) this.#port.lose()
  }

  #finish(clean: boolean): void {
    this.#refusal.broken()
    this.#end = { ...(this.#serverClose ?? { code: 1006, reason: '' }), clean }
    this.#pulse.notify()
  }

  #mayRead(): void {
    if (this.#handshake.state === 'refused')
      throw new MisuseError('the handshake was refused: refusal() has the response')
  }

  #mayWrite(what: string): void {
    if (this.#handshake.state === 'pending' && this.#end === undefined)
      throw new MisuseError(`the handshake is not decided: await opened() before you ${what}`)
    this.#mayRead()
    if (this.#end !== undefined)
      throw new MisuseError(
        `the session has ended with ${this.#describeEnd()}: too late to ${what}`,
      )
    if (this.#closeSent) throw new MisuseError(`a Close frame was sent: too late to ${what}`)
  }

  #describeEnd(): string {
    const { code, reason } = this.#end ?? this.#serverClose ?? { code: 1006, reason: '' }
    return reason === '' ? String(code) : `${code} ${JSON.stringify(reason)}`
  }
}

const NO_MORE = { message: undefined }
const encoder = new TextEncoder()
