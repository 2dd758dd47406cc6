import { ContentLengthError, EventOrderError, TrailersError } from '@pagi/spec'
import { checkBody, checkStart, readEvent, readType, unknownEvent } from '../check.ts'
import type { SourceFields } from '../body-source.ts'
import type { InlineFields, RawEvent } from '../check.ts'
import type { Framing, HttpCommand } from '../run/ports.ts'
import {
  CONTENT_LENGTH,
  DATE,
  HOP_BY_HOP,
  UPGRADE,
  checkTrailers,
  stripHopByHop,
} from './response-fields.ts'

// The response machine of an `http` scope, and of every refusal (T-HTTP). One event in, one command
// out, or an error and nothing has changed (CORE-28). A `file` or `fh` takes two steps: `send` hands
// the source back, and the state moves only when its first bytes are there (`beginSource`), to
// `broken` until `endSource` says that all of it was written: whatever stops it in between has
// thereby left the response as T-HTTP's Decision wants it.

export type HttpState = 'initial' | 'started' | 'inline' | 'trailers-due' | 'complete' | 'broken'
export type HttpEventKind = 'start' | 'more' | 'last' | 'source' | 'trailers' | 'fullflush'

/** T-HTTP: where each event leads; what is missing rejects. `last` and `source` end the body. */
export const HTTP_TRANSITIONS: Readonly<
  Record<HttpState, Readonly<Partial<Record<HttpEventKind, HttpState | 'body-end'>>>>
> = {
  initial: { start: 'started' },
  started: { more: 'inline', last: 'body-end', source: 'body-end', fullflush: 'started' },
  inline: { more: 'inline', last: 'body-end', fullflush: 'inline' },
  'trailers-due': { trailers: 'complete', fullflush: 'trailers-due' },
  complete: {},
  broken: {},
}

export interface ExchangeOptions {
  readonly method: string
  readonly httpVersion: string
  /** `http.fullflush` is advertised (EXT-03). */
  readonly fullflush?: boolean
  /** The least status a start may have: 300 for a refused handshake (REF-05). */
  readonly leastStatus?: number
  /** The response must close its connection: that of a refusal on HTTP/1.1 (REF-10). */
  readonly close?: boolean
  /** Told which connection-level headers of the application were dropped (HTTP-87). */
  readonly stripped?: (names: readonly string[]) => void
}

/** A body event whose bytes the run loop has to fetch. */
export interface SourceCommand extends SourceFields {
  readonly type: 'source'
}

const NOTHING = { type: 'nothing' } as const
const FLUSH = { type: 'flush' } as const
const END = { type: 'end', trailers: undefined } as const
const NO_BYTES = new Uint8Array(0)

export class HttpExchange {
  #state: HttpState = 'initial'
  #declaresTrailers = false
  /** HEAD, 204 and 304: bytes are counted and accepted, none is transmitted (HTTP-63, HTTP-65). */
  #suppressed = false
  #framing: Framing = 'none'
  #declared: number | undefined
  #written = 0
  /** What a source said it would yield. */
  #promised: number | undefined
  readonly #options: ExchangeOptions

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  get state(): HttpState {
    return this.#state
  }

  /** The application's terminal event was accepted (T-HTTP, "Terminal event"). */
  get terminal(): boolean {
    return this.#state === 'complete'
  }

  /** Takes one event; the command is what the transport has to do. Throws a PagiError (CORE-27). */
  send(input: unknown): HttpCommand | SourceCommand {
    const event = readEvent(input)
    return this.take(readType(event), event)
  }

  /** As `send`, for a machine that has read the type already. */
  take(type: string, event: RawEvent): HttpCommand | SourceCommand {
    switch (type) {
      case 'http.response.body':
        return this.#body(type, event)
      case 'http.response.start':
        return this.#start(type, event)
      case 'http.response.trailers':
        return this.#trailers(type, event)
      case 'http.fullflush':
        return this.#fullflush(type)
      default:
        throw unknownEvent(type, HTTP_EVENTS)
    }
  }

  /**
   * The first bytes of the source are there (none: it is empty), and nothing was written yet: a length
   * that cannot match the declared one throws and leaves the state as it was (HTTP-43, HTTP-54). From
   * here on only `endSource` makes the body whole.
   */
  beginSource(size: number | undefined, first: Uint8Array | undefined): void {
    if (size !== undefined) {
      this.#checkWhole(size)
      this.#promised = size
    } else if (first === undefined) this.#checkWhole(0)
    else this.#checkRoom(first.byteLength)
    this.#state = 'broken'
  }

  /** Accounts for one piece of a source before it is written. Throws ContentLengthError. */
  sourcePiece(bytes: Uint8Array, owned = true): HttpCommand {
    const total = this.#written === 0 ? this.#total(this.#promised) : undefined
    this.#checkRoom(bytes.byteLength)
    this.#written += bytes.byteLength
    return { type: 'data', bytes, owned, last: false, total }
  }

