import { open as openFile } from 'node:fs/promises'
import { read as readDescriptor } from 'node:fs'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fileReader, handleReader } from '@pagi/core'
import type { BodyReader, SourceRange } from '@pagi/core'
import { BodySourceError, InvalidEventError } from '@pagi/spec'

// The sources of a body event that only Node can read: paths and descriptors (HTTP-49 to HTTP-56,
// binding section 6).

const EVENT = 'http.response.body'
const readAt = promisify(readDescriptor)

/** Opens a `file` or a descriptor; leaves every other source to core. */
export const openNodeSource = (source: SourceRange): Promise<BodyReader> | undefined => {
  const { file, fh } = source
  if (file !== undefined) return openPath(pathOf(file), source)
  if (typeof fh === 'number') return openDescriptor(fh, source)
  return undefined
}

const pathOf = (file: string | URL): string => {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  if (!isAbsolute(path)) throw new InvalidEventError(EVENT, 'file', 'an absolute path', path) // HTTP-52
  return path
}

const openPath = async (path: string, range: SourceRange): Promise<BodyReader> => {
  const handle = await openFile(path, 'r')
  try {
    const stats = await handle.stat()
    if (stats.isDirectory()) throw new BodySourceError(`${EVENT}: file "${path}" is a directory`)
    if (stats.isFile()) return fileReader(handle, stats.size, range)
    // A pipe or a device has no positions and no length of its own.
    if (range.offset !== 0) throw new BodySourceError(`${EVENT}: file "${path}" has no positions`)
    const read = (buffer: Uint8Array) => handle.read(buffer, 0, buffer.byteLength, null)
    return sequential(read, range.length, () => handle.close())
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** A descriptor that cannot seek is read sequentially, if the offset is 0 (binding, section 6). */
const openDescriptor = async (fd: number, { offset, length }: SourceRange): Promise<BodyReader> => {
  if (!Number.isInteger(fd) || fd < 0)
    throw new InvalidEventError(EVENT, 'fh', 'a non-negative descriptor', fd)
  try {
    await readAt(fd, Buffer.alloc(0), 0, 0, offset)
    const handle = {
      read: (buffer: Uint8Array, at: number, size: number, position: number | null) =>
        readAt(fd, buffer, at, size, position),
    }
    return handleReader(handle, offset, length)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESPIPE')) throw error
    if (offset !== 0)
      throw new BodySourceError(`${EVENT}: descriptor ${fd} cannot seek to offset ${offset}`, {
        cause: error,
      })
    return sequential((buffer) => readAt(fd, buffer, 0, buffer.byteLength, null), length)
  }
}

const CHUNK = 64 * 1024

const sequential = (
  read: (buffer: Uint8Array) => Promise<{ bytesRead: number }>,
  length: number | undefined,
  close: () => Promise<void> = async () => {},
): BodyReader => {
  let left = length ?? Number.POSITIVE_INFINITY
  let memory: Uint8Array | undefined
  return {
    size: undefined,
    reuses: true,
    read: async () => {
      if (left <= 0) return undefined
      memory ??= new Uint8Array(Math.min(CHUNK, left))
      const buffer = memory.subarray(0, Math.min(CHUNK, left))
      const { bytesRead } = await read(buffer)
      if (bytesRead === 0) return undefined
      left -= bytesRead
      return buffer.subarray(0, bytesRead)
    },
    close,
  }
}
