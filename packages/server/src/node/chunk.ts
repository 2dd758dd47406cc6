import { Buffer } from 'node:buffer'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

// node:http writes a chunk as four pieces, which cost the system more to gather than a small chunk to copy.

/** Larger ones are not copied for it. */
const SMALL = 16 * 1024

/** A chunk of the chunked transfer coding (RFC 9112 7.1), framing included; the data is copied. */
export const wholeChunk = (data: Uint8Array): Buffer => {
  const size = data.byteLength.toString(16)
  const chunk = Buffer.allocUnsafe(size.length + data.byteLength + 4)
  chunk.write(`${size}\r\n`, 0, 'latin1')
  chunk.set(data, size.length + 2)
  chunk.write('\r\n', chunk.byteLength - 2, 'latin1')
  return chunk
}

const uncork = (socket: Socket): void => socket.uncork()

/**
 * Writes a chunk past a response of node:http that has sent its head. Those of one turn leave together.
 *
 * @param written called once the system has taken it, or with the error that prevented that
 * @returns whether it was written: not where the response sends no chunks, waits for its turn on the
 * connection or holds something back (Node 26 gathers the chunks of one turn itself), or the chunk is large
 */
export const writeChunk = (
  res: ServerResponse,
  data: Uint8Array,
  written: (error?: Error | null) => void,
): boolean => {
  const { socket } = res
  if (!res.chunkedEncoding || socket === null || !socket.writable) return false
  if (
    data.byteLength > SMALL ||
    res.writableCorked > 0 ||
    res.writableLength > socket.writableLength
  )
    return false
  if (socket.writableCorked === 0) {
    socket.cork()
    process.nextTick(uncork, socket)
  }
  socket.write(wholeChunk(data), written)
  return true
}
