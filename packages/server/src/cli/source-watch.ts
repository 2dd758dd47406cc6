/**
 * Tells of changes to the sources below a folder. Folder by folder, as what the system offers for
 * whole trees goes into `node_modules`, too, and there are machines with few watches to give.
 */

import { readdirSync, statSync, watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { extname, join } from 'node:path'

/** What programs are made of; not what they may write while they run. */
const SOURCES: readonly string[] = [
  '.ts',
  '.mts',
  '.cts',
  '.tsx',
  '.js',
  '.mjs',
  '.cjs',
  '.jsx',
  '.json',
]

/** How long after a change nothing more must happen, in milliseconds: an editor writes in steps. */
const QUIET = 50

/** A tree of more folders than this is hardly one of sources. */
const MOST_FOLDERS = 4096

export class SourceWatch {
  readonly #folders = new Map<string, FSWatcher>()
  readonly #times = new Map<string, number>()
  readonly #changed: (path: string) => void
  readonly #failed: (message: string) => void
  #timer: NodeJS.Timeout | undefined

  /**
   * Watches until it is closed.
   *
   * @param changed called with the first file that has changed, once it is quiet again
   * @param failed called with what cannot be watched
   */
  constructor(root: string, changed: (path: string) => void, failed: (message: string) => void) {
    this.#changed = changed
    this.#failed = failed
    this.#add(root)
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const watcher of this.#folders.values()) watcher.close()
    this.#folders.clear()
  }

  #add(folder: string): void {
    if (this.#folders.has(folder)) return
    if (this.#folders.size === MOST_FOLDERS)
      return this.#failed(`there are more than ${MOST_FOLDERS} folders: ${folder} is not watched`)
    try {
      const watcher = watch(folder, (_event, name) => this.#look(folder, name))
      watcher.on('error', () => this.#remove(folder)) // Windows says so when it is removed
      this.#folders.set(folder, watcher)
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) {
          if (isOurs(entry.name)) this.#add(path)
        } else if (isSource(entry.name)) this.#times.set(path, timeOf(path))
      }
    } catch (error) {
      // Between our look and the watch it may have gone.
      const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (!gone) this.#failed(`${folder} is not watched: ${String(error)}`)
    }
  }

  #remove(folder: string): void {
    this.#folders.get(folder)?.close()
    this.#folders.delete(folder)
  }

  #look(folder: string, name: string | null): void {
    if (name === null) return this.#tell(folder)
    const path = join(folder, name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) this.#remove(path)
    else if (found.isDirectory()) {
      if (!isOurs(name) || this.#folders.has(path)) return
      this.#add(path)
      // Files that were in it before it was watched.
      if (readdirSync(path).some(isSource)) this.#tell(path)
      return
    }
    if (!isSource(name)) return
    // Told of again and again, also when only its permissions have changed, or it was read.
    const time = found?.mtimeMs ?? 0
    if (this.#times.get(path) === time) return
    this.#times.set(path, time)
    this.#tell(path)
  }

  #tell(path: string): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#changed(path), QUIET)
  }
}

const isSource = (name: string): boolean => SOURCES.includes(extname(name))

const isOurs = (name: string): boolean => name !== 'node_modules' && !name.startsWith('.')

const timeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
