import type { Clock } from '@pagi/core'
import type { ByteString, DisconnectReason, HeaderList } from '@pagi/spec'
import type { ScopeType } from './stats.ts'

// One request, event stream or WebSocket session as logs and diagnostics channels tell of it.

/**
 * What became of a request. What the client said stands as it said it, one code unit per byte, so it
 * may hold anything: whoever writes it somewhere escapes it.
 */
export interface RequestRecord {
  /** The scope's type; undefined for what came to no scope, as it was no request. */
  readonly type: ScopeType | undefined
  /** When it began, in milliseconds since the epoch. */
  readonly time: number
  /** The client's address and port; undefined on a Unix socket. */
  readonly client: readonly [host: string, port: number] | undefined
  /** Where it arrived. */
  readonly server: readonly [host: string, port: number | null] | undefined
  readonly scheme: 'http' | 'https' | 'ws' | 'wss'
  readonly method: string | undefined
  /** The request target: `/path?query`. */
  readonly target: ByteString | undefined
  readonly httpVersion: string | undefined
  /** The header fields of the request, names in lower case. */
  readonly headers: HeaderList
  /** The header fields of the response as the application, or the server itself, gave them. */
  readonly responseHeaders: HeaderList
  /** The status of the response, 101 for an accepted WebSocket; undefined when there was none. */
  readonly status: number | undefined
  /** Bytes of the response's body, or of a WebSocket's frames, without the head. */
  readonly bytes: number
  /** Milliseconds from the head of the request to the end. */
  readonly duration: number
  /** Why the end was not clean; undefined when it was, and until then. */
  readonly reason: DisconnectReason | undefined
  /** More on the reason, for people. */
  readonly detail: string | undefined
  /** How an accepted WebSocket was closed: the code of its `websocket.disconnect`. */
  readonly closeCode: number | undefined
}

/** What is known when it begins. */
export interface RequestFacts {
  readonly type: ScopeType | undefined
  readonly client: RequestRecord['client']
  readonly server: RequestRecord['server']
  readonly secure: boolean
  readonly method: string | undefined
  readonly target: ByteString | undefined
  readonly httpVersion: string | undefined
  readonly headers: HeaderList
}

/** What is known at the end. */
export interface RequestEnding {
  readonly bytes: number
  readonly reason: DisconnectReason | undefined
  readonly detail: string | undefined
  readonly closeCode: number | undefined
}

const NO_HEADERS: HeaderList = Object.freeze([])

/** A record in the making. */
export class LiveRecord implements RequestRecord {
  readonly type: ScopeType | undefined
  readonly time = Date.now()
  readonly client: RequestRecord['client']
  readonly server: RequestRecord['server']
  readonly scheme: RequestRecord['scheme']
  readonly method: string | undefined
  readonly target: ByteString | undefined
  readonly httpVersion: string | undefined
  readonly headers: HeaderList
  responseHeaders = NO_HEADERS
  status: number | undefined
  bytes = 0
  duration = 0
  reason: DisconnectReason | undefined
  detail: string | undefined
  closeCode: number | undefined
  readonly #began: number
  readonly #clock: Pick<Clock, 'now'>

  constructor(facts: RequestFacts, clock: Pick<Clock, 'now'>) {
    this.type = facts.type
    this.client = facts.client
    this.server = facts.server
    const secure = facts.secure ? 's' : ''
    this.scheme = facts.type === 'websocket' ? `ws${secure}` : `http${secure}`
    this.method = facts.method
    this.target = facts.target
    this.httpVersion = facts.httpVersion
    this.headers = facts.headers
    this.#clock = clock
    this.#began = clock.now()
  }

  started(status: number, headers: HeaderList): void {
    this.status = status
    this.responseHeaders = headers
  }

  ended({ bytes, reason, detail, closeCode }: RequestEnding): void {
    this.duration = this.#clock.now() - this.#began
    this.bytes = bytes
    this.reason = reason
    this.detail = detail
    this.closeCode = closeCode
  }
}
