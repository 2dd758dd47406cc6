/** Runs cases one after the other against processes of its own. */

import type { AppCall } from './control.ts'
import { ControlServer } from './control.ts'
import type { Case, ServerSettings, Step } from './case.ts'
import { Context } from './context.ts'
import { CaseFailure, Skip, SuiteError } from './failure.ts'
import type { Fixtures } from './fixtures.ts'
import type { Result } from './result.ts'
import { ServerProcess } from './server-process.ts'
import { appStep } from './steps/app.ts'
import { clientStep } from './steps/client.ts'
import { serverStep } from './steps/server.ts'
import type { Target } from './target.ts'
import { Transcript } from './transcript.ts'
import { Watch } from './watch.ts'

const SHARED: ServerSettings = {}

/** Whether other cases may have run against the process of this one. */
const isShared = ({ server }: Case): boolean => server === undefined || server.shared === true

export class Lane {
  readonly #target: Target
  readonly #fixtures: Fixtures
  readonly #watch = new Watch()
  readonly #control: ControlServer
  readonly #servers = new Map<string, ServerProcess>()
  /** The call of each process's lifespan that the suite answers. */
  readonly #lifespans: AppCall[] = []
  /** Lifespan calls that a case answers, and that came before its context. */
  readonly #early: AppCall[] = []
  #context: Context | undefined
  #lifespan: ServerSettings['lifespan'] = 'accept'

  private constructor(target: Target, fixtures: Fixtures, control: ControlServer, watch: Watch) {
    this.#target = target
    this.#fixtures = fixtures
    this.#control = control
    this.#watch = watch
    control.onCall = (call) => this.#receive(call)
  }

  static async open(target: Target, fixtures: Fixtures, probePort = 0): Promise<Lane> {
    const watch = new Watch()
    return new Lane(target, fixtures, await ControlServer.listen(watch, probePort), watch)
  }

  /** Ends every process of this lane. */
  async close(): Promise<void> {
    for (const server of this.#servers.values()) await server.kill()
    for (const call of this.#lifespans) call.drop()
    await this.#control.close()
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
      if (one.needs.includes('log') && isShared(one)) await context.beginLog()
      for (const step of one.steps) {
        at += 1
        await this.#step(step, context)
      }
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

  async #step(step: Step, context: Context): Promise<void> {
    if ('client' in step) await clientStep(step, context)
    else if ('app' in step) await appStep(step, context)
    else await serverStep(step, context, this.#target)
  }

  /** The process a case runs against, started where there is none yet. */
  async #serverFor(one: Case): Promise<ServerProcess> {
    const settings = one.server ?? SHARED
    if (this.#target.url !== undefined) return this.#running(one)
    const key = JSON.stringify({ options: settings.options ?? {}, app: settings.app ?? 'probe' })
    const shared = isShared(one)
    const known = this.#servers.get(key)
    if (shared && known !== undefined && known.exit === undefined) return this.#watched(known)
    const server = await ServerProcess.start(
      this.#target,
      settings,
      this.#control.address,
      this.#watch,
    )
    this.#servers.set(shared ? key : `own ${one.id}`, server)
    this.#watched(server)
    const first = one.steps[0]
    const waits = settings.lifespan !== 'manual' && (first === undefined || !('server' in first))
    if (waits) await server.ready(this.#target.startTimeout)
    return server
  }

  #watched(server: ServerProcess): ServerProcess {
    this.#watch.fault = () => {
      const one = this.#context?.server ?? server
      return one.exit !== undefined && !one.mayExit ? one.describeExit() : undefined
    }
    return server
  }

  #running(one: Case): ServerProcess {
    if (one.server !== undefined) throw new Skip('the server is not started by the suite')
    const { url } = this.#target
    if (url === undefined) throw new SuiteError('no address')
    const known = this.#servers.get('url')
    if (known !== undefined) return known
    const server = new ServerProcess(url, undefined, this.#watch)
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
