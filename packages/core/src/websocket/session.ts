import { EventOrderError, InvalidEventError } from '@pagi/spec'
import type { DisconnectReason } from '@pagi/spec'
import {
  checkAccept,
  checkClose,
  checkKeepalive,
  checkMessage,
  readEvent,
  readType,
  unknownEvent,
} from '../check.ts'
import type { RawEvent } from '../check.ts'
import { HttpExchange } from '../http/exchange.ts'
import type { ExchangeOptions, SourceCommand } from '../http/exchange.ts'
import {
  CONTENT_LENGTH,
  HOP_BY_HOP,
  SEC_WEBSOCKET,
  stripHopByHop,
} from '../http/response-fields.ts'
import type { CloseFrameCommand, WebSocketCommand } from '../run/ports.ts'

// The machine of a `websocket` scope (T-WS) and of its ending (T-CLOSE). A refusal *is* an
// HttpExchange. Two facts run beside the state: whether the peer's Close frame was seen and whether
// ours was sent; one Close per direction is all there ever is (WS-25).

export type WebSocketState = 'connecting' | 'accepted' | 'closing' | 'refusing' | 'refused'
export type WebSocketEventKind = 'accept' | 'refuse' | 'refusal' | 'output' | 'close' | 'fullflush'

/** T-WS: where each event leads; what is missing rejects. `refusal` is for T-HTTP to judge. */
export const WEBSOCKET_TRANSITIONS: Readonly<
  Record<WebSocketState, Readonly<Partial<Record<WebSocketEventKind, WebSocketState>>>>
> = {
  connecting: { accept: 'accepted', refuse: 'refusing' },
  accepted: { output: 'accepted', close: 'closing', fullflush: 'accepted' },
  closing: {},
  refusing: { refusal: 'refusing', fullflush: 'refusing' },
  refused: {},
}

/** Tells the run loop to ping every `interval` seconds; `timeout` 0: no dead-peer detection. */
export interface KeepaliveCommand {
  readonly type: 'keepalive'
  readonly interval: number
  readonly timeout: number
}

export type SessionCommand = WebSocketCommand | SourceCommand | KeepaliveCommand

/** How a session ends: the frame to write, if any, and what `websocket.disconnect` says (T-CLOSE). */
export interface SessionEnding {
  readonly frame: CloseFrameCommand | undefined
  readonly code: number
  readonly reason: string
}

export interface PeerClose {
  readonly code: number
  readonly reason: string
}

export interface SessionOptions extends ExchangeOptions {
  readonly subprotocols: readonly string[]
}

const NOTHING = { type: 'nothing' } as const
const FLUSH = { type: 'flush' } as const
const WEBSOCKET_EVENTS =
  'websocket.accept, websocket.send, websocket.keepalive, websocket.close or, before websocket.accept, http.response.*'

export class WebSocketSession {
  #state: WebSocketState = 'connecting'
  #peerClose: PeerClose | undefined
  #closeSent = false
  readonly #refusal: HttpExchange
  readonly #options: SessionOptions

  constructor(options: SessionOptions) {
    this.#options = options
    this.#refusal = new HttpExchange({ ...options, leastStatus: 300 }) // REF-05
  }

  get state(): WebSocketState {
    return this.#state === 'refusing' && this.#refusal.terminal ? 'refused' : this.#state
  }

  /** `websocket.close`, or the refusal's terminal event, was accepted. */
  get terminal(): boolean {
    return this.#state === 'closing' || this.#refusal.terminal
  }

  /** The machine that a source of a refusal's body reports to. */
  get refusal(): HttpExchange {
    return this.#refusal
  }

  get peerClose(): PeerClose | undefined {
    return this.#peerClose
  }

  /** Both Close frames were exchanged: any loss of the transport is now its closing (T-CLOSE 1-3). */
  get closed(): boolean {
    return this.#peerClose !== undefined && this.#closeSent
  }

  get accepted(): boolean {
    return this.#state === 'accepted' || this.#state === 'closing'
  }

  /** Whether data of the peer still reaches the application (WS-23). */
  get listening(): boolean {
    return this.#state === 'accepted' && this.#peerClose === undefined
  }

