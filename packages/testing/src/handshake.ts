import { readHeadersInput } from './header-fields.ts'
import type { HeadersInput } from './header-fields.ts'
import type { RequestOptions } from './request-head.ts'

/** What a handshake is, beside its target. */
export interface HandshakeOptions extends Pick<RequestOptions, 'headers' | 'query'> {
  /** The subprotocols the client offers, in its order. */
  readonly subprotocols?: readonly string[] | undefined
}

/** The sample nonce of RFC 6455 1.3; nothing here depends on which it is. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** The request of an opening handshake; a field of the test's own replaces what a client would send. */
export const handshakeOf = ({ headers, query, subprotocols }: HandshakeOptions): RequestOptions => {
  const fields = new Map([
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
    ['sec-websocket-version', '13'],
    ['sec-websocket-key', KEY],
  ])
  if (subprotocols !== undefined && subprotocols.length > 0)
    fields.set('sec-websocket-protocol', subprotocols.join(', '))
  return { method: 'GET', query, headers: added(headers, fields) }
}

/** Fields beside those of the test, unless the test has them itself. */
export const added = (
  headers: HeadersInput | undefined,
  fields: ReadonlyMap<string, string>,
): HeadersInput => {
  const own = readHeadersInput(headers)
  const names = new Set(own.map(([name]) => name.toLowerCase()))
  return [...[...fields].filter(([name]) => !names.has(name)), ...own]
}
