/** Runs cases one after the other against processes of its own. */

import { connect } from 'node:net'
import type { AppCall } from './control.ts'
import { ControlServer } from './control.ts'
import type { Case, ServerSettings, Step } from './case.ts'
import { Context } from './context.ts'
import { CaseFailure, Skip, SuiteError } from './failure.ts'
import type { Fixtures } from './fixtures.ts'
import type { Result } from './result.ts'
import { ServerProcess } from './server-process.ts'
import type { Announce } from './server-process.ts'
import { appStep } from './steps/app.ts'
import { clientStep } from './steps/client.ts'
import { serverStep } from './steps/server.ts'
import type { Target } from './target.ts'
import { Transcript } from './transcript.ts'
import { Watch } from './watch.ts'

const SHARED: ServerSettings = {}

/** Whether other cases may have run against the process of this one. */
const isShared = ({ server }: Case): boolean => server === undefined || server.shared === true

/** What the suite asks for before the first case. */
const PROOF: Case = {
  id: 'proof',
  title: 'the server runs the probe',
  requirements: [],
  level: 'must',
  group: 'core',
  needs: [],
  timeout: 10_000,
  steps: [],
}

/** How long a case may take beyond its start, however long its steps are. */
const CASE_BOUND = 60_000
const GIVEN_UP = `the case had not ended after ${CASE_BOUND / 1000} s`

/** How often a server whose port was taken is started. */
const START_ATTEMPTS = 3

export interface LaneSettings {
  /** The control port a server that runs already was told. */
  readonly probePort?: number
  /** Told of each wait that is long. */
  readonly announce?: Announce
}

export class Lane {
  readonly #target: Target
  readonly #fixtures: Fixtures
  readonly #watch: Watch
  readonly #announce: Announce
  #interrupted = false
  readonly #control: ControlServer
  readonly #servers = new Map<string, ServerProcess>()
  /** The call of each process's lifespan that the suite answers. */
  readonly #lifespans: AppCall[] = []
  /** Lifespan calls that a case answers, and that came before its context. */
  readonly #early: AppCall[] = []
  #context: Context | undefined
  #lifespan: ServerSettings['lifespan'] = 'accept'

  private constructor(
    target: Target,
    fixtures: Fixtures,
    control: ControlServer,
    watch: Watch,
    announce: Announce,
  ) {
    this.#target = target
    this.#announce = announce
    this.#fixtures = fixtures
    this.#control = control
    this.#watch = watch
    control.onCall = (call) => this.#receive(call)
  }

  static async open(
    target: Target,
    fixtures: Fixtures,
    { probePort = 0, announce = () => {} }: LaneSettings = {},
  ): Promise<Lane> {
    const watch = new Watch()
    const control = await ControlServer.listen(watch, probePort)
    return new Lane(target, fixtures, control, watch, announce)
  }