  /** Takes one event; the command is what there is to do. Throws a PagiError (CORE-27). */
  send(input: unknown): SessionCommand {
    const event = readEvent(input)
    const type = readType(event)
    switch (type) {
      case 'websocket.send':
        return this.#message(type, event)
      case 'websocket.accept':
        return this.#accept(type, event)
      case 'websocket.keepalive': {
        this.#next('output', type)
        const fields = checkKeepalive(event)
        return this.#peerClose === undefined ? { type: 'keepalive', ...fields } : NOTHING
      }
      case 'websocket.close':
        return this.#close(type, event)
      case 'http.response.start': {
        const next = this.#next('refuse', type)
        const command = this.#refusal.take(type, event)
        this.#state = next
        return command
      }
      case 'http.response.body':
      case 'http.response.trailers':
        this.#next('refusal', type)
        return this.#refusal.take(type, event)
      case 'http.fullflush':
        return this.#fullflush(type, event)
      default:
        throw unknownEvent(type, WEBSOCKET_EVENTS)
    }
  }

  /** The peer's Close frame: the reply to write, unless ours went out before (WS-30). */
  peerClosed(code: number, reason: string): CloseFrameCommand | undefined {
    if (this.#peerClose !== undefined) return undefined
    this.#peerClose = { code, reason }
    if (this.#closeSent) return undefined
    this.#closeSent = true
    return { type: 'close', code: code === 1005 ? undefined : code, reason: '' } // WS-33
  }

  /**
   * The session ends with this token; with a `code`, a Close frame says so first where none was sent
   * before (T-CLOSE 10-15). What the peer's own Close said is never replaced.
   */
  end(token: DisconnectReason, code?: number): SessionEnding {
    const frame = code !== undefined && this.accepted && !this.#closeSent
    if (frame) this.#closeSent = true
    const said = this.#peerClose
    return {
      frame: frame ? { type: 'close', code, reason: '' } : undefined,
      code: said?.code ?? (frame ? code : 1006),
      reason: said?.reason ?? token,
    }
  }

  #accept(type: string, event: RawEvent): SessionCommand {
    const next = this.#next('accept', type)
    const { headers, flags, subprotocol } = checkAccept(event)
    if (subprotocol !== undefined && !this.#options.subprotocols.includes(subprotocol))
      throw new InvalidEventError(
        type,
        'subprotocol',
        `one of those the client offered (${this.#options.subprotocols.join(', ') || 'none'})`,
        subprotocol,
      ) // WS-11
    if ((flags & (SEC_WEBSOCKET | CONTENT_LENGTH)) !== 0)
      throw new InvalidEventError(
        type,
        'headers',
        'without sec-websocket-* and content-length, which are the server’s',
        headers.map(([name]) => name).join(', '),
        'ERR_PAGI_INVALID_HEADER',
      )
    let kept = headers
    if ((flags & HOP_BY_HOP) !== 0) {
      const cleaned = stripHopByHop(headers, false)
      kept = cleaned.headers
      if (cleaned.stripped.length > 0) this.#options.stripped?.(cleaned.stripped)
    }
    this.#state = next
    return { type: 'accept', subprotocol, headers: kept }
  }

  #message(type: string, event: RawEvent): SessionCommand {
    this.#next('output', type)
    const message = checkMessage(event)
    if (this.#peerClose !== undefined) return NOTHING // T-WS, after the peer's Close
    if (message.text !== undefined) return { type: 'text', text: message.text }
    return { type: 'binary', bytes: message.bytes, owned: message.owned }
  }

  #close(type: string, event: RawEvent): SessionCommand {
    const next = this.#next('close', type)
    const { code, reason } = checkClose(event)
    this.#state = next
    if (this.#closeSent) return NOTHING // WS-25
    this.#closeSent = true
    return { type: 'close', code, reason }
  }

  #fullflush(type: string, event: RawEvent): SessionCommand {
    if (!this.#options.fullflush) throw unknownEvent(type, WEBSOCKET_EVENTS)
    this.#next('fullflush', type)
    if (this.#state === 'refusing') return this.#refusal.take(type, event)
    return this.#peerClose === undefined ? FLUSH : NOTHING
  }

  #next(kind: WebSocketEventKind, type: string): WebSocketState {
    const next = WEBSOCKET_TRANSITIONS[this.state][kind]
    if (next === undefined) throw new EventOrderError(type, this.state)
    return next
  }
}
