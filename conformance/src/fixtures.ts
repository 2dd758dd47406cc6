/** The files of suite/files.json, made in a folder of their own for one run. */

import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'
import type { JsonObject } from './case.ts'
import { isObject, toBytes } from './values.ts'

export class Fixtures {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'pagi-conformance-')))
  readonly #removed = atExit(() => this.remove())

  /** @param files name to `{ "text" }`, `{ "bytes" }`, `{ "repeat", "times" }`, `{ "directory": true }` or `{ "unreadable": true }` */
  constructor(files: JsonObject) {
    for (const [name, content] of Object.entries(files)) {
      if (isObject(content)) this.#make(join(this.#folder, name), content)
    }
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

  /** The absolute path of a fixture; one that does not exist has a path, too. */
  path(name: string): string {
    return join(this.#folder, name)
  }

  remove(): void {
    this.#removed()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
