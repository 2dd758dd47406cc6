import type { ByteString } from '@pagi/spec'
import { isAuthority, sameAuthority } from './authority.ts'
import type { RequestFields } from './fields.ts'
import type { AcceptedTarget, RequestTarget } from './target.ts'
import { TOKEN, trimBlanks } from './tokens.ts'

// What a server refuses before it calls the application (T-STATUS). A parser in front refuses most of
// it already; what decides where a body ends is judged again here, since no guess about it is safe.

/** A request the server answers by itself, and why (T-STATUS). */
export interface Refusal {
  readonly status: number
  readonly detail: string
}

/**
 * Judges version, target, Host and framing.
 *
 * @param httpVersion as `scope.http_version` spells it
 * @param target what `parseTarget` made of the request target
 * @returns the status to answer with, or undefined when there is nothing to refuse
 */
export const checkRequest = (
  fields: RequestFields,
  httpVersion: string,
  target: RequestTarget,
): Refusal | undefined => {
  if (httpVersion !== '1.1' && httpVersion !== '1.0' && httpVersion !== '2')
    return { status: 505, detail: `HTTP/${httpVersion} is not supported` }
  if (!target.ok) return { status: target.status, detail: target.detail }
  return checkHost(fields.values('host'), httpVersion, target) ?? checkFraming(fields, httpVersion)
}

/** RFC 9112 3.2 and 3.2.2, HTTP-24. */
const checkHost = (
  hosts: readonly ByteString[],
  httpVersion: string,
  { scheme, authority }: AcceptedTarget,
): Refusal | undefined => {
  const [host] = hosts
  if (hosts.length > 1) return bad('Host is repeated')
  if (host === undefined && httpVersion === '1.1') return bad('Host is missing')
  // Empty is the Host of a target URI without an authority; with a port it is that of no URI.
  if (host !== undefined && host !== '' && !isAuthority(host)) return bad('Host is malformed')
  if (scheme === undefined || authority === undefined) return undefined
  if (!isAuthority(authority)) return bad('the authority of the request target is malformed')
  if (host !== undefined && !sameAuthority(scheme, authority, host))
    return bad('the request target names another authority than Host')
  return undefined
}

/** RFC 9112 6.1 to 6.3: what makes the length of a body ambiguous is refused, never guessed. */
const checkFraming = (fields: RequestFields, httpVersion: string): Refusal | undefined => {
  const codings = fields.values('transfer-encoding')
  const lengths = fields.values('content-length')
  if (codings.length === 0) return lengths.length === 0 ? undefined : checkLength(lengths)
  if (httpVersion !== '1.1') return bad(`Transfer-Encoding in HTTP/${httpVersion}`)
  if (lengths.length > 0) return bad('Transfer-Encoding beside Content-Length')
  return checkCodings(codings.flatMap((line) => line.split(',')).map(trimBlanks))
}

/**
 * Only `chunked`, alone. An empty element is legal in most lists; here it is refused, as parsers
 * disagree about what the last coding then is.
 */
const checkCodings = (codings: readonly ByteString[]): Refusal | undefined => {
  const names: string[] = []
  for (const coding of codings) {
    const [name = '', ...parameters] = coding.split(';').map(trimBlanks)
    if (!TOKEN.test(name)) return bad('Transfer-Encoding is malformed')
    const lowered = name.toLowerCase()
    if (lowered === 'chunked' && parameters.length > 0) return bad('chunked has no parameters') // RFC 9112 7.1
    names.push(lowered)
  }
  const first = names.indexOf('chunked')
  if (first !== -1 && first !== names.length - 1) return bad('chunked is not the last coding')
  const unknown = names.find((name) => name !== 'chunked')
  return unknown === undefined
    ? undefined
    : { status: 501, detail: `the transfer coding ${unknown} is not supported` } // RFC 9112 6.1
}

/** RFC 9110 8.6. More bytes than can be counted are too many, whatever the limit is. */
const checkLength = (lengths: readonly ByteString[]): Refusal | undefined => {
  const [length = ''] = lengths
  if (lengths.length > 1) return bad('Content-Length is repeated')
  if (!/^[0-9]+$/.test(length)) return bad('Content-Length is malformed')
  return Number.isSafeInteger(Number(length))
    ? undefined
    : { status: 413, detail: 'Content-Length is beyond counting' }
}

const bad = (detail: string): Refusal => ({ status: 400, detail })
