import { InvalidEventError } from '@pagi/spec'
import type { HeaderList } from '@pagi/spec'
import { checkHeaders } from './http/response-fields.ts'
import type { CheckedHeaders } from './http/response-fields.ts'
import { utf8Length } from './text.ts'
import { isSendableCloseCode } from './websocket/closing.ts'

// One written-out function per event type: a loop over the field table costs five times as much.
// A test holds them to `fields.ts` of @pagi/spec. Every field is read once, inherited ones and
// getters included, and what comes back is the machines' own: the caller may change its event.

/** An event as the application sent it: nothing is known of its fields yet. */
export interface RawEvent {
  readonly type: string
  readonly status?: unknown
  readonly headers?: unknown
  readonly trailers?: unknown
  readonly body?: unknown
  readonly file?: unknown
  readonly fh?: unknown
  readonly offset?: unknown
  readonly length?: unknown
  readonly more?: unknown
  readonly subprotocol?: unknown
  readonly text?: unknown
  readonly bytes?: unknown
  readonly interval?: unknown
  readonly timeout?: unknown
  readonly code?: unknown
  readonly reason?: unknown
  readonly data?: unknown
  readonly event?: unknown
  readonly id?: unknown
  readonly retry?: unknown
  readonly comment?: unknown
  readonly message?: unknown
}

/** Bytes on their way out; `owned` ones are ours, others stay the caller's until its send settled. */
export interface Payload {
  readonly bytes: Uint8Array
  readonly owned: boolean
}

/** A `file` or `fh` to stream: a path or URL, or one of the sources of the binding, section 6. */
export interface SourceFields {
  readonly kind: 'source'
  readonly file: string | URL | undefined
  readonly fh: unknown
  readonly offset: number
  readonly length: number | undefined
}

export interface InlineFields extends Payload {
  readonly kind: 'inline'
  readonly more: boolean
}

export interface StartFields extends CheckedHeaders {
  readonly status: number
  readonly trailers: boolean
}

/** An event must be an object with a string `type`; says which type (CORE-11, CORE-27). */
export const readEvent = (event: unknown): RawEvent => {
  if (typeof event !== 'object' || event === null)
    throw new InvalidEventError('send', undefined, 'an event object', event)
  if (!isEvent(event))
    throw new InvalidEventError(
      'send',
      'type',
      'a string',
      'type' in event ? event.type : undefined,
    )
  return event
}

const isEvent = (value: object): value is RawEvent =>
  'type' in value && typeof value.type === 'string'

/** The error for a type no event of the scope has, or that was not advertised (CORE-27, EXT-02). */
export const unknownEvent = (type: string, known: string): InvalidEventError =>
  new InvalidEventError(type, 'type', known, type, 'ERR_PAGI_UNKNOWN_EVENT')

/** `http.response.start`; `least` and `most` bound the status (HTTP-34, REF-05). */
export const checkStart = (event: RawEvent, least: number): StartFields => {
  const { type, status, headers, trailers } = event
  if (!isInteger(status) || status < least || status > 999)
    throw new InvalidEventError(type, 'status', `an integer from ${least} to 999`, status)
  const checked = checkHeaders(type, headers)
  return {
    status,
    headers: checked.headers,
    contentLength: checked.contentLength,
    flags: checked.flags,
    trailers: flag(type, 'trailers', trailers),
  }
}

/** `http.response.body`: at most one of `body`, `file` and `fh` (HTTP-40). */
export const checkBody = (event: RawEvent): InlineFields | SourceFields => {
  const { type, body, file, fh } = event
  if (file === undefined && fh === undefined) return inline(type, body, event.more) // the common case, first
  const given = [body, file, fh].filter((value) => value !== undefined && value !== null)
  if (given.length > 1)
    throw new InvalidEventError(type, undefined, 'at most one of body, file and fh', event)
  if (!isGiven(file) && !isGiven(fh)) return inline(type, body, event.more)
  const length = event.length
  return {
    kind: 'source',
    file: isGiven(file) ? checkFile(type, file) : undefined,
    fh: isGiven(fh) ? fh : undefined,
    offset: integerOr(type, 'offset', event.offset, 0) ?? 0,
    length: integerOr(type, 'length', length, undefined),
  }
}

