import type { ByteString, Header, HeaderList } from '@pagi/spec'

// The header section of a request: one pass lower-cases, joins cookies and picks out what the server
// itself needs (HTTP-03 to HTTP-06), and the checks that come before any application (T-STATUS).

/** The lines a server looks at, each with every value it came with, in wire order. */
const PICKED = [
  'accept',
  'connection',
  'content-length',
  'expect',
  'host',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'transfer-encoding',
  'upgrade',
] as const

export type PickedName = (typeof PICKED)[number]

export interface RequestFields {
  /** The scope's `headers`: lower-case names, wire order, duplicates kept, one `cookie` (HTTP-05, HTTP-06). */
  readonly headers: HeaderList
  /** The values of a field the server itself looks at; empty when it is absent. */
  readonly values: (name: PickedName) => readonly ByteString[]
}

/** A request the server answers by itself, and why (T-STATUS). */
export interface Refusal {
  readonly status: number
  readonly detail: string
}

const NONE: readonly ByteString[] = []
const IS_PICKED: ReadonlySet<string> = new Set(PICKED)

/** Names as they came and what they become; bounded, as a peer chooses them. */
const LOWER = new Map<string, string>()
const LOWER_LIMIT = 1024

const lower = (name: string): string => {
  const known = LOWER.get(name)
  if (known !== undefined) return known
  const lowered = name.toLowerCase()
  if (LOWER.size < LOWER_LIMIT && name.length <= 64) LOWER.set(name, lowered)
  return lowered
}

/** Reads a flat list `[name, value, name, value, ...]` of byte strings, as a parser hands it over. */
export const readHeaders = (raw: readonly ByteString[]): RequestFields => {
  const headers: Header[] = []
  let picked: Map<string, ByteString[]> | undefined
  let cookieAt = -1
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = lower(raw[at] ?? '')
    const value = raw[at + 1] ?? ''
    if (name === 'cookie' && cookieAt >= 0) {
      const [, before = ''] = headers[cookieAt] ?? []
      headers[cookieAt] = ['cookie', `${before}; ${value}`]
      continue
    }
    if (name === 'cookie') cookieAt = headers.length
    headers.push([name, value])
    if (!IS_PICKED.has(name)) continue
    picked ??= new Map()
    const values = picked.get(name)
    if (values === undefined) picked.set(name, [value])
    else values.push(value)
  }
  return { headers, values: (name) => picked?.get(name) ?? NONE }
}

const DIGITS = /^[0-9]+$/
/** A reg-name, an IPv4 address or a bracketed literal, and a port (RFC 9110 7.2, RFC 3986 3.2.2). */
const HOST =
  /^(?:\[[0-9a-fA-F:.vV]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?$/

/**
 * What a server refuses before it calls the application; `undefined` when there is nothing to refuse.
 * @param authority of an absolute-form target, which must agree with Host (HTTP-24)
 */
export const checkRequest = (
  fields: RequestFields,
  httpVersion: string,
  method: string,
  authority: ByteString | undefined,
): Refusal | undefined => {
  if (httpVersion !== '1.0' && httpVersion !== '1.1' && httpVersion !== '2')
    return { status: 505, detail: `HTTP/${httpVersion} is not supported` }
  if (method === 'CONNECT') return { status: 501, detail: 'CONNECT is not supported' }
  return checkHost(fields, httpVersion, authority) ?? checkFraming(fields, httpVersion)
}

const checkHost = (
  fields: RequestFields,
  httpVersion: string,
  authority: ByteString | undefined,
): Refusal | undefined => {
  const hosts = fields.values('host')
  const [host] = hosts
  if (hosts.length > 1) return { status: 400, detail: 'Host is repeated' } // RFC 9112 3.2
  if (host === undefined)
    return httpVersion === '1.1' ? { status: 400, detail: 'Host is missing' } : undefined
  if (!HOST.test(host)) return { status: 400, detail: 'Host is malformed' }
  if (authority !== undefined && authority.toLowerCase() !== host.toLowerCase())
    return { status: 400, detail: 'the target names another authority than Host' } // HTTP-24
  return undefined
}

/** RFC 9112 6.1 to 6.3: what makes the length of a body ambiguous is never guessed. */
const checkFraming = (fields: RequestFields, httpVersion: string): Refusal | undefined => {
  const codings = fields.values('transfer-encoding').flatMap((value) => value.split(','))
  const lengths = fields.values('content-length')
  if (codings.length > 0) {
    if (httpVersion !== '1.1')
      return { status: 400, detail: `Transfer-Encoding in HTTP/${httpVersion}` }
    if (lengths.length > 0)
      return { status: 400, detail: 'Transfer-Encoding beside Content-Length' }
    const names = codings.map((coding) => coding.trim().toLowerCase())
    if (names.some((name) => name !== 'chunked'))
      return { status: 501, detail: 'unknown transfer coding' }
    if (names.length > 1) return { status: 400, detail: 'chunked is repeated' }
    return undefined
  }
  const [length] = lengths
  if (length === undefined) return undefined
  if (lengths.length > 1) return { status: 400, detail: 'Content-Length is repeated' }
  if (!DIGITS.test(length) || !Number.isSafeInteger(Number(length)))
    return { status: 400, detail: 'Content-Length is malformed' }
  return undefined
}
