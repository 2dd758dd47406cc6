// A copy of our packages as they are published, in which one text can be changed.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGES = ['spec', 'core', 'server']

export class Site {
  #folder = mkdtempSync(join(tmpdir(), 'pagi-mutants-'))
  /** @type {Map<string, string>} */
  #changed = new Map()

  constructor() {
    const scope = join(this.#folder, 'node_modules', '@pagi')
    mkdirSync(scope, { recursive: true })
    for (const name of PACKAGES) {
      const from = join(root, 'packages', name)
      const to = join(scope, name)
      mkdirSync(to)
      for (const part of ['package.json', 'dist', ...(name === 'server' ? ['bin'] : [])]) {
        cpSync(join(from, part), join(to, part), { recursive: true })
      }
      const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
      for (const need of Object.keys(manifest.dependencies ?? {})) {
        const place = join(this.#folder, 'node_modules', need)
        if (need.startsWith('@pagi/')) continue
        mkdirSync(dirname(place), { recursive: true })
        symlinkSync(join(from, 'node_modules', need), place, 'junction')
      }
    }
  }

  /** The command of this copy. */
  get server() {
    return join(this.#folder, 'node_modules', '@pagi', 'server', 'bin', 'pagi-server.js')
  }

  /**
   * Breaks the rule.
   *
   * @param {{ id: string, in: string, find: string, replace: string }} mutant
   * @returns {string | undefined} what is wrong with the mutant
   */
  apply({ in: name, find, replace }) {
    const folder = join(this.#folder, 'node_modules', '@pagi', name, 'dist')
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
      .map((entry) => join(entry.parentPath, entry.name))
    const holding = files.filter((file) => readFileSync(file, 'utf8').includes(find))
    const [file] = holding
    if (file === undefined) return 'its text is not in the built code'
    const text = readFileSync(file, 'utf8')
    if (holding.length > 1 || text.split(find).length > 2) return 'its text is there more than once'
    if (find === replace) return 'it changes nothing'
    this.#changed.set(file, text)
    writeFileSync(
      file,
      text.replace(find, () => replace),
    )
    return undefined
  }

  restore() {
    for (const [file, text] of this.#changed) writeFileSync(file, text)
    this.#changed.clear()
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