const inline = (type: string, body: unknown, more: unknown): InlineFields => {
  const { bytes, owned } = isGiven(body) ? payload(type, 'body', body) : EMPTY
  return { kind: 'inline', bytes, owned, more: flag(type, 'more', more) }
}

const checkFile = (type: string, file: unknown): string | URL => {
  if (typeof file === 'string') return file
  if (file instanceof URL && file.protocol === 'file:') return file
  throw new InvalidEventError(type, 'file', 'an absolute path or a file: URL object', file)
}

/** `websocket.accept`; whether the subprotocol was offered is the session's to say (WS-11). */
export const checkAccept = (
  event: RawEvent,
): CheckedHeaders & { readonly subprotocol: string | undefined } => {
  const { type, subprotocol, headers } = event
  const chosen = optionalText(type, 'subprotocol', subprotocol)
  const checked = checkHeaders(type, headers)
  return {
    headers: checked.headers,
    contentLength: checked.contentLength,
    flags: checked.flags,
    subprotocol: chosen,
  }
}

/** `websocket.send`: exactly one of `text` and `bytes` (WS-15). */
export const checkMessage = (
  event: RawEvent,
): { readonly text: string } | ({ readonly text?: undefined } & Payload) => {
  const { type, text, bytes } = event
  if (isGiven(text) === isGiven(bytes))
    throw new InvalidEventError(type, undefined, 'exactly one of text and bytes', event)
  if (isGiven(text)) return { text: requiredText(type, 'text', text) }
  return payload(type, 'bytes', bytes)
}

/** `websocket.keepalive`: seconds (WS-16). */
export const checkKeepalive = (
  event: RawEvent,
): { readonly interval: number; readonly timeout: number } => ({
  interval: seconds(event.type, 'interval', event.interval),
  timeout: isGiven(event.timeout) ? seconds(event.type, 'timeout', event.timeout) : 0,
})

/** `websocket.close`: a code that may be sent and a reason of at most 123 bytes (WS-26, WS-27). */
export const checkClose = (event: RawEvent): { readonly code: number; readonly reason: string } => {
  const { type, code, reason } = event
  if (isGiven(code) && !(isInteger(code) && isSendableCloseCode(code)))
    throw new InvalidEventError(type, 'code', '1000-1003, 1007-1014 or 3000-4999', code)
  const text = optionalText(type, 'reason', reason) ?? ''
  if (utf8Length(text) > 123)
    throw new InvalidEventError(type, 'reason', 'at most 123 bytes of UTF-8', reason)
  return { code: isInteger(code) ? code : 1000, reason: text }
}

/** `sse.start`: a status that can carry a stream, and no `content-length` (SSE-07). */
export const checkSseStart = (event: RawEvent): CheckedHeaders & { readonly status: number } => {
  const { type, headers } = event
  const status = isGiven(event.status) ? event.status : 200
  if (!isInteger(status) || status < 200 || status > 999 || NO_STREAM.has(status))
    throw new InvalidEventError(
      type,
      'status',
      'an integer from 200 to 999 other than 204, 205 and 304',
      status,
    )
  const checked = checkHeaders(type, headers)
  if (checked.contentLength !== undefined)
    throw new InvalidEventError(
      type,
      'headers',
      'without content-length, as a stream has none',
      `content-length: ${checked.contentLength}`,
      'ERR_PAGI_INVALID_HEADER',
    )
  return {
    status,
    headers: checked.headers,
    contentLength: undefined,
    flags: checked.flags,
  }
}

/** `sse.send` (SSE-11, SSE-12). */
export const checkSseMessage = (
  event: RawEvent,
): { data: string; event?: string; id?: string; retry?: number } => {
  const { type, retry } = event
  const message: { data: string; event?: string; id?: string; retry?: number } = {
    data: requiredText(type, 'data', event.data),
  }
  const name = optionalText(type, 'event', event.event)
  if (name !== undefined) message.event = oneLine(type, 'event', name, LINE_END)
  const id = optionalText(type, 'id', event.id)
  if (id !== undefined) message.id = oneLine(type, 'id', id, LINE_END_OR_NUL)
  const delay = integerOr(type, 'retry', retry, undefined)
  if (delay !== undefined) message.retry = delay
  return message
}

