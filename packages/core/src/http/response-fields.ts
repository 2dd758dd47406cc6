import { InvalidEventError } from '@pagi/spec'
import type { Header, HeaderList } from '@pagi/spec'

// The header list of an event (HTTP-34 to HTTP-37, HTTP-43): checked in one pass, copied, and summed
// up in a bit mask, so that a machine looks again only for what is there.

/** Names with a meaning for the server, as bits. */
export const CONTENT_LENGTH = 1
export const DATE = 2
/** Any of the connection-level names of HTTP-86. */
export const HOP_BY_HOP = 4
export const UPGRADE = 8
export const CONTENT_TYPE = 16
export const CACHE_CONTROL = 32
export const SEC_WEBSOCKET = 64

const KNOWN: ReadonlyMap<string, number> = new Map([
  ['content-length', CONTENT_LENGTH],
  ['date', DATE],
  ['connection', HOP_BY_HOP],
  ['transfer-encoding', HOP_BY_HOP],
  ['keep-alive', HOP_BY_HOP],
  ['upgrade', HOP_BY_HOP | UPGRADE],
  ['proxy-connection', HOP_BY_HOP],
  ['te', HOP_BY_HOP],
  ['content-type', CONTENT_TYPE],
  ['cache-control', CACHE_CONTROL],
])

export interface CheckedHeaders {
  /** A copy: the caller may change its own list afterwards. */
  readonly headers: HeaderList
  readonly contentLength: number | undefined
  /** Which of the names above are there. */
  readonly flags: number
}

/** A token of RFC 9110 5.6.2 in lower case (HTTP-03, HTTP-36). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
/** Anything but HTAB, visible ASCII, blanks and bytes above: control characters and wide text. */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/
const DIGITS = /^[0-9]+$/

/** Names that passed, with their bits; bounded, as an application may make them up. */
const PASSED = new Map<string, number>(KNOWN)
const PASSED_LIMIT = 1024
const NO_HEADERS: CheckedHeaders = Object.freeze({
  headers: Object.freeze([]),
  contentLength: undefined,
  flags: 0,
})

/**
 * Checks the `headers` of an event. Blanks around a value pass as they stand: they are no part of the
 * field value, every recipient drops them (RFC 9110 5.5), and HTTP-36 does not name them.
 *
 * @returns a copy of the list, and what the server has to know of it
 * @throws InvalidEventError naming the pair, with `ERR_PAGI_INVALID_HEADER` for a name or value that
 *   must not reach the wire
 */
export const checkHeaders = (eventType: string, headers: unknown): CheckedHeaders => {
  if (headers === undefined || headers === null) return NO_HEADERS
  return checkList(eventType, headers, true)
}

/** One pass, in which every element is read once: what was judged is what is returned. */
const checkList = (eventType: string, list: unknown, judgeLength: boolean): CheckedHeaders => {
  if (!Array.isArray(list))
    throw new InvalidEventError(eventType, 'headers', 'an array of [name, value] pairs', list)
  const headers: Header[] = []
  let contentLength: number | undefined
  let flags = 0
  const count = list.length
  for (let at = 0; at < count; at++) {
    const pair: unknown = list[at]
    if (!Array.isArray(pair) || pair.length !== 2) throw notAPair(eventType, at, pair)
    const name: unknown = pair[0]
    const value: unknown = pair[1]
    if (typeof name !== 'string' || typeof value !== 'string') throw notAPair(eventType, at, pair)
    const bit = PASSED.get(name) ?? checkName(eventType, at, name)
    if (FORBIDDEN.test(value)) throw badValue(eventType, at, name, value)
    if (bit !== 0) {
      if (bit === CONTENT_LENGTH && judgeLength)
        contentLength = checkLength(eventType, at, value, contentLength) // HTTP-43
      flags |= bit
    }
    headers.push([name, value])
  }
  return { headers, contentLength, flags }
}

export interface StrippedHeaders {
  readonly headers: HeaderList
  /** The names that were dropped (HTTP-87). */
  readonly stripped: readonly string[]
}

/** Drops the connection-level names of HTTP-86; `upgrade` may stay for HTTP-88. */
export const stripHopByHop = (headers: HeaderList, keepUpgrade: boolean): StrippedHeaders =>
  strip(headers, HOP_BY_HOP, keepUpgrade ? UPGRADE : 0)

/**
 * The fields of a trailer section: names and bytes are checked as in `checkHeaders`; connection-level
 * fields and `content-length`, whatever it says, are dropped (HTTP-60).
 *
 * @throws InvalidEventError as `checkHeaders` does
 */
export const checkTrailers = (eventType: string, headers: unknown): StrippedHeaders => {
  const list = headers === undefined || headers === null ? [] : headers
  return strip(checkList(eventType, list, false).headers, HOP_BY_HOP | CONTENT_LENGTH, 0)
}

/** Drops the names with one of these bits, unless they have one of those to keep. */
const strip = (headers: HeaderList, drop: number, keep: number): StrippedHeaders => {
  const stripped: string[] = []
  const kept = headers.filter(([name]) => {
    const bit = KNOWN.get(name) ?? 0
    if ((bit & drop) === 0 || (bit & keep) !== 0) return true
    stripped.push(name)
    return false
  })
  return { headers: kept, stripped }
}

const checkName = (eventType: string, at: number, name: string): number => {
  if (!NAME.test(name))
    throw new InvalidEventError(
      eventType,
      `headers[${at}]`,
      'a name that is a lower-case token',
      name,
      'ERR_PAGI_INVALID_HEADER',
    )
  const bit = name.startsWith('sec-websocket-') ? SEC_WEBSOCKET : 0
  if (PASSED.size < PASSED_LIMIT && name.length <= 64) PASSED.set(name, bit)
  return bit
}

const checkLength = (
  eventType: string,
  at: number,
  value: string,
  before: number | undefined,
): number => {
  const length = Number(value)
  if (before === undefined && DIGITS.test(value) && Number.isSafeInteger(length)) return length
  throw new InvalidEventError(
    eventType,
    `headers[${at}]`,
    before === undefined ? 'a content-length of digits' : 'the only content-length',
    value,
    'ERR_PAGI_INVALID_HEADER',
  )
}

const notAPair = (eventType: string, at: number, got: unknown): InvalidEventError =>
  new InvalidEventError(eventType, `headers[${at}]`, 'a [name, value] pair of byte strings', got)

/** Says where it went wrong, but not what the rest of the value is: it may be a secret (CONN-08). */
const badValue = (
  eventType: string,
  at: number,
  name: string,
  value: string,
): InvalidEventError => {
  const index = value.search(FORBIDDEN)
  const unit = value.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')
  return new InvalidEventError(
    eventType,
    `headers[${at}]`,
    'a value of bytes without control characters',
    `${name} with U+${unit} at ${index}`,
    'ERR_PAGI_INVALID_HEADER',
  )
}
