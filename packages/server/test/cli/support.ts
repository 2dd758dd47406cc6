/** Runs the built command as a user would: from a folder of their own, with nothing but the package. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const CLI = join(PACKAGE, 'dist', 'cli.js')

/** A folder with files in it, from which `@pagi/server` can be imported. */
export class Folder {
  readonly path: string

  constructor(files: Readonly<Record<string, string>>, name = 'site') {
    const parent = realpathSync(mkdtempSync(join(tmpdir(), 'pagi-cli-')))
    this.path = join(parent, name)
    mkdirSync(join(this.path, 'node_modules', '@pagi'), { recursive: true })
    symlinkSync(PACKAGE, join(this.path, 'node_modules', '@pagi', 'server'), 'junction')
    for (const [file, text] of Object.entries(files)) this.write(file, text)
  }

  write(file: string, text: string): void {
    const path = join(this.path, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  remove(): void {
    rmSync(dirname(this.path), { recursive: true, force: true })
  }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A run of the command. */
export class Command {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''
  #watchers: (() => void)[] = []

  constructor(folder: Folder, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run npm run build first`)
    this.child = spawn(process.execPath, [CLI, ...args], {
      cwd: folder.path,
      env: { ...plainEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#look()
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#look()
    })
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr })
        this.#look()
      })
    })
  }

  /** The first match of a pattern, or of its group, in what the command prints. */
  async printed(pattern: RegExp): Promise<string> {
    const over = this.ended.then((ended) => {
      throw new Error(`ended before ${pattern.source} was printed: ${JSON.stringify(ended)}`)
    })
    const match = new Promise<string>((resolve) => {
      const look = (): void => {
        const found = pattern.exec(`${this.stdout}${this.stderr}`)
        if (found !== null) resolve(found[1] ?? found[0])
      }
      this.#watchers.push(look)
      look()
    })
    return Promise.race([match, over])
  }

  /** Where it listens. */
  url(): Promise<string> {
    return this.printed(/(http:\/\/\S+)/)
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  #look(): void {
    for (const look of this.#watchers) look()
  }
}

/** What a test runner or a developer may have set must not reach the command. */
function plainEnvironment(): Record<string, string | undefined> {
  const env = { ...process.env }
  for (const name of Object.keys(env)) {
    if (/^(?:PAGI_.*|PORT|NODE_.*|VITEST.*|FORCE_COLOR|NO_COLOR)$/.test(name)) delete env[name]
  }
  return env
}