/** `sse.comment` (SSE-15). */
export const checkComment = (event: RawEvent): string =>
  requiredText(event.type, 'comment', event.comment)

/** `sse.keepalive`: seconds and the comment's text (SSE-16). */
export const checkSseKeepalive = (
  event: RawEvent,
): { readonly interval: number; readonly comment: string } => ({
  interval: seconds(event.type, 'interval', event.interval),
  comment: optionalText(event.type, 'comment', event.comment) ?? '',
})

/** `sse.close`: its `reason` goes to logs only (SSE-19). */
export const checkSseClose = (event: RawEvent): string | undefined =>
  optionalText(event.type, 'reason', event.reason)

/** The `message` of a failed start or stop, `''` by default (LIFE-12, LIFE-26). */
export const checkFailure = (event: RawEvent): string =>
  optionalText(event.type, 'message', event.message) ?? ''

/** Trailer fields, byte-checked like headers (HTTP-60); stripping is the caller's. */
export const emptyHeaders: HeaderList = Object.freeze([])

const encoder = new TextEncoder()
const EMPTY: Payload = { bytes: new Uint8Array(0), owned: true }
const LINE_END = /[\r\n]/
const LINE_END_OR_NUL = /[\r\n\0]/
const NO_STREAM = new Set([204, 205, 304])

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)

/** Flags are `true`, `false`, `1` and `0` (CORE-15). */
const flag = (type: string, field: string, value: unknown): boolean => {
  if (value === undefined || value === false || value === 0 || value === null) return false
  if (value === true || value === 1) return true
  throw new InvalidEventError(type, field, 'true, false, 1 or 0', value)
}

const integerOr = <Default>(
  type: string,
  field: string,
  value: unknown,
  fallback: Default,
): number | Default => {
  if (value === undefined || value === null) return fallback
  if (isInteger(value) && value >= 0) return value
  throw new InvalidEventError(type, field, 'a non-negative integer', value) // HTTP-50, SSE-11
}

const seconds = (type: string, field: string, value: unknown): number => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new InvalidEventError(type, field, 'a finite number of seconds, 0 or more', value)
}

const requiredText = (type: string, field: string, value: unknown): string => {
  if (typeof value !== 'string') throw new InvalidEventError(type, field, 'a string', value)
  if (!value.isWellFormed())
    throw new InvalidEventError(type, field, 'well-formed text (no lone surrogate)', value)
  return value
}

const optionalText = (type: string, field: string, value: unknown): string | undefined =>
  isGiven(value) ? requiredText(type, field, value) : undefined

const oneLine = (type: string, field: string, value: string, forbidden: RegExp): string => {
  if (!forbidden.test(value)) return value
  const what = forbidden === LINE_END ? 'CR or LF' : 'CR, LF or NUL'
  throw new InvalidEventError(type, field, `text without ${what}`, value)
}

/** Bytes, or text that leaves as UTF-8 (binding, section 6). */
const payload = (type: string, field: string, value: unknown): Payload => {
  if (typeof value === 'string')
    return { bytes: encoder.encode(requiredText(type, field, value)), owned: true }
  if (isBytes(value)) return { bytes: value, owned: false }
  const buffer = isArrayBuffer(value) ? viewOf(value) : undefined
  if (buffer !== undefined) return { bytes: buffer, owned: false }
  throw new InvalidEventError(type, field, 'a Uint8Array, an ArrayBuffer or a string', value)
}

/** True for a `Uint8Array` of any realm, a Node `Buffer` included. */
export const isBytes = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array || tagOf(value) === '[object Uint8Array]'

const isArrayBuffer = (value: unknown): value is ArrayBuffer =>
  value instanceof ArrayBuffer || tagOf(value) === '[object ArrayBuffer]'

const tagOf = (value: unknown): string =>
  typeof value === 'object' ? Object.prototype.toString.call(value) : ''

const viewOf = (buffer: ArrayBuffer): Uint8Array | undefined => {
  try {
    return new Uint8Array(buffer)
  } catch {
    return undefined // detached, or something that only says it is an ArrayBuffer
  }
}
