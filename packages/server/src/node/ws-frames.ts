import { Buffer } from 'node:buffer'
import type { Writable } from 'node:stream'
import type { WebSocketFault } from '@pagi/core'

// What the transport asks of ws, whose types do not describe it yet, and the frames that are sent:
// those of ws are two writes each, and small ones are cheaper in one.

export interface ReceiverOptions {
  readonly isServer: boolean
  readonly maxPayload: number
  readonly skipUTF8Validation: boolean
}

export interface WebSocketCodec {
  readonly Receiver: new (options: ReceiverOptions) => Writable
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

const TWO_TO_32 = 2 ** 32

/** The head of a frame, and room for so many bytes behind it. */
const begin = (opcode: number, size: number, room: number): Buffer => {
  const length = size < 126 ? 2 : size < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(length + room)
  frame[0] = 0x80 | opcode
  if (length === 2) frame[1] = size
  else if (length === 4) {
    frame[1] = 126
    frame.writeUInt16BE(size, 2)
  } else {
    frame[1] = 127
    frame.writeUInt32BE(Math.floor(size / TWO_TO_32), 2)
    frame.writeUInt32BE(size % TWO_TO_32, 6)
  }
  return frame
}

/** What stands before so many bytes of payload in a frame of a server: whole, not masked (RFC 6455 5.2). */
export const frameHead = (opcode: number, size: number): Buffer => begin(opcode, size, 0)

/** The whole frame; the payload is copied. */
export const wholeFrame = (opcode: number, payload: Uint8Array | string): Buffer => {
  const text = typeof payload === 'string'
  const size = text ? Buffer.byteLength(payload) : payload.byteLength
  const frame = begin(opcode, size, size)
  const at = frame.byteLength - size
  if (text) frame.write(payload, at, 'utf8')
  else frame.set(payload, at)
  return frame
}

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
