/** WebSocket frames as they stand on the wire (RFC 6455, section 5.2). */

import { createHash, randomBytes } from 'node:crypto'
import { CaseFailure } from '../failure.ts'
import type { Source } from './http1.ts'

export const OPCODES: Readonly<Record<string, number>> = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
}

const NAMES = new Map(Object.entries(OPCODES).map(([name, opcode]) => [opcode, name]))

export interface FrameToSend {
  readonly opcode: number
  readonly payload: Buffer
  readonly fin: boolean
  readonly rsv: number
  readonly masked: boolean
  /** The length it claims. */
  readonly length: number | undefined
}

export interface Frame {
  readonly opcode: string | number
  readonly fin: boolean
  readonly rsv: number
  readonly masked: boolean
  readonly bytes: Buffer
  readonly text?: string
  readonly code?: number
  readonly reason?: string
}

export function encodeFrame(frame: FrameToSend): Buffer {
  const { payload, masked } = frame
  const length = frame.length ?? payload.length
  const first = (frame.fin ? 0x80 : 0) | (frame.rsv << 4) | frame.opcode
  const size = length < 126 ? 0 : length < 0x10000 ? 2 : 8
  const head = Buffer.alloc(2 + size)
  head[0] = first
  head[1] = (masked ? 0x80 : 0) | (size === 0 ? length : size === 2 ? 126 : 127)
  if (size === 2) head.writeUInt16BE(length, 2)
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2)
  if (!masked) return Buffer.concat([head, payload])
  const key = randomBytes(4)
  const hidden = Buffer.from(payload.map((byte, index) => byte ^ (key[index % 4] ?? 0)))
  return Buffer.concat([head, key, hidden])
}

/** The payload of a Close frame. */
export function closePayload(code: number | undefined, reason: string): Buffer {
  if (code === undefined) return Buffer.alloc(0)
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return Buffer.concat([head, Buffer.from(reason)])
}

/** Longer than any that a case asks for. */
const LONGEST = 64 * 1024 * 1024

/** Two bytes, a length of eight and a key. */
const LONGEST_FRAME_HEAD = 14

/** Takes one frame from the front of what has come; `undefined` while it is not whole. */
export function takeFrame({ unread }: Source): Frame | undefined {
  const head = unread.front(LONGEST_FRAME_HEAD)
  const [first = 0, second = 0] = head
  if (unread.length < 2) return undefined
  const short = second & 0x7f
  const size = short === 126 ? 2 : short === 127 ? 8 : 0
  if (unread.length < 2 + size) return undefined
  const length =
    size === 0 ? short : size === 2 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2))
  const masked = (second & 0x80) !== 0
  const start = 2 + size + (masked ? 4 : 0)
  if (length > LONGEST) throw new CaseFailure(`a frame that says it has ${length} bytes`)
  if (unread.length < start + length) return undefined
  const bytes = unread.take(start + length).subarray(start)
  const opcode = NAMES.get(first & 0x0f) ?? first & 0x0f
  return {
    opcode,
    fin: (first & 0x80) !== 0,
    rsv: (first >> 4) & 7,
    masked,
    bytes,
    ...(opcode === 'text' && { text: bytes.toString() }),
    ...(opcode === 'close' && {
      code: bytes.length >= 2 ? bytes.readUInt16BE(0) : 1005,
      reason: bytes.toString('utf8', 2),
    }),
  }
}

/** A fresh Sec-WebSocket-Key. */
export const newKey = (): string => randomBytes(16).toString('base64')

/** The Sec-WebSocket-Accept that belongs to a key. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}