  /** Ends every process of this lane. */
  async close(): Promise<void> {
    await this.#endServers()
    for (const call of this.#lifespans) call.drop()
    await this.#control.close()
  }

  /** Ends every process at once; the case that runs is over. */
  interrupt(): void {
    this.#interrupted = true
    for (const server of this.#servers.values()) server.killNow()
    this.#watch.fault = () => 'the run was interrupted'
    this.#watch.notify()
  }

  async #endServers(): Promise<void> {
    for (const server of this.#servers.values()) await server.kill()
    this.#servers.clear()
  }

  /**
   * Whether the server starts, and its probe finds the suite: else every case would fail for that.
   *
   * @throws SuiteError saying what is missing
   */
  async prove(): Promise<void> {
    try {
      const server = await this.#serverFor(PROOF)
      if (this.#control.calls > 0) return
      const { host, port } = server.address
      const asking = connect(server.address)
      asking.on('error', () => asking.destroy())
      asking.write(
        `GET /pagi-suite/proof HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`,
      )
      try {
        await this.#watch.until(
          () => {
            if (this.#control.fault !== undefined) throw new SuiteError(this.#control.fault)
            return this.#control.calls > 0 || undefined
          },
          `call of the probe, which reports to PAGI_PROBE=${this.#control.address}`,
          PROOF.timeout,
        )
      } finally {
        asking.destroy()
      }
    } catch (error) {
      if (error instanceof CaseFailure)
        throw new SuiteError(`the suite cannot begin: ${error.message}`)
      throw error
    }
  }

  async run(one: Case): Promise<Result> {
    const began = performance.now()
    const transcript = new Transcript()
    let verdict: Result['verdict'] = 'passed'
    let reason: string | undefined
    let at = 0
    let context: Context | undefined
    try {
      this.#lifespan = one.server?.lifespan ?? 'accept'
      const server = await this.#serverFor(one)
      context = new Context(one, {
        watch: this.#watch,
        server,
        control: this.#control,
        transcript,
        file: (name) => this.#fixtures.path(name),
      })
      this.#context = context
      this.#adoptLifespans(context)
      const live = context
      if (one.needs.includes('log') && isShared(one)) await live.beginLog()
      await this.#bounded(async () => {
        for (const step of one.steps) {
          if (this.#context !== live) return // it was given up
          at += 1
          await this.#step(step, live)
        }
      })
      const last = context.server
      if (last.exit !== undefined && !last.mayExit) throw new CaseFailure(last.describeExit())
    } catch (error) {
      verdict =
        error instanceof Skip ? 'skipped' : error instanceof CaseFailure ? 'failed' : 'error'
      reason = error instanceof Error ? error.message : String(error)
      if (!(error instanceof Skip || error instanceof CaseFailure || error instanceof SuiteError)) {
        reason = error instanceof Error ? (error.stack ?? reason) : reason
      }
      if (verdict === 'failed' && context !== undefined) reason += await this.#death(context.server)
      transcript.note('suite', `${verdict}: ${reason}`)
    }
    await this.#cleanUp(one, context)
    // What a case that was given up still waits for must not meet the next one.
    if (reason?.startsWith(GIVEN_UP) === true) await this.#endServers()
    const ms = Math.round(performance.now() - began)
    const step = verdict === 'passed' || at === 0 ? undefined : at
    return { case: one, verdict, reason, step, ms, transcript: transcript.entries }
  }

  /** What may be behind a failure: that the server has ended, which shows a moment later. */
  async #death(server: ServerProcess): Promise<string> {
    if (server.mayExit || server.exit !== undefined) return ''
    try {
      await this.#watch.until(() => server.exit, 'end of the server', 50)
    } catch {
      return ''
    }
    return `; ${server.describeExit()}`
  }

  /** A case ends, whatever its steps wait for: writing to a server that reads nothing, say. */
  async #bounded(work: () => Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new CaseFailure(GIVEN_UP))
      }, CASE_BOUND)
    })
    try {
      await Promise.race([work(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #step(step: Step, context: Context): Promise<void> {
    if ('client' in step) await clientStep(step, context)
    else if ('app' in step) await appStep(step, context)
    else await serverStep(step, context, this.#target)
  }

  /** The process a case runs against, started where there is none yet. */
  async #serverFor(one: Case): Promise<ServerProcess> {
    const settings = one.server ?? SHARED
    if (this.#target.url !== undefined) return await this.#running(one)
    const key = JSON.stringify({ options: settings.options ?? {}, app: settings.app ?? 'probe' })
    const shared = isShared(one)
    const known = this.#servers.get(key)
    if (shared && known !== undefined && known.exit === undefined) return this.#watched(known)
    const first = one.steps[0]
    const waits = settings.lifespan !== 'manual' && (first === undefined || !('server' in first))
    for (let attempt = 1; ; attempt += 1) {
      if (this.#interrupted) throw new SuiteError('interrupted')
      const server = await ServerProcess.start(
        this.#target,
        settings,
        this.#control.address,
        this.#watch,
      )
      this.#servers.set(shared ? key : `own ${one.id}`, server)
      this.#watched(server)
      if (!waits) return server
      try {
        await server.ready(this.#target.startTimeout, this.#announce)
        return server
      } catch (error) {
        // Between our look and its start somebody else has taken the port.
        if (!server.portWasTaken || attempt === START_ATTEMPTS) throw error
      }
    }
  }

  #watched(server: ServerProcess): ServerProcess {
    this.#watch.fault = () => {
      const one = this.#context?.server ?? server
      return one.exit !== undefined && !one.mayExit ? one.describeExit() : undefined
    }
    return server
  }

  async #running(one: Case): Promise<ServerProcess> {
    if (one.server !== undefined) throw new Skip('the server is not started by the suite')
    const { url } = this.#target
    if (url === undefined) throw new SuiteError('no address')
    const known = this.#servers.get('url')
    if (known !== undefined) return known
    const server = new ServerProcess(url, undefined, this.#watch)
    await server.ready(this.#target.startTimeout, this.#announce)
    this.#servers.set('url', server)
    return server
  }

  #receive(call: AppCall): void {
    if (call.type === 'lifespan') {
      if (this.#lifespan === 'manual') this.#pass(call)
      else if (this.#lifespan === 'decline')
        call.begin({ do: 'throw', message: 'no lifespan here' })
      else void this.#answerLifespan(call)
      return
    }
    if (call.path.startsWith('/pagi-suite/')) {
      answerRequest(call)
      return
    }
    this.#pass(call)
  }

  /** A call for the case that runs; without one it is let go. */
  #pass(call: AppCall): void {
    if (this.#context === undefined) {
      if (call.type === 'lifespan') this.#early.push(call)
      else call.drop()
      return
    }
    this.#context.waiting.push(call)
    this.#watch.notify()
  }

  /** Lifespan calls that came before the case had its context. */
  #adoptLifespans(context: Context): void {
    context.waiting.push(...this.#early.splice(0))
  }

  async #answerLifespan(call: AppCall): Promise<void> {
    this.#lifespans.push(call)
    const settled = async (id: number): Promise<void> => {
      await this.#watch.until(
        () => call.answer(id) ?? (call.closed || undefined),
        'lifespan',
        3600_000,
      )
    }
    try {
      await settled(call.begin({ do: 'receive' }))
      await settled(call.begin({ do: 'send', event: { type: 'lifespan.startup.complete' } }))
      await settled(call.begin({ do: 'receive' }))
      await settled(call.begin({ do: 'send', event: { type: 'lifespan.shutdown.complete' } }))
      call.drop()
    } catch {
      // The process has ended; the case that ran then says so.
    }
  }

  /** Leaves nothing of the case behind. */
  async #cleanUp(one: Case, context: Context | undefined): Promise<void> {
    this.#context = undefined
    this.#watch.fault = () => undefined
    if (context !== undefined) {
      for (const { wire } of context.clients.values()) wire.destroy()
      for (const call of [...context.calls.values(), ...context.waiting]) call.drop()
    }
    const own = this.#servers.get(`own ${one.id}`)
    if (own === undefined) return
    this.#servers.delete(`own ${one.id}`)
    await own.kill()
    await context?.server.kill()
  }
}

/** Answers a request of the suite: a short response, and the end of the call. */
function answerRequest(call: AppCall): void {
  const sse = call.type === 'sse'
  call.command([
    {
      id: call.next(),
      do: 'send',
      event: {
        type: 'http.response.start',
        status: 200,
        headers: [['content-length', '2']],
      },
    },
    {
      id: call.next(),
      do: 'send',
      event: { type: 'http.response.body', body: { $bytes: 'b2s=' } },
    },
  ])
  if (!sse) call.begin({ do: 'return' })
  call.drop()
}
