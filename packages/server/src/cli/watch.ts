/**
 * `--watch`: serves in a process of its own, and in a new one after each change. The new one loads
 * first; only when it could does the old one stop, and only when that has ended does the new one start
 * up. So a mistake in a file leaves the old program serving, and there are never two that have started.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { dirname, relative } from 'node:path'
import type { Arguments } from './args.ts'
import { signalCode } from './failure.ts'
import { locate } from './locate.ts'
import { print, printFailure } from './output.ts'
import { watchSignals } from './signals.ts'
import { SourceWatch } from './source-watch.ts'
import { WATCHED } from './watch-messages.ts'
import type { FromServing, ToServing } from './watch-messages.ts'

/** How long requests in flight may take to end, in milliseconds: whoever saves wants to see. */
const PATIENCE = 1000

/** How long what then remains may take to shut down. */
const GRACE = 3000

type State = 'loading' | 'waiting' | 'serving' | 'stopping'

/** One process of the application. */
class Run {
  state: State = 'loading'
  readonly ended: Promise<void>
  exitCode = 1
  readonly #child: ChildProcess
  #timer: NodeJS.Timeout | undefined

  constructor(argv: readonly string[], told: (run: Run, message: FromServing) => void) {
    const [, script = ''] = process.argv
    const args = [...process.execArgv, script, ...argv]
    this.#child = spawn(process.execPath, args, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [WATCHED]: '1' },
    })
    this.#child.on('message', (message: FromServing) => told(this, message))
    this.ended = new Promise((resolve) => {
      this.#child.on('error', () => resolve())
      this.#child.on('exit', (code, signal) => {
        clearTimeout(this.#timer)
        this.exitCode = code ?? (signal === null ? 1 : signalCode(signal))
        resolve()
      })
    })
  }

  serve(): void {
    this.state = 'serving'
    this.#tell('serve')
  }

  /** Stops it in good order, as far as that does not take long. */
  async stop(): Promise<void> {
    if (this.state === 'loading' || this.state === 'waiting') return await this.kill()
    if (this.state !== 'stopping') {
      this.state = 'stopping'
      this.#tell('stop')
      this.#timer = setTimeout(() => {
        this.#tell('hurry')
        this.#timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE)
      }, PATIENCE)
    }
    await this.ended
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }

  #tell(message: ToServing): void {
    if (this.#child.connected) this.#child.send(message)
  }
}

/** Watches and serves until it is told to stop; sets the exit code. */
export function watchAndServe(args: Arguments, argv: readonly string[]): void {
  new Supervisor(argv.filter((argument) => argument !== '--watch')).start(rootOf(args.app))
}

/** The folder of the application where that is elsewhere, else the current one. */
function rootOf(app: string | undefined): string {
  const here = process.cwd()
  try {
    const { file } = locate(app, here)
    const folder = file === undefined ? here : dirname(file)
    return relative(here, folder).startsWith('..') ? folder : here
  } catch {
    return here // the process that loads it says what is wrong
  }
}

class Supervisor {
  readonly #argv: readonly string[]
  #current: Run | undefined
  #next: Run | undefined
  #leaving = false

  constructor(argv: readonly string[]) {
    this.#argv = argv
  }

  start(root: string): void {
    const sources = new SourceWatch(
      root,
      (path) => {
        print(`${relative(root, path) || root} has changed`)
        this.#begin()
      },
      (message) => printFailure(`--watch: ${message}`),
    )
    watchSignals(process, () => performance.now(), {
      stop: (signal) => void this.#leave(sources, signal),
      force: (signal) => {
        void this.#current?.kill()
        void this.#next?.kill()
        process.exit(signalCode(signal))
      },
    })
    this.#begin()
  }

  /** A new process loads; one that was still loading is out of date. */
  #begin(): void {
    if (this.#leaving) return
    void this.#next?.kill()
    const run = new Run(this.#argv, (from, message) => {
      if (message === 'loaded') void this.#replace(from)
    })
    this.#next = run
    void run.ended.then(() => this.#ended(run))
  }

  /** It could be loaded: it takes the place of the one that serves. */
  async #replace(run: Run): Promise<void> {
    run.state = 'waiting'
    await this.#current?.stop()
    if (run !== this.#next || this.#leaving) return
    this.#next = undefined
    this.#current = run
    run.serve()
  }

  #ended(run: Run): void {
    if (this.#leaving) return
    if (run === this.#next) {
      this.#next = undefined
      const served = this.#current === undefined ? '' : '; what was there before is served'
      print(`waiting for a change${served}`)
    } else if (run === this.#current) {
      this.#current = undefined
      if (this.#next === undefined && run.state !== 'stopping') print('waiting for a change')
    }
  }

  async #leave(sources: SourceWatch, signal: NodeJS.Signals): Promise<void> {
    this.#leaving = true
    sources.close()
    const served = this.#current
    await Promise.all([this.#next?.kill(), served?.stop()])
    process.exit(served?.exitCode ?? signalCode(signal))
  }
}
