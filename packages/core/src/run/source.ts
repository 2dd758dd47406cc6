import { BodySourceError, describeValue, isPagiError } from '@pagi/spec'
import { isHandle, isIterable, isNodeStream, isWebStream } from '../body-source.ts'
import type { Handle, NodeStream } from '../body-source.ts'
import { messageOf } from '../text.ts'
import { isBytes } from '../values.ts'
import type { SourceCommand } from '../http/exchange.ts'
import type { BodyReader, OpenSource, SourceRange } from './ports.ts'

// Opens a `file` or `fh`. Paths and descriptors are the runtime's; streams, iterables and anything
// with FileHandle's `read` work everywhere. Nothing of the application's is ever closed, destroyed or
// cancelled (HTTP-56, binding section 6).

const EVENT = 'http.response.body'

/** Rejects with a BodySourceError, or an InvalidEventError for what is no source at all. */
export const openSource = async (command: SourceCommand, open: OpenSource): Promise<BodyReader> => {
  try {
    const opened = open(command) ?? openPortable(command)
    return await opened
  } catch (error) {
    if (isPagiError(error)) throw error
    throw unreadable(error)
  }
}

/** A read of the source failed: the cause is what the runtime said. */
export const unreadable = (cause: unknown): Error =>
  isPagiError(cause)
    ? cause
    : new BodySourceError(`${EVENT}: the source cannot be read: ${messageOf(cause)}`, { cause })

const openPortable = (command: SourceCommand): BodyReader => {
  const { fh, file, offset, length } = command
  if (file !== undefined)
    throw new BodySourceError(
      `${EVENT}: this runtime has no file system for file "${String(file)}"`,
    )
  if (typeof fh === 'number')
    throw new BodySourceError(`${EVENT}: this runtime has no file descriptors`)
  if (isHandle(fh)) return handleReader(fh, offset, length)
  if (isWebStream(fh)) return streamReader(fh)
  if (isNodeStream(fh)) return nodeStreamReader(fh)
  if (isIterable(fh)) return iterableReader(fh[Symbol.asyncIterator]())
  throw new BodySourceError(`${EVENT}: the source changed after it was checked`)
}

/** Large reads: a quarter of a megabyte is markedly faster than the usual 64 KiB. */
const CHUNK = 256 * 1024

/** An ordinary file that was opened for this response, and is closed with it. */
interface OpenedFile extends Handle {
  close(): Promise<void>
}

/** Reads what a file of this size has of a range (HTTP-51). */
export const fileReader = (
  file: OpenedFile,
  fileSize: number,
  { offset, length }: Pick<SourceRange, 'offset' | 'length'>,
): BodyReader => {
  const rest = Math.max(0, fileSize - offset)
  const size = Math.min(length ?? rest, rest)
  return { ...handleReader(file, offset, size), size, close: () => file.close() }
}

/** Reads a range by explicit positions, so that the handle's own position does not move. */
export const handleReader = (
  handle: Handle,
  offset: number,
  length: number | undefined,
): BodyReader => {
  let position = offset
  let left = length ?? Number.POSITIVE_INFINITY
  // One for the whole source: a new one each time is garbage faster than it is collected.
  let memory: Uint8Array | undefined
  return {
    size: undefined,
    reuses: true,
    read: async () => {
      if (left <= 0) return undefined
      memory ??= new Uint8Array(Math.min(CHUNK, left))
      const buffer = memory.subarray(0, Math.min(CHUNK, left))
      const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, position)
      if (bytesRead === 0) return undefined
      if (!Number.isInteger(bytesRead) || bytesRead < 0 || bytesRead > buffer.byteLength)
        throw new BodySourceError(`${EVENT}: fh read ${describeValue(bytesRead)} bytes`)
      position += bytesRead
      left -= bytesRead
      return buffer.subarray(0, bytesRead)
    },
    close: async () => {},
  }
}

const streamReader = (stream: ReadableStream<Uint8Array>): BodyReader => {
  const reader = stream.getReader() // a locked stream throws here
  return {
    size: undefined,
    read: async () => {
      const { done, value } = await reader.read()
      return done ? undefined : bytesOf(value)
    },
    close: async () => {
      reader.releaseLock()
    },
  }
}

/** The iterator is ours, the stream is not: its own iterator would destroy it. */
const nodeStreamReader = (stream: NodeStream): BodyReader => {
  const { destroyed, readableEnded = false, errored } = stream
  if (destroyed && !readableEnded)
    throw new BodySourceError(`${EVENT}: the stream was destroyed`, { cause: errored })
  return iterableReader(stream.iterator({ destroyOnReturn: false }))
}

/** The iterator is ours: it is ended with `return` when we stop early. */
const iterableReader = (iterator: AsyncIterator<unknown>): BodyReader => {
  let done = false
  const giveUp = async (): Promise<void> => {
    try {
      await iterator.return?.()
    } catch {
      // Its clean-up failed; nobody reads from it any more.
    }
  }
  return {
    size: undefined,
    read: async () => {
      let result: IteratorResult<unknown>
      try {
        result = await iterator.next()
      } catch (error) {
        done = true // it has ended itself
        throw error
      }
      done = result.done === true
      return done ? undefined : bytesOf(result.value)
    },
    close: async () => {
      // Not awaited: a generator in the middle of an await would answer only after it.
      if (!done) void giveUp()
    },
  }
}

/** Chunks that are not bytes are a read failure; what is taken is copied, as its owner may go on. */
export const bytesOf = (chunk: unknown): Uint8Array => {
  if (isBytes(chunk)) return new Uint8Array(chunk) // the slice of a Buffer is no copy
  throw new BodySourceError(`${EVENT}: fh must yield bytes, got ${typeof chunk}`)
}