  /** The source has ended and all of it was taken. Throws ContentLengthError when it fell short. */
  endSource(): HttpCommand {
    this.#checkWhole(0)
    if (this.#promised !== undefined && this.#written !== this.#promised)
      throw new ContentLengthError(this.#promised, this.#written)
    this.#state = this.#afterBody()
    if (this.#state !== 'complete') return NOTHING
    if (this.#suppressed || this.#written > 0) return END
    return { type: 'data', bytes: NO_BYTES, owned: true, last: true, total: this.#total(0) }
  }

  /** HEAD, 204, 304: the source is neither opened nor read (HTTP-68). */
  skipSource(): HttpCommand {
    this.#state = this.#afterBody()
    return this.#state === 'complete' ? END : NOTHING
  }

  /** Whether a source's bytes would be transmitted at all (HTTP-68). */
  get suppressed(): boolean {
    return this.#suppressed
  }

  #start(type: string, event: RawEvent): HttpCommand {
    const next = this.#next('start', type)
    const fields = checkStart(event, this.#options.leastStatus ?? 200)
    const { status, flags, contentLength } = fields
    const { method, httpVersion } = this.#options
    const http2 = httpVersion === '2'
    let { headers } = fields
    if ((flags & HOP_BY_HOP) !== 0) {
      // HTTP-86; `upgrade` stays on HTTP/1.1, where the transport adds `connection: upgrade` (HTTP-88)
      const cleaned = stripHopByHop(headers, httpVersion === '1.1' && (flags & UPGRADE) !== 0)
      headers = cleaned.headers
      if (cleaned.stripped.length > 0) this.#options.stripped?.(cleaned.stripped)
    }
    const bodyless = status === 204 || status === 304
    if (status === 204 && (flags & CONTENT_LENGTH) !== 0)
      headers = headers.filter(([name]) => name !== 'content-length') // HTTP-63
    this.#suppressed = bodyless || method === 'HEAD'
    this.#declared = contentLength
    this.#declaresTrailers = fields.trailers
    if (this.#suppressed) this.#framing = 'none'
    else if (contentLength !== undefined) this.#framing = 'length'
    else if (http2) this.#framing = 'stream'
    else this.#framing = httpVersion === '1.1' ? 'chunked' : 'close' // HTTP-83, HTTP-85
    this.#state = next
    return {
      type: 'head',
      status,
      headers,
      framing: this.#framing,
      date: (flags & DATE) === 0,
      close: this.#options.close ?? false,
    }
  }

  #body(type: string, event: RawEvent): HttpCommand | SourceCommand {
    const fields = checkBody(event)
    if (fields.kind === 'source') {
      this.#next('source', type) // HTTP-41
      return { ...fields, type: 'source' }
    }
    return this.#inline(type, fields)
  }

  #inline(type: string, { bytes, owned, more }: InlineFields): HttpCommand {
    const next = this.#next(more ? 'more' : 'last', type)
    const length = bytes.byteLength
    if (more) this.#checkRoom(length)
    else this.#checkWhole(length)
    const last = next === 'complete'
    const total = last && this.#state === 'started' ? this.#total(length) : undefined
    this.#written += length
    this.#state = next
    if (this.#suppressed) return last ? END : NOTHING
    return { type: 'data', bytes, owned, last, total }
  }

  #trailers(type: string, event: RawEvent): HttpCommand {
    const next = this.#next('trailers', type)
    const { headers, stripped } = checkTrailers(type, event.headers)
    if (this.#framing === 'length' && this.#options.httpVersion !== '2')
      throw new TrailersError('a response framed by content-length has no place for trailers') // HTTP-62
    if (this.#framing === 'close')
      throw new TrailersError('an HTTP/1.0 response has no place for trailers')
    if (stripped.length > 0) this.#options.stripped?.(stripped)
    this.#state = next
    return this.#suppressed || headers.length === 0 ? END : { type: 'end', trailers: headers }
  }

  #fullflush(type: string): HttpCommand {
    if (!this.#options.fullflush) throw unknownEvent(type, HTTP_EVENTS) // EXT-02
    this.#next('fullflush', type)
    return FLUSH
  }

  #next(kind: HttpEventKind, type: string): HttpState {
    const next = HTTP_TRANSITIONS[this.#state][kind]
    if (next === undefined) throw new EventOrderError(type, this.#state)
    return next === 'body-end' ? this.#afterBody() : next
  }

  #afterBody(): HttpState {
    return this.#declaresTrailers ? 'trailers-due' : 'complete'
  }

  /** A length the transport may send in place of chunks: none was declared, no trailers follow. */
  #total(length: number | undefined): number | undefined {
    return this.#declared === undefined && !this.#declaresTrailers ? length : undefined // HTTP-100
  }

  /** HTTP-43: a piece that would exceed the declared length rejects; HEAD, 204, 304 are exempt. */
  #checkRoom(length: number): void {
    if (this.#declared === undefined || this.#suppressed) return
    const total = this.#written + length
    if (total > this.#declared) throw new ContentLengthError(this.#declared, total)
  }

  #checkWhole(length: number): void {
    if (this.#declared === undefined || this.#suppressed) return
    const total = this.#written + length
    if (total !== this.#declared) throw new ContentLengthError(this.#declared, total)
  }
}

const HTTP_EVENTS = 'http.response.start, http.response.body or http.response.trailers'
