import { Buffer } from 'node:buffer'
import { createReadStream } from 'node:fs'
import type { BodySource, FileHandleLike, HttpResponseBodyEvent } from '@pagi/spec'

/** The bytes of an inline body; undefined for what is none. */
export const bytesOf = (body: unknown): Uint8Array | undefined => {
  if (body === undefined || body === null) return new Uint8Array()
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof Uint8Array) return body
  return body instanceof ArrayBuffer ? new Uint8Array(body) : undefined
}

/** Reads what an event names, a file or a source, as a server would. */
export const readSource = (event: HttpResponseBodyEvent): AsyncIterable<Uint8Array> => {
  const { file, fh } = event
  const { offset = 0, length = Infinity } = 'offset' in event || 'length' in event ? event : {}
  const slice = { start: offset, end: offset + length - 1 }
  if (length === 0) return nothing()
  if (file != null) return createReadStream(file, slice)
  if (typeof fh === 'number') return createReadStream('', { ...slice, fd: fh, autoClose: false })
  return fh != null && isFile(fh) ? readFile(fh, offset, length) : (fh ?? nothing())
}

const isFile = (source: Exclude<BodySource, number>): source is FileHandleLike => 'fd' in source

async function* readFile(
  file: FileHandleLike,
  offset: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  let [position, left] = [offset, length]
  while (left > 0) {
    const buffer = new Uint8Array(Math.min(left, 65_536))
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, position)
    if (bytesRead === 0) return
    position += bytesRead
    left -= bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function* nothing(): AsyncGenerator<never> {}
