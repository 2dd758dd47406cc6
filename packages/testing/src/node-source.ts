import { fileReader } from '@pagi/core'
import type { BodyReader, SourceRange } from '@pagi/core'
import { BodySourceError } from '@pagi/spec'

// The `file` of a body event, on runtimes that have Node's file system, which is asked for when an
// application first sends one. Every other source is core's.

interface FileHandle {
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
export const openNodeSource = (source: SourceRange): Promise<BodyReader> | undefined => {
  const { file } = source
  const system = file === undefined ? undefined : fileSystem()
  return file === undefined || system === undefined ? undefined : openPath(system, file, source)
}

const openPath = async (
  system: FileSystem,
  file: string | URL,
  range: SourceRange,
): Promise<BodyReader> => {
  const handle = await system.open(file, 'r')
  try {
    const stats = await handle.stat()
    if (stats.isFile()) return fileReader(handle, stats.size, range)
    throw new BodySourceError(`http.response.body: file "${String(file)}" is no ordinary file`)
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
