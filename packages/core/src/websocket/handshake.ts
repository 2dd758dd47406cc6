import type { ByteString } from '@pagi/spec'
import type { RequestFields } from '../http/fields.ts'
import { listElements, listHas, TOKEN } from '../http/tokens.ts'

// The opening handshake of RFC 6455 section 4.2.1, seen before the application is called (WS-07).

export interface AcceptedHandshake {
  readonly ok: true
  readonly key: ByteString
  /** What the client offers, in its order (WS-04). */
  readonly subprotocols: readonly string[]
}

export interface RefusedHandshake {
  readonly ok: false
  readonly status: 400 | 405 | 426
  readonly detail: string
}

/** Sixteen bytes in base64. What the four spare bits of the last character say is nobody's business. */
const KEY = /^[A-Za-z0-9+/]{22}==$/

/**
 * Whether the request asks to become a WebSocket, well or badly; the method is for `checkHandshake` to
 * judge. Any other `upgrade`, and every one on HTTP/1.0, is ignored (HTTP-99, WS-07).
 *
 * @param httpVersion as `scope.http_version` spells it
 */
export const isWebSocketUpgrade = (fields: RequestFields, httpVersion: string): boolean =>
  httpVersion === '1.1' &&
  listHas(fields.values('upgrade'), 'websocket') &&
  listHas(fields.values('connection'), 'upgrade')

/**
 * Checks method, version, key and subprotocols of a handshake on HTTP/1.1; a malformed one never
 * reaches the application (WS-07). Host is for `checkRequest` to judge.
 */
export const checkHandshake = (
  fields: RequestFields,
  method: string,
): AcceptedHandshake | RefusedHandshake => {
  if (method !== 'GET') return refuse(405, `a WebSocket handshake is a GET, got ${method}`)
  // RFC 9110 7.8: the protocol switches after the whole request. A body read as frames would smuggle.
  if (hasBody(fields)) return refuse(400, 'a WebSocket handshake has no body')
  const versions = fields.values('sec-websocket-version')
  if (versions.length !== 1) return refuse(400, 'Sec-WebSocket-Version must be there once')
  if (versions[0] !== '13') return refuse(426, 'only Sec-WebSocket-Version 13 is spoken')
  const keys = fields.values('sec-websocket-key')
  const [key = ''] = keys
  if (keys.length !== 1 || !KEY.test(key))
    return refuse(400, 'Sec-WebSocket-Key must be 16 bytes in base64, once')
  const subprotocols = listElements(fields.values('sec-websocket-protocol'))
  // RFC 6455 4.1, item 10: the elements are tokens, each one unique; 4.2.1 has the server refuse a
  // handshake that is not of that form.
  if (!subprotocols.every((name) => TOKEN.test(name)))
    return refuse(400, 'Sec-WebSocket-Protocol must be a list of tokens')
  if (new Set(subprotocols).size !== subprotocols.length)
    return refuse(400, 'Sec-WebSocket-Protocol names a subprotocol twice')
  return { ok: true, key, subprotocols }
}

const hasBody = (fields: RequestFields): boolean =>
  fields.values('transfer-encoding').length > 0 ||
  fields.values('content-length').some((length) => Number(length) !== 0)

const refuse = (status: 400 | 405 | 426, detail: string): RefusedHandshake => ({
  ok: false,
  status,
  detail,
})
