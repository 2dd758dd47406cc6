import type { ByteString } from '@pagi/spec'
import type { RequestFields } from '../http/fields.ts'

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

/** Sixteen bytes in base64: the last of 22 characters carries four bits. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** The elements of a comma-separated list over all lines, trimmed; empty ones are skipped. */
const elements = (lines: readonly ByteString[]): string[] =>
  lines
    .flatMap((line) => line.split(','))
    .map((element) => element.trim())
    .filter((element) => element !== '')

/** Whether the request asks to become a WebSocket; any other `upgrade` is ignored (HTTP-99). */
export const isWebSocketUpgrade = (fields: RequestFields, httpVersion: string): boolean =>
  httpVersion === '1.1' &&
  elements(fields.values('upgrade')).some((name) => name.toLowerCase() === 'websocket') &&
  elements(fields.values('connection')).some((name) => name.toLowerCase() === 'upgrade')

/** Checks method, version, key and subprotocols; a malformed handshake never reaches the application. */
export const checkHandshake = (
  fields: RequestFields,
  method: string,
): AcceptedHandshake | RefusedHandshake => {
  if (method !== 'GET') return refuse(405, `a WebSocket handshake is a GET, got ${method}`)
  const versions = fields.values('sec-websocket-version')
  if (versions.length !== 1) return refuse(400, 'Sec-WebSocket-Version must be there once')
  if (versions[0] !== '13') return refuse(426, 'only Sec-WebSocket-Version 13 is spoken')
  const keys = fields.values('sec-websocket-key')
  const [key = ''] = keys
  if (keys.length !== 1 || !KEY.test(key))
    return refuse(400, 'Sec-WebSocket-Key must be 16 bytes in base64, once')
  const subprotocols = elements(fields.values('sec-websocket-protocol'))
  if (!subprotocols.every((name) => TOKEN.test(name)))
    return refuse(400, 'Sec-WebSocket-Protocol must be a list of tokens')
  if (new Set(subprotocols).size !== subprotocols.length)
    return refuse(400, 'Sec-WebSocket-Protocol names one subprotocol twice') // RFC 6455 4.1
  return { ok: true, key, subprotocols }
}

const refuse = (status: 400 | 405 | 426, detail: string): RefusedHandshake => ({
  ok: false,
  status,
  detail,
})
