import type { ByteString } from '@pagi/spec'

// `Host`, and the authority of an absolute-form target: host and optional port (RFC 9110 7.2).

/** A registered name or IPv4 address (RFC 3986 3.2.2), a bracketed literal, and a port of digits. */
const HOST_AND_PORT =
  /^(?:(?:[\w.~!$&'()*+,;=-]|%[0-9A-F]{2})+|(\[(?:[0-9A-F:.]+|v[0-9A-F]+\.[\w.~!$&'()*+,;=:-]+)\]))(?::([0-9]*))?$/i

const DEFAULT_PORT = { http: '80', https: '443' } as const

/**
 * Whether this can be an authority: a host, never an empty one (RFC 9110 4.2.1), no user name (RFC
 * 9110 4.2.4), and a port that may be empty.
 */
export const isAuthority = (text: ByteString): boolean => {
  const match = HOST_AND_PORT.exec(text)
  if (match === null) return false
  const literal = match[1]
  // The alphabet of an IPv6 address is not its grammar; URL knows that one.
  return literal === undefined || /^\[v/i.test(literal) || URL.canParse(`http://${literal}`)
}

/** Whether two authorities name one origin: letter case and the default port make no difference. */
export const sameAuthority = (
  scheme: 'http' | 'https',
  one: ByteString,
  two: ByteString,
): boolean => normalized(scheme, one) === normalized(scheme, two)

/** RFC 9110 4.2.3: no port, an empty port and the default port are the same. */
const normalized = (scheme: 'http' | 'https', authority: ByteString): ByteString => {
  const lowered = authority.toLowerCase()
  const port = HOST_AND_PORT.exec(lowered)?.[2]
  if (port === undefined || (port !== '' && port !== DEFAULT_PORT[scheme])) return lowered
  return lowered.slice(0, -port.length - 1)
}
