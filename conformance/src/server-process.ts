/** One process of the server under test. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createServer, connect } from 'node:net'
import type { ServerSettings } from './case.ts'
import { CaseFailure, Skip, SuiteError } from './failure.ts'
import type { Target } from './target.ts'
import type { Watch } from './watch.ts'
import { textOf } from './values.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** Most output kept. */
const OUTPUT = 4 * 1024 * 1024

export class ServerProcess {
  readonly address: { readonly host: string; readonly port: number }
  readonly #child: ChildProcess | undefined
  readonly #watch: Watch
  /** Everything it has written, both outputs. */
  output = ''
  exit: Exit | undefined
  /** Whether its end is what the case is about. */
  mayExit = false

  constructor(address: ServerProcess['address'], child: ChildProcess | undefined, watch: Watch) {
    this.address = address
    this.#child = child
    this.#watch = watch
    for (const stream of [child?.stdout, child?.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => {
        this.output = (this.output + text).slice(-OUTPUT)
        watch.notify()
      })
    }
    child?.on('error', (error) => {
      this.output += `${error.message}\n`
      this.exit ??= { code: null, signal: null }
      watch.notify()
    })
    child?.on('close', (code, signal) => {
      this.exit ??= { code, signal }
      watch.notify()
    })
  }

  /**
   * Starts the server.
   *
   * @throws Skip when the target lacks an option or application the settings name
   */
  static async start(
    target: Target,
    settings: ServerSettings,
    probeAddress: string,
    watch: Watch,
  ): Promise<ServerProcess> {
    const app = appOf(target, settings.app ?? 'probe')
    const options = Object.entries(settings.options ?? {}).flatMap(([name, value]) =>
      optionOf(target, name, textOf(value)),
    )
    const host = '127.0.0.1'
    const port = await freePort(host)
    const fill = (word: string): string =>
      word.replaceAll('{app}', app).replaceAll('{host}', host).replaceAll('{port}', String(port))
    const [command = '', ...args] = [...target.command, ...options].map(fill)
    const child = spawn(command === 'node' ? process.execPath : command, args, {
      cwd: target.folder,
      env: { ...process.env, ...target.env, PAGI_PROBE: probeAddress },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new ServerProcess({ host, port }, child, watch)
  }

  /** A few lines of what it wrote last. */
  get lastWords(): string {
    return this.output.trimEnd().split('\n').slice(-5).join('\n')
  }

  describeExit(): string {
    const { exit } = this
    if (exit === undefined) return 'the server runs'
    const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`
    return `the server ended ${how}; its last output: ${this.lastWords || '(none)'}`
  }

  /** Waits until it accepts connections. */
  async ready(ms: number): Promise<void> {
    const limit = performance.now() + ms
    while (!(await this.accepts())) {
      if (this.exit !== undefined) throw new CaseFailure(this.describeExit())
      if (performance.now() > limit) {
        throw new CaseFailure(
          `the server accepts no connection on ${this.address.host}:${this.address.port} within ${ms} ms; its output: ${this.lastWords || '(none)'}`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Whether a connection can be made now. */
  async accepts(): Promise<boolean> {
    return await new Promise((resolve) => {
      const socket = connect(this.address)
      // Left in good order, as a connection that lingers counts at an admission limit.
      socket.on('connect', () => {
        socket.resume()
        socket.end()
        socket.setTimeout(200, () => socket.destroy())
        socket.on('close', () => resolve(true))
      })
      socket.on('error', () => resolve(false))
    })
  }

  signal(name: NodeJS.Signals): void {
    this.mayExit = true
    if (this.#child === undefined) throw new SuiteError('the server was not started by the suite')
    this.#child.kill(name)
  }

  async ended(ms: number): Promise<Exit> {
    this.mayExit = true
    return await this.#watch.until(() => this.exit, 'end of the server process', ms)
  }

  /** Ends it whatever it does. */
  async kill(): Promise<void> {
    this.mayExit = true
    if (this.#child === undefined || this.exit !== undefined) return
    this.#child.kill('SIGKILL')
    await this.#watch.until(() => this.exit, 'end of the killed server process', 10_000)
  }
}

function appOf(target: Target, name: string): string {
  if (name === 'probe') return target.probe
  const path = target.apps[name]
  if (path === undefined) throw new Skip(`the target has no application ${name}`)
  return path
}

function optionOf(target: Target, name: string, value: string): readonly string[] {
  const args = target.options[name]
  if (args === undefined) throw new Skip(`the target has no option ${name}`)
  return args.map((word) => word.replaceAll('{value}', value))
}

async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, host, () => resolve())
  })
  const address = server.address()
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  if (typeof address !== 'object' || address === null) throw new SuiteError('no free port')
  return address.port
}
