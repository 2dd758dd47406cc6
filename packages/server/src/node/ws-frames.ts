import { Buffer } from 'node:buffer'
import type { Writable } from 'node:stream'
import type { WebSocketFault } from '@pagi/core'

// What the transport asks of ws, whose types do not describe it yet, and the payloads of RFC 6455
// that ws leaves to its caller.

export interface ReceiverOptions {
  readonly isServer: boolean
  readonly maxPayload: number
  readonly skipUTF8Validation: boolean
}

export interface FrameOptions {
  readonly fin: boolean
  readonly opcode: number
  readonly mask: boolean
  readonly readOnly: boolean
  readonly rsv1: boolean
}

export interface WebSocketCodec {
  readonly Receiver: new (options: ReceiverOptions) => Writable
  readonly Sender: { frame(data: Uint8Array | string, options: FrameOptions): Buffer[] }
  /** `sec-websocket-accept` for a `sec-websocket-key` (RFC 6455 4.2.2). */
  readonly acceptOf: (key: string) => string
}

let loaded: WebSocketCodec | undefined
let loading: Promise<void> | undefined

/**
 * Loads ws, once in a process.
 *
 * @returns what to wait for before a WebSocket can be accepted; undefined when that is nothing
 */
export const loadCodec = (): Promise<void> | undefined => {
  if (loaded !== undefined) return undefined
  loading ??= load()
  return loading
}

const load = async (): Promise<void> => {
  const { codec } = await import('./ws-codec.ts')
  loaded = codec
}

/** @throws Error when it has not been loaded */
export const webSocketCodec = (): WebSocketCodec => {
  if (loaded === undefined) throw new Error('a WebSocket before ws was loaded')
  return loaded
}

/** RFC 6455 5.2. */
export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** The payload of a Close frame (RFC 6455 5.5.1). */
export const closePayload = (code: number, reason: string): Buffer => {
  const text = Buffer.from(reason, 'utf8')
  const payload = Buffer.allocUnsafe(2 + text.byteLength)
  payload.writeUInt16BE(code, 0)
  text.copy(payload, 2)
  return payload
}

/** ws names what was wrong; its own `close` event would only say 1006. */
export const faultOf = (code: string | undefined): WebSocketFault => {
  if (code === 'WS_ERR_INVALID_UTF8') return 'utf8'
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 'size'
  return code === 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH' ? 'size' : 'protocol'
}
