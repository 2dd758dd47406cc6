/** Runs cases one after the other against processes of its own. */

import type { AppCall } from './app-call.ts'
import { ControlServer } from './control.ts'
import type { Case, ServerSettings, Step } from './case.ts'
import { Context } from './context.ts'
import { CaseFailure, Skip, SuiteError } from './failure.ts'
import type { Fixtures } from './fixtures.ts'
import { prove } from './proof.ts'
import type { Result } from './result.ts'
import type { About, RunSettings } from './run.ts'
import type { ServerProcess } from './server-process.ts'
import { isShared, Servers } from './servers.ts'
import { appStep } from './steps/app.ts'
import { clientStep } from './steps/client.ts'
import { serverStep } from './steps/server.ts'
import { answerLifespan, answerRequest, isOurs } from './suite-calls.ts'
import type { Target } from './target.ts'
import { Transcript } from './transcript.ts'
import { isObject, textOf } from './values.ts'
import { Watch } from './watch.ts'

/** What the suite asks for before the first case, and after each that failed. */
const OWN: Case = {
  id: 'own',
  title: 'the server serves the probe',
  requirements: [],
  level: 'must',
  group: 'core',
  needs: [],
  timeout: 2000,
  steps: [],
}

/** How long the probe may take to be called for the first time. */
const FIRST_CALL = 10_000

/** How long the end of a server is waited for that may be behind a failure. */
const DEATH = { alive: 50, dying: 2000 } as const

/** How long a case may take beyond its start, however long its steps are. */
const CASE_BOUND = 60_000

/** What a lane is told of its run. */
export type LaneSettings = Pick<
  RunSettings,
  'probePort' | 'caseBound' | 'patience' | 'announce' | 'onAbout'
>

function aboutOf({ introduction }: AppCall): About {
  const { probe, scope } = introduction
  const { pagi } = scope
  const version = isObject(pagi) ? textOf(pagi['version']) : ''
  return {
    pagi: version === '' ? undefined : version,
    probe: textOf(probe['name']),
    binding: textOf(probe['binding']),
  }
}

/** The case took too long: what it has begun may still be under way. */
class GivenUp extends CaseFailure {}

export class Lane {
  readonly #target: Target
  readonly #fixtures: Fixtures
  readonly #watch: Watch
  readonly #control: ControlServer
  readonly #servers: Servers
  readonly #patience: number
  readonly #caseBound: number
  readonly #onAbout: (about: About) => void
  #known = false
  /** The call of each process's lifespan that the suite answers. */
  readonly #lifespans: AppCall[] = []
  /** Lifespan calls that a case answers, and that came before its context. */
  readonly #early: AppCall[] = []
  /** The call that the suite answered last. */
  #answered: AppCall | undefined
  #context: Context | undefined
  #lifespan: ServerSettings['lifespan'] = 'accept'
  /** Called when the run is interrupted. */
  #onInterrupt: () => void = () => {}

  private constructor(
    target: Target,
    fixtures: Fixtures,
    parts: { readonly control: ControlServer; readonly watch: Watch },
    { announce = () => {}, caseBound, patience = 1, onAbout = () => {} }: LaneSettings,
  ) {
    this.#target = target
    this.#fixtures = fixtures
    this.#control = parts.control
    this.#watch = parts.watch
    this.#patience = patience
    this.#caseBound = caseBound ?? CASE_BOUND * patience
    this.#onAbout = onAbout
    this.#servers = new Servers(target, { ...parts, announce })
    parts.control.onCall = (call) => this.#receive(call)
  }

  static async open(target: Target, fixtures: Fixtures, settings: LaneSettings): Promise<Lane> {
    const watch = new Watch()
    const control = await ControlServer.listen(watch, settings.probePort)
    return new Lane(target, fixtures, { control, watch }, settings)
  }

