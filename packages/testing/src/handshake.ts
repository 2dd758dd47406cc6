import type { RequestOptions } from './request-head.ts'

/** What a handshake is, beside its target. */
export interface HandshakeOptions extends Pick<RequestOptions, 'headers' | 'query'> {
  /** The subprotocols the client offers, in its order. */
  readonly subprotocols?: readonly string[] | undefined
}

/** The sample nonce of RFC 6455 1.3; nothing here depends on which it is. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** The fields of an opening handshake. */
export const handshakeFields = (
  subprotocols: readonly string[] = [],
): ReadonlyMap<string, string> => {
  const fields = new Map([
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
    ['sec-websocket-version', '13'],
    ['sec-websocket-key', KEY],
  ])
  if (subprotocols.length > 0) fields.set('sec-websocket-protocol', subprotocols.join(', '))
  return fields
}
