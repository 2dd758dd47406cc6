/** The processes of one lane: which one a case runs against, and when there is a new one. */

import type { Case } from './case.ts'
import type { ControlServer } from './control.ts'
import { Skip, SuiteError } from './failure.ts'
import { ServerProcess } from './server-process.ts'
import type { Announce, Pace } from './server-process.ts'
import type { Target } from './target.ts'
import type { Watch } from './watch.ts'

/** How often a server whose port was taken is started. */
const START_ATTEMPTS = 3

/**
 * How often in a row processes with the same settings may fail to start in time, or stop serving:
 * each costs seconds, and there are thousands of cases.
 */
const PATIENCE = 5

/** Whether other cases may have run against the process of this one. */
export const isShared = ({ server }: Case): boolean =>
  server === undefined || server.shared === true

/** Whether it is about a process that ends by itself: several such cases look at the same end. */
const looksAtExit = ({ steps: [first] }: Case): boolean =>
  first !== undefined && 'server' in first && first.server === 'exit'

/** What tells processes apart that cases may share. */
export function keyOf({ server }: Case): string {
  return JSON.stringify({ options: server?.options ?? {}, app: server?.app ?? 'probe' })
}

interface Trouble {
  readonly times: number
  readonly what: string
}

export class Servers {
  readonly #target: Target
  readonly #control: ControlServer
  readonly #watch: Watch
  readonly #announce: Announce
  readonly #processes = new Map<string, ServerProcess>()
  readonly #troubles = new Map<string, Trouble>()
  readonly #doubted = new Set<string>()
  readonly #pace: Pace = { quickest: 0 }
  #interrupted = false

  constructor(
    target: Target,
    parts: {
      readonly control: ControlServer
      readonly watch: Watch
      readonly announce: Announce
    },
  ) {
    this.#target = target
    this.#control = parts.control
    this.#watch = parts.watch
    this.#announce = parts.announce
  }

  /**
   * The process a case runs against, started where there is none yet.
   *
   * @param begun told of a process before it accepts connections
   * @throws CaseFailure when it does not begin to serve
   * @throws SuiteError when others like it did not either
   */
  async of(one: Case, begun: (server: ServerProcess) => void): Promise<ServerProcess> {
    if (this.#target.url !== undefined) return await this.#running(one, begun)
    const key = keyOf(one)
    const shared = isShared(one)
    const known = this.#processes.get(key)
    if (shared && known !== undefined && (known.exit === undefined || looksAtExit(one))) {
      begun(known)
      return known
    }
    const trouble = this.#troubles.get(key)
    if (trouble !== undefined && trouble.times >= PATIENCE) {
      throw new SuiteError(`not tried any more, after ${trouble.times} times: ${trouble.what}`)
    }
    const settings = one.server ?? {}
    const [first] = one.steps
    const waits = settings.lifespan !== 'manual' && (first === undefined || !('server' in first))
    for (let attempt = 1; ; attempt += 1) {
      if (this.#interrupted) throw new SuiteError('interrupted')
      const server = await ServerProcess.start(
        this.#target,
        settings,
        this.#control.address,
        this.#watch,
      )
      this.#processes.set(shared ? key : ownKey(one), server)
      begun(server)
      if (!waits) return server
      try {
        await server.ready(this.#target.startTimeout, this.#announce, this.#pace)
        return server
      } catch (error) {
        // Between our look and its start somebody else has taken the port.
        if (server.portWasTaken && attempt < START_ATTEMPTS) continue
        // One that has ended cost no time, and the next case starts another one.
        if (server.exit === undefined) {
          this.#trouble(key, error)
          await server.kill()
        }
        throw error
      }
    }
  }

  /** A case has failed: before another one meets its process, that must be seen to serve. */
  doubt(one: Case): void {
    if (isShared(one)) this.#doubted.add(keyOf(one))
  }

  /** Ends a doubted process that does not serve any more; the next case has a new one. */
  async settleDoubt(one: Case, serves: () => Promise<void>): Promise<void> {
    const key = keyOf(one)
    if (!isShared(one) || !this.#doubted.delete(key)) return
    const place = this.#target.url === undefined ? key : RUNNING
    const server = this.#processes.get(place)
    if (server === undefined || server.exit !== undefined) return
    try {
      await serves()
    } catch (error) {
      this.#trouble(key, error)
      if (place === key) await this.#end(key)
    }
  }

  /** A case has passed: all is well with servers of its settings. */
  passed(one: Case): void {
    this.#troubles.delete(keyOf(one))
  }

  /** Ends the process that a case had for itself. */
  async release(one: Case): Promise<void> {
    await this.#end(ownKey(one))
  }

  /** Ends the process that cases like this one have shared. */
  async retire(one: Case): Promise<void> {
    if (this.#target.url === undefined) await this.#end(keyOf(one))
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#processes.keys()].map((key) => this.#end(key)))
  }

  /** Ends every process without waiting for it, and starts none any more. */
  interrupt(): void {
    this.#interrupted = true
    for (const server of this.#processes.values()) server.killNow()
  }

  async #end(key: string): Promise<void> {
    const server = this.#processes.get(key)
    this.#processes.delete(key)
    await server?.kill()
  }

  #trouble(key: string, error: unknown): void {
    const times = (this.#troubles.get(key)?.times ?? 0) + 1
    this.#troubles.set(key, { times, what: error instanceof Error ? error.message : String(error) })
  }

  async #running(one: Case, begun: (server: ServerProcess) => void): Promise<ServerProcess> {
    if (one.server !== undefined) throw new Skip('the server is not started by the suite')
    const { url } = this.#target
    if (url === undefined) throw new SuiteError('no address')
    const known = this.#processes.get(RUNNING)
    if (known !== undefined) {
      begun(known)
      return known
    }
    const server = new ServerProcess(url, undefined, this.#watch)
    begun(server)
    await server.ready(this.#target.startTimeout, this.#announce)
    this.#processes.set(RUNNING, server)
    return server
  }
}

/** The key of a server that runs already. */
const RUNNING = 'url'

const ownKey = ({ id }: Case): string => `own ${id}`
