/** One process of the server under test. */

import { spawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { createServer, connect } from 'node:net'
import { atExit } from './at-exit.ts'
import type { ServerSettings } from './case.ts'
import { CaseFailure, Skip, SuiteError } from './failure.ts'
import { Output } from './output.ts'
import type { Target } from './target.ts'
import type { Watch } from './watch.ts'
import { textOf } from './values.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** How long the last output of a process that has ended may take to arrive. */
const OUTPUT_GRACE = 200

/** How long a connection may take to be accepted. */
const CONNECT = 2000

/** Milliseconds between two looks whether it accepts connections. */
const POLL = { least: 10, most: 25 }

/** What part of the quickest start passes before the first look: each costs both sides a connection. */
const UNHURRIED = 0.7

/** How long a server may take to answer the end of a connection that asked nothing. */
const LEAVE = 200

/** How long a killed process may take to be gone. */
const GONE = 10_000

/** Most characters it may write while one case runs: what writes more does nothing else. */
const SHOUTING = 32 * 1024 * 1024

/** When a wait is long enough to be told of. */
const ANNOUNCED = 1000

/** What whoever runs the suite has set for servers must not reach the one under test. */
const FOREIGN = /^(?:PAGI_.*|NODE_ENV|PORT)$/

/** The environment of the suite, without settings of servers. */
export function plainEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !FOREIGN.test(name)))
}

/** Milliseconds the quickest start of a server has taken; 0: none yet. */
export interface Pace {
  quickest: number
}

/** How a wait is told of. */
export type Announce = (text: string) => void

export class ServerProcess {
  readonly address: { readonly host: string; readonly port: number }
  readonly #child: ChildProcess | undefined
  readonly #watch: Watch
  readonly #end: Promise<void>
  /** What it has written, both outputs. */
  readonly output = new Output()
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
        this.output.append(text)
        watch.notify()
      })
    }
    const forget = atExit(() => this.killNow())
    let tellEnd = (): void => {}
    this.#end = new Promise((resolve) => {
      tellEnd = resolve
    })
    const ended = (code: number | null, signal: string | null): void => {
      this.exit ??= { code, signal }
      forget()
      tellEnd()
      watch.notify()
    }
    child?.on('error', (error) => {
      this.output.append(`${error.message}\n`)
      ended(null, null)
    })
    child?.on('close', ended)
    // What it has started may keep its outputs open.
    child?.on('exit', (code, signal) => {
      setTimeout(() => ended(code, signal), OUTPUT_GRACE).unref()
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
    const child = begin(command === 'node' ? process.execPath : command, args, {
      cwd: target.folder,
      env: { ...plainEnvironment(process.env), ...target.env, PAGI_PROBE: probeAddress },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that whatever it starts can be ended with it.
      detached: GROUPS,
    })
    return new ServerProcess({ host, port }, child, watch)
  }

  /** A few lines of what it wrote last. */
  get lastWords(): string {
    return this.output.lastLines(5)
  }

  describeExit(): string {
    const { exit } = this
    if (exit === undefined) return 'the server runs'
    const words = `its last output: ${this.lastWords || '(none)'}`
    if (exit.code === null && exit.signal === null) return `the server cannot be started; ${words}`
    const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`
    return `the server ended ${how}; ${words}`
  }

  /**
   * Waits until it accepts connections; tells of it where that takes long.
   *
   * @param pace what is known of the starts of others like it, to be kept up to date
   * @throws CaseFailure when it has ended, or does not accept any in time
   */
  async ready(ms: number, announce: Announce = () => {}, pace?: Pace): Promise<void> {
    const { host, port } = this.address
    const began = performance.now()
    let told = false
    if (pace !== undefined) await this.endsWithin(Math.min(pace.quickest * UNHURRIED, ms))
    for (let pause = POLL.least; ; pause = Math.min(pause * 1.5, POLL.most)) {
      const accepts = await this.accepts()
      // Somebody else may have the port: it is no answer of a server that has ended.
      if (this.exit !== undefined) throw new CaseFailure(this.describeExit())
      const waited = performance.now() - began
      if (accepts) {
        if (pace !== undefined) pace.quickest = Math.min(pace.quickest || waited, waited)
        return
      }
      if (waited > ms) {
        throw new CaseFailure(
          `the server accepts no connection on ${host}:${port} within ${ms} ms; its output: ${this.lastWords || '(none)'}`,
        )
      }
      if (waited > ANNOUNCED && !told) {
        told = true
        announce(`waiting up to ${seconds(ms)} for ${host}:${port} to accept connections …`)
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }

  /** It ended because somebody else had the port. */
  get portWasTaken(): boolean {
    const taken = /EADDRINUSE|address (?:is )?already in use/i
    return this.exit !== undefined && taken.test(this.output.slice())
  }

  /** Whether a connection can be made now. */
  async accepts(): Promise<boolean> {
    return await new Promise((resolve) => {
      const socket = connect(this.address)
      // Left in good order, as a connection that lingers counts at an admission limit.
      let connected = false
      socket.setTimeout(CONNECT, () => socket.destroy())
      socket.on('connect', () => {
        connected = true
        socket.resume()
        socket.end()
        socket.setTimeout(LEAVE)
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(connected))
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

  /** What is wrong with it now, whatever a case waits for; `since` is where its output was. */
  fault(since: number): string | undefined {
    if (this.exit !== undefined && !this.mayExit) return this.describeExit()
    if (this.output.length - since < SHOUTING) return undefined
    return `the server wrote more than ${SHOUTING / 1024 / 1024} MiB to its outputs, at last: ${this.output.lastLines(1)}`
  }

  /** Whether it has ended within the time, whatever else is wrong. */
  async endsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms)
    })
    const gone = await Promise.race([this.#end.then(() => true), late])
    clearTimeout(timer)
    return gone
  }

  /** Ends it, and what it has started, whatever they do; without waiting for it. */
  killNow(): void {
    this.mayExit = true
    const pid = this.#child?.pid
    if (pid === undefined) return
    try {
      // Also when it has ended itself: what it has started may not have.
      if (GROUPS) process.kill(-pid, 'SIGKILL')
      else this.#child?.kill('SIGKILL')
    } catch {
      // Nobody is left.
    }
  }

  /**
   * The same, and waits for its end.
   *
   * @throws SuiteError when it does not come
   */
  async kill(): Promise<void> {
    this.killNow()
    if (this.#child === undefined) return
    if (!(await this.endsWithin(GONE))) {
      throw new SuiteError(`the server, process ${this.#child.pid}, outlives SIGKILL`)
    }
    // Whoever has left the group may keep them open.
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }
}

/** A command line that cannot even be tried is one that does not work. */
function begin(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(command, args, options)
  } catch (error) {
    throw new SuiteError(`${command}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Whether processes come in groups. */
const GROUPS = process.platform !== 'win32'

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`
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
