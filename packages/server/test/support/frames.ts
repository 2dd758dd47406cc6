import type { RawClient } from './raw-client.ts'
import { readHead } from './response.ts'

// Frames of RFC 6455 from a client's side, well-formed or not.

export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const

export interface FrameShape {
  readonly fin?: boolean
  /** The reserved bits, in place: 0x40, 0x20, 0x10. */
  readonly rsv?: number
  readonly masked?: boolean
  /** Announces another length than the payload has. */
  readonly length?: number
}

/** One masked frame; text is encoded as UTF-8. */
export const frame = (
  opcode: number,
  payload: string | Uint8Array = '',
  { fin = true, rsv = 0, masked = true, length }: FrameShape = {},
): Buffer => {
  const data = Buffer.from(typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload)
  const size = length ?? data.byteLength
  const head = [(fin ? 0x80 : 0) | rsv | opcode]
  const bit = masked ? 0x80 : 0
  if (size < 126) head.push(bit | size)
  else if (size < 65536) head.push(bit | 126, size >> 8, size & 255)
  else {
    const long = Buffer.alloc(8)
    long.writeBigUInt64BE(BigInt(size))
    head.push(bit | 127, ...long)
  }
  const mask = [1, 2, 3, 4]
  if (!masked) return Buffer.concat([Buffer.from(head), data])
  return Buffer.concat([
    Buffer.from([...head, ...mask]),
    data.map((byte, at) => byte ^ (mask[at % 4] ?? 0)),
  ])
}

export const text = (content: string): Buffer => frame(OPCODE.text, content)

export const closeFrame = (code?: number, reason = ''): Buffer => {
  if (code === undefined) return frame(OPCODE.close)
  return frame(
    OPCODE.close,
    Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]),
  )
}

export interface ServerFrame {
  readonly opcode: number
  readonly payload: Buffer
}

/** Takes one frame of the server. */
export const readFrame = (client: RawClient): Promise<ServerFrame> =>
  client.find((bytes) => {
    const [first, second] = bytes
    if (first === undefined || second === undefined) return undefined
    if ((first & 0xf0) !== 0x80 || second > 127)
      throw new Error(`a server sends whole, unmasked frames: ${bytes.toString('hex', 0, 2)}`)
    const wide = second === 126 ? 2 : second === 127 ? 8 : 0
    if (bytes.byteLength < 2 + wide) return undefined
    const size = wide === 0 ? second : Number.parseInt(bytes.toString('hex', 2, 2 + wide), 16)
    if (bytes.byteLength < 2 + wide + size) return undefined
    const payload = Buffer.from(client.take(2 + wide + size).subarray(2 + wide))
    return { opcode: first & 15, payload }
  })

/** As text: `text hello`, `close 1000 bye`, `close`, `ping`. */
export const describeFrame = ({ opcode, payload }: ServerFrame): string => {
  const name = Object.entries(OPCODE).find(([, value]) => value === opcode)?.[0] ?? String(opcode)
  if (opcode !== OPCODE.close) return `${name} ${payload.toString('utf8')}`.trimEnd()
  const code = payload.byteLength < 2 ? '' : String(payload.readUInt16BE(0))
  return `${name} ${code} ${payload.toString('utf8', 2)}`.trimEnd()
}

/** What comes next, described. */
export const nextFrame = async (client: RawClient): Promise<string> =>
  describeFrame(await readFrame(client))

/** The opening handshake; these lines replace or follow the usual ones. */
export const handshake = (...lines: string[]): string => {
  const usual = [
    'host: test',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  const named = new Set(lines.map((line) => line.split(':')[0]))
  const kept = usual.filter((line) => !named.has(line.split(':')[0]))
  return `GET /socket HTTP/1.1\r\n${[...kept, ...lines].join('\r\n')}\r\n\r\n`
}

/** Shakes hands and expects to be accepted. */
export const open = async (client: RawClient, ...lines: string[]): Promise<void> => {
  client.write(handshake(...lines))
  const { status } = await readHead(client)
  if (status !== 101) throw new Error(`the handshake was answered with ${status}`)
}