  /**
   * Ends every process of this lane.
   *
   * @throws SuiteError when one cannot be ended
   */
  async close(): Promise<void> {
    try {
      await this.#servers.endAll()
    } finally {
      for (const call of this.#lifespans) call.drop()
      await this.#control.close()
    }
  }

  /** Ends every process at once; the case that runs is over. */
  interrupt(): void {
    this.#servers.interrupt()
    this.#context?.server.killNow()
    this.#onInterrupt()
  }

  /**
   * Makes sure that the server starts and serves the probe.
   *
   * @throws SuiteError saying what is missing
   */
  async prove(): Promise<void> {
    const ms = Math.min(FIRST_CALL * this.#patience, this.#target.startTimeout)
    try {
      await this.#bounded(async () => {
        const server = await this.#serverOf(OWN)
        await prove(
          server,
          { control: this.#control, watch: this.#watch, called: () => this.#answered },
          ms,
        )
      })
    } catch (error) {
      if (!(error instanceof CaseFailure)) throw error
      throw new SuiteError(`the suite cannot begin: ${error.message}`)
    }
  }

  async run(one: Case): Promise<Result> {
    const began = performance.now()
    const transcript = new Transcript()
    let verdict: Result['verdict'] = 'passed'
    let reason: string | undefined
    let at = 0
    let context: Context | undefined
    let givenUp = false
    try {
      this.#control.fault = undefined
      this.#lifespan = one.server?.lifespan ?? 'accept'
      await this.#settleDoubt(one)
      const server = await this.#serverOf(one)
      const live = this.#contextFor(one, server, transcript)
      context = live
      this.#context = live
      live.waiting.push(...this.#early.splice(0))
      await this.#bounded(async () => {
        if (one.needs.includes('log') && isShared(one)) await live.beginLog()
        for (const step of one.steps) {
          if (this.#context !== live) return // it was given up
          at += 1
          await this.#step(step, live)
        }
      })
      const last = live.server
      if (last.exit !== undefined && !last.mayExit) throw new CaseFailure(last.describeExit())
      this.#servers.passed(one)
    } catch (error) {
      givenUp = error instanceof GivenUp
      verdict =
        error instanceof Skip ? 'skipped' : error instanceof CaseFailure ? 'failed' : 'error'
      reason = error instanceof Error ? error.message : String(error)
      if (!(error instanceof Skip || error instanceof CaseFailure || error instanceof SuiteError)) {
        reason = error instanceof Error ? (error.stack ?? reason) : reason
      }
      if (verdict === 'failed' && context !== undefined) reason += await this.#death(context.server)
      transcript.note('suite', `${verdict}: ${reason}`)
    }
    try {
      await this.#cleanUp(one, context)
      // What a case that was given up still waits for must not meet the next one.
      if (givenUp) await this.#servers.endAll()
      else if (verdict === 'failed' || verdict === 'error') this.#servers.doubt(one)
    } catch (error) {
      verdict = 'error'
      reason = [reason, error instanceof Error ? error.message : String(error)]
        .filter((text) => text !== undefined)
        .join('; ')
    }
    const ms = Math.round(performance.now() - began)
    const step = verdict === 'passed' || at === 0 ? undefined : at
    return { case: one, verdict, reason, step, ms, transcript: transcript.entries }
  }

  /**
   * Ends the process that cases like this one have shared.
   *
   * @throws SuiteError when it cannot be ended
   */
  async retire(one: Case): Promise<void> {
    await this.#servers.retire(one)
  }

  #contextFor(one: Case, server: ServerProcess, transcript: Transcript): Context {
    return new Context(one, {
      patience: this.#patience,
      startTimeout: Math.min(FIRST_CALL * this.#patience, this.#target.startTimeout),
      watch: this.#watch,
      server,
      control: this.#control,
      transcript,
      file: (name) => this.#fixtures.path(name),
    })
  }

  /** Where the case before this one has failed: whether its process still serves. */
  async #settleDoubt(one: Case): Promise<void> {
    await this.#servers.settleDoubt(one, async () => {
      const server = await this.#serverOf(one)
      const context = this.#contextFor(OWN, server, new Transcript())
      try {
        await context.roundTrip()
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        throw new CaseFailure(`it stopped serving: ${why}`)
      } finally {
        await this.#cleanUp(OWN, context)
      }
    })
  }

  /** What may be behind a failure: that the server has ended, which shows a moment later. */
  async #death(server: ServerProcess): Promise<string> {
    if (server.mayExit || server.exit !== undefined) return ''
    try {
      // One whose port is closed is about to end, however long a busy machine takes to tell.
      const bound = (await server.accepts()) ? DEATH.alive : DEATH.dying
      await this.#watch.until(() => server.exit, 'end of the server', bound)
    } catch {
      return ''
    }
    return `; ${server.describeExit()}`
  }

  /** Work ends, whatever it waits for: writing to a server that reads nothing, say. */
  async #bounded(work: () => Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new GivenUp(`the case had not ended after ${this.#caseBound / 1000} s`))
      }, this.#caseBound)
      this.#onInterrupt = () => reject(new GivenUp('the run was interrupted'))
    })
    try {
      await Promise.race([work(), late])
    } finally {
      clearTimeout(timer)
      this.#onInterrupt = () => {}
    }
  }

  async #step(step: Step, context: Context): Promise<void> {
    if ('client' in step) await clientStep(step, context)
    else if ('app' in step) await appStep(step, context)
    else await serverStep(step, context, this.#target)
  }

  async #serverOf(one: Case): Promise<ServerProcess> {
    return await this.#servers.of(one, (server) => {
      const since = server.output.length
      this.#watch.fault = () => {
        const now = this.#context?.server ?? server
        return now.fault(now === server ? since : 0)
      }
    })
  }

  #receive(call: AppCall): void {
    if (!this.#known) this.#onAbout(aboutOf(call))
    this.#known = true
    if (call.type === 'lifespan') {
      if (this.#lifespan === 'manual') this.#pass(call)
      else if (this.#lifespan === 'decline')
        call.begin({ do: 'throw', message: 'no lifespan here' })
      else {
        this.#lifespans.push(call)
        void answerLifespan(call, this.#watch)
      }
    } else if (isOurs(call)) {
      this.#answer(call)
    } else {
      this.#pass(call)
    }
  }

  /** A call for the case that runs; without one it is answered, too. */
  #pass(call: AppCall): void {
    if (this.#context !== undefined) {
      this.#context.waiting.push(call)
      this.#watch.notify()
    } else if (call.type === 'lifespan') this.#early.push(call)
    else this.#answer(call)
  }

  #answer(call: AppCall): void {
    this.#answered = call
    answerRequest(call)
  }

  /** Leaves nothing of the case behind. */
  async #cleanUp(one: Case, context: Context | undefined): Promise<void> {
    this.#context = undefined
    this.#watch.fault = () => undefined
    if (context !== undefined) {
      for (const { wire } of context.clients.values()) wire.destroy()
      for (const call of [...context.calls.values(), ...context.waiting]) call.drop()
    }
    if (isShared(one)) return
    await this.#servers.release(one)
    await context?.server.kill()
  }
}
