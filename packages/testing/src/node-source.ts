import { bytesOf, handleReader } from '@pagi/core'
import type { BodyReader, SourceRange } from '@pagi/core'
import { BodySourceError } from '@pagi/spec'

// The `file` of a body event, on runtimes that have Node's file system, which is asked for when an
// application first sends one; and streams of Node, which must not be destroyed (HTTP-56). Other
// iterables, web streams and handles are core's.

interface FileHandle {
  readonly fd: number
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>
  stat(): Promise<{ readonly size: number; isFile(): boolean }>
  close(): Promise<void>
}

interface FileSystem {
  open(path: string | URL, flags: string): Promise<FileHandle>
}

/** A Readable of Node, as far as it is needed. */
interface NodeStream {
  readonly destroyed: boolean
  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterator<unknown>
}

/** Opens a `file` or a stream of Node; leaves every other source to core. */
export const openNodeSource = ({
  file,
  fh,
  offset,
  length,
}: SourceRange): Promise<BodyReader> | undefined => {
  if (isNodeStream(fh)) return Promise.resolve(streamReader(fh))
  if (file === undefined) return undefined
  const system = fileSystem()
  return system === undefined ? undefined : openPath(system, file, offset, length)
}

const openPath = async (
  system: FileSystem,
  file: string | URL,
  offset: number,
  length: number | undefined,
): Promise<BodyReader> => {
  const handle = await system.open(file, 'r')
  try {
    const stats = await handle.stat()
    if (!stats.isFile())
      throw new BodySourceError(`http.response.body: file "${String(file)}" is no ordinary file`)
    const rest = Math.max(0, stats.size - offset) // HTTP-51
    const size = Math.min(length ?? rest, rest)
    return handleReader(handle, offset, length, { size, close: () => handle.close() })
  } catch (error) {
    await handle.close()
    throw error
  }
}

const streamReader = (stream: NodeStream): BodyReader => {
  const iterator = stream.iterator({ destroyOnReturn: false })
  let done = false
  return {
    size: undefined,
    read: async () => {
      const result = await iterator.next()
      done = result.done === true
      return done ? undefined : bytesOf(result.value)
    },
    close: async () => {
      // Not awaited: it would answer only after a read that is under way.
      if (!done) void iterator.return?.().then(undefined, () => {})
    },
  }
}

/** Without an import, which other runtimes could not resolve. */
const fileSystem = (): FileSystem | undefined => {
  const host: unknown = Reflect.get(globalThis, 'process')
  if (!hasModules(host)) return undefined
  const module: unknown = host.getBuiltinModule('node:fs/promises')
  return isFileSystem(module) ? module : undefined
}

const hasModules = (
  host: unknown,
): host is { readonly getBuiltinModule: (name: string) => unknown } =>
  typeof host === 'object' &&
  host !== null &&
  'getBuiltinModule' in host &&
  typeof host.getBuiltinModule === 'function'

const isNodeStream = (source: unknown): source is NodeStream =>
  typeof source === 'object' &&
  source !== null &&
  'destroyed' in source &&
  'iterator' in source &&
  typeof source.iterator === 'function'

const isFileSystem = (module: unknown): module is FileSystem =>
  typeof module === 'object' && module !== null && 'open' in module
