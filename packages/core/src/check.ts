import { InvalidEventError } from '@pagi/spec'
import { checkFile, checkHandle } from './body-source.ts'
import type { SourceFields } from './body-source.ts'
import { checkHeaders } from './http/response-fields.ts'
import type { CheckedHeaders } from './http/response-fields.ts'
import { utf8Length } from './text.ts'
import {
  flag,
  integerOr,
  isGiven,
  isInteger,
  optionalText,
  payload,
  requiredText,
  seconds,
} from './values.ts'
import type { Payload } from './values.ts'
import { isSendableCloseCode } from './websocket/closing.ts'

// One written-out function per event type: a loop over the field table costs five times as much.
// A test holds them to `fields.ts` of @pagi/spec. Every field is read once, inherited ones and
// getters included, and what comes back is the machines' own: the caller may change its event.

/** An event as the application sent it: nothing is known of its fields yet. */
export interface RawEvent {
  readonly type?: unknown
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

export interface InlineFields extends Payload {
  readonly kind: 'inline'
  readonly more: boolean
}

export interface StartFields extends CheckedHeaders {
  readonly status: number
  readonly trailers: boolean
}

/** An event must be an object (CORE-27). */
export const readEvent = (event: unknown): RawEvent => {
  if (typeof event === 'object' && event !== null) return event
  throw new InvalidEventError('send', undefined, 'be an event object', event)
}

/** Its `type`, a string (CORE-11). Whoever has read it passes it on, as a getter may say another next time. */
export const readType = (event: RawEvent): string => {
  const { type } = event
  if (typeof type === 'string') return type
  throw new InvalidEventError('send', 'type', 'a string', type)
}

/** The error for a type no event of the scope has, or that was not advertised (CORE-27, EXT-02). */
export const unknownEvent = (type: string, known: string): InvalidEventError =>
  new InvalidEventError(type, 'type', known, type, 'ERR_PAGI_UNKNOWN_EVENT')

/** `http.response.start`; `least` and `most` bound the status (HTTP-34, REF-05). */
export const checkStart = (event: RawEvent, least: number): StartFields => {
  const { status, headers, trailers } = event
  const type = 'http.response.start'
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
  const { body, file, fh } = event
  if (file === undefined && fh === undefined) return inline(body, event.more) // the common case, first
  const given = [body, file, fh].filter(isGiven)
  if (given.length > 1)
    throw new InvalidEventError(BODY, undefined, 'have at most one of body, file and fh', event)
  if (!isGiven(file) && !isGiven(fh)) return inline(body, event.more)
  const { offset, length } = event
  const fields: SourceFields = {
    kind: 'source',
    file: isGiven(file) ? checkFile(file) : undefined,
    fh: isGiven(fh) ? fh : undefined,
    offset: integerOr(BODY, 'offset', offset, 0),
    length: integerOr(BODY, 'length', length, undefined),
  }
  if (isGiven(fh)) checkHandle(fields)
  return fields
}

const BODY = 'http.response.body'

const inline = (body: unknown, more: unknown): InlineFields => {
  const { bytes, owned } = isGiven(body) ? payload(BODY, 'body', body) : EMPTY
  return { kind: 'inline', bytes, owned, more: flag(BODY, 'more', more) }
}

/** `websocket.accept`; whether the subprotocol was offered is the session's to say (WS-11). */
export const checkAccept = (
  event: RawEvent,
): CheckedHeaders & { readonly subprotocol: string | undefined } => {
  const { subprotocol, headers } = event
  const type = 'websocket.accept'
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
  const { text, bytes } = event
  const type = 'websocket.send'
  if (isGiven(text) === isGiven(bytes))
    throw new InvalidEventError(type, undefined, 'have exactly one of text and bytes', event)
  if (isGiven(text)) return { text: requiredText(type, 'text', text) }
  return payload(type, 'bytes', bytes)
}

/** `websocket.keepalive`: seconds (WS-16). */
export const checkKeepalive = (
  event: RawEvent,
): { readonly interval: number; readonly timeout: number } => {
  const { interval, timeout } = event
  const type = 'websocket.keepalive'
  return {
    interval: seconds(type, 'interval', interval),
    timeout: isGiven(timeout) ? seconds(type, 'timeout', timeout) : 0,
  }
}

/** `websocket.close`: a code that may be sent and a reason of at most 123 bytes (WS-26, WS-27). */
export const checkClose = (event: RawEvent): { readonly code: number; readonly reason: string } => {
  const { code, reason } = event
  const type = 'websocket.close'
  if (isGiven(code) && !(isInteger(code) && isSendableCloseCode(code)))
    throw new InvalidEventError(type, 'code', '1000-1003, 1007-1014 or 3000-4999', code)
  const text = optionalText(type, 'reason', reason) ?? ''
  if (utf8Length(text) > 123)
    throw new InvalidEventError(type, 'reason', 'at most 123 bytes of UTF-8', reason)
  return { code: isInteger(code) ? code : 1000, reason: text }
}

/** `sse.start`: a status that can carry a stream, and no `content-length` (SSE-07). */
export const checkSseStart = (event: RawEvent): CheckedHeaders & { readonly status: number } => {
  const { headers, status: given } = event
  const type = 'sse.start'
  const status = isGiven(given) ? given : 200
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
  const { data, retry } = event
  const type = 'sse.send'
  const message: { data: string; event?: string; id?: string; retry?: number } = {
    data: requiredText(type, 'data', data),
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
  requiredText('sse.comment', 'comment', event.comment)

/** `sse.keepalive`: seconds and the comment's text (SSE-16). */
export const checkSseKeepalive = (
  event: RawEvent,
): { readonly interval: number; readonly comment: string } => ({
  interval: seconds('sse.keepalive', 'interval', event.interval),
  comment: optionalText('sse.keepalive', 'comment', event.comment) ?? '',
})

/** `sse.close`: its `reason` goes to logs only (SSE-19). */
export const checkSseClose = (event: RawEvent): string | undefined =>
  optionalText('sse.close', 'reason', event.reason)

/** The `message` of a failed start or stop, `''` by default (LIFE-12, LIFE-26). */
export const checkFailure = (type: string, event: RawEvent): string =>
  optionalText(type, 'message', event.message) ?? ''

const EMPTY: Payload = { bytes: new Uint8Array(0), owned: true }
const LINE_END = /[\r\n]/
const LINE_END_OR_NUL = /[\r\n\0]/
const NO_STREAM = new Set([204, 205, 304])

const oneLine = (type: string, field: string, value: string, forbidden: RegExp): string => {
  if (!forbidden.test(value)) return value
  const what = forbidden === LINE_END ? 'CR or LF' : 'CR, LF or NUL'
  throw new InvalidEventError(type, field, `text without ${what}`, value)
}
