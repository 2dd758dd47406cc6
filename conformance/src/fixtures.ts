/** The files of suite/files.json, made in a folder of their own for one run. */

import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'
import type { Json, JsonObject } from './case.ts'
import { isObject, toBytes } from './values.ts'

export class Fixtures {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'pagi-conformance-')))
  /** Those that nobody has asked for. */
  readonly #left: Map<string, Json | undefined>
  readonly #removed = atExit(() => this.remove())

  /** @param files name to `{ "text" }`, `{ "bytes" }`, `{ "repeat", "times" }`, `{ "directory": true }` or `{ "unreadable": true }` */
  constructor(files: JsonObject) {
    this.#left = new Map(Object.entries(files))
  }

  #make(path: string, content: JsonObject): void {
    if (content['directory'] === true) {
      mkdirSync(path)
      return
    }
    const { text, repeat } = content
    if (typeof text === 'string') writeFileSync(path, text)
    else if (typeof repeat === 'string')
      writeFileSync(path, repeat.repeat(Number(content['times'])))
    else writeFileSync(path, toBytes(content['bytes'] ?? ''))
    if (content['unreadable'] === true) chmodSync(path, 0)
  }

  /** The absolute path of a fixture, which is made when it is first asked for; one that does not exist has a path, too. */
  path(name: string): string {
    const path = join(this.#folder, name)
    const content = this.#left.get(name)
    if (isObject(content)) this.#make(path, content)
    this.#left.delete(name)
    return path
  }

  remove(): void {
    this.#removed()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
