import { handleReader } from '@pagi/core'
import type { BodyReader, SourceRange } from '@pagi/core'
import { BodySourceError } from '@pagi/spec'

// The `file` of a body event, on runtimes that have Node's file system, which is asked for when an
// application first sends one. Streams, iterables and handles are core's.

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

/** Opens a `file`; leaves every other source to core. */
export const openFile = ({
  file,
  offset,
  length,
}: SourceRange): Promise<BodyReader> | undefined => {
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

const isFileSystem = (module: unknown): module is FileSystem =>
  typeof module === 'object' && module !== null && 'open' in module
