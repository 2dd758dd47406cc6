/** Runs an application or a middleware through what clients do, and gathers what lint says. */

import type { LintRule, LintViolation } from '@pagi/core/lint'
import type { Application, Middleware } from '@pagi/spec'
import type { Core } from './core.ts'
import { innerApps } from './inner-apps.ts'
import { describe } from './load.ts'
import type { Subject } from './load.ts'
import { scenariosFor } from './scenarios.ts'
import type { Scenario } from './scenarios.ts'
import { Stage } from './stage.ts'

/** One place at which a rule is broken. */
export interface Finding {
  readonly requirement: string
  readonly message: string
  readonly place: string | undefined
  readonly scopeType: string
  /** What clients did then. */
  readonly during: readonly string[]
}

export interface RuleVerdict {
  readonly code: string
  readonly requirements: readonly string[]
  readonly summary: string
  readonly verdict: 'passed' | 'violated'
  readonly findings: readonly Finding[]
}

export interface Judgement {
  readonly kind: Subject['kind']
  readonly name: string
  readonly rules: readonly RuleVerdict[]
  /** The scope types that were answered. */
  readonly serves: readonly string[]
  /** What could not be judged, and why. */
  readonly problems: readonly string[]
  readonly scenarios: number
}

export interface JudgeSettings {
  readonly paths: readonly string[]
  /** Milliseconds an application may take to settle once its client has gone. */
  readonly patience: number
}

/** A rule that no wrapper can see, but a client can. */
const STILL_RUNNING = 'ERR_PAGI_APP_STILL_RUNNING'
const STILL_RUNNING_RULE: LintRule = {
  binds: 'application',
  requirements: ['CORE-39'],
  summary: 'A call ends when its client has gone.',
}

type Report = (violation: Violation) => void
type Violation = Omit<LintViolation, 'code'> & { readonly code: string }

/** Judges one subject. */
export async function judge(
  subject: Subject,
  core: Core,
  settings: JudgeSettings,
): Promise<Judgement> {
  const record = new Record()
  const exercise = new Exercise(core, settings, record)
  if (subject.kind === 'application') await exercise.application(subject.app)
  else await exercise.middleware(subject.middleware)
  return {
    kind: subject.kind,
    name: subject.name,
    rules: record.rules(rulesFor(subject.kind, core)),
    serves: [...record.served],
    problems: [...record.problems],
    scenarios: record.scenarios,
  }
}

/** Middleware sends events, too, so the rules of applications bind it as well. */
function rulesFor(kind: Subject['kind'], core: Core): readonly (readonly [string, LintRule])[] {
  const all: readonly (readonly [string, LintRule])[] = Object.entries(core.LINT_RULES)
  const own = all.filter(([, { binds }]) => binds === 'middleware')
  const apps = all.filter(([, { binds }]) => binds === 'application')
  return [
    ...(kind === 'middleware' ? own : []),
    ...apps,
    [STILL_RUNNING, STILL_RUNNING_RULE] as const,
  ]
}

/** What was seen. */
class Record {
  readonly served = new Set<string>()
  readonly problems = new Set<string>()
  scenarios = 0
  /** What clients do now. */
  during = ''
  readonly #found = new Map<string, Violation & { during: string[] }>()

  readonly report: Report = (violation) => {
    const { code, requirement, scopeType, message, place } = violation
    const key = JSON.stringify([code, requirement, scopeType, place ?? message])
    const known = this.#found.get(key)
    if (known === undefined) this.#found.set(key, { ...violation, during: [this.during] })
    else if (!known.during.includes(this.during)) known.during.push(this.during)
  }

  rules(rules: readonly (readonly [string, LintRule])[]): readonly RuleVerdict[] {
    return rules.map(([code, { requirements, summary }]) => {
      const findings = [...this.#found.values()]
        .filter((one) => one.code === code)
        .map(({ requirement, message, place, scopeType, during }) => ({
          requirement,
          message,
          place,
          scopeType,
          during,
        }))
      const verdict = findings.length > 0 ? 'violated' : 'passed'
      return { code, requirements, summary, verdict, findings }
    })
  }
}

class Exercise {
  readonly #core: Core
  readonly #settings: JudgeSettings
  readonly #record: Record

  constructor(core: Core, settings: JudgeSettings, record: Record) {
    this.#core = core
    this.#settings = settings
    this.#record = record
  }

  async application(app: Application): Promise<void> {
    const linted = this.#core.lint(app, { report: this.#record.report, strict: true })
    const scenarios = this.#settings.paths.flatMap((path) => scenariosFor(path))
    await this.#unknownScope(app)
    await this.#life(linted, scenarios, '', true)
  }

  async middleware(middleware: Middleware): Promise<void> {
    for (const { name, types, app } of innerApps(this.#core)) {
      const scenarios = this.#settings.paths
        .flatMap((path) => scenariosFor(path))
        .filter(({ ask }) => types.includes(ask.type))
      // What lint says of the application inside alone is not the middleware's doing.
      const inherited = new Set<string>()
      const note: Report = ({ code }) => inherited.add(code)
      await this.#life(this.#core.lint(app, { report: note, strict: true }), scenarios, '', false)
      const report: Report = (violation) => {
        if (!inherited.has(violation.code)) this.#record.report(violation)
      }
      const strict = true
      const watched = this.#core.lintMiddleware(middleware, { report: this.#record.report, strict })
      let wrapped: Application
      try {
        wrapped = watched(app)
      } catch (error) {
        this.#record.problems.add(`it could not be put around an application: ${describe(error)}`)
        return
      }
      await this.#unknownScope(wrapped)
      await this.#life(
        this.#core.lint(wrapped, { report, strict }),
        scenarios,
        `, around ${name}`,
        true,
      )
    }
  }

  async #unknownScope(app: Application): Promise<void> {
    this.#record.during = 'a scope of a type that nobody serves'
    await this.#core.probeUnsupportedScope(app, { report: this.#record.report })
  }

  /** A server's whole life: startup, every scenario, shutdown. */
  async #life(
    app: Application,
    scenarios: readonly Scenario[],
    around: string,
    counts: boolean,
  ): Promise<void> {
    const record = counts ? this.#record : new Record()
    const { patience } = this.#settings
    const stage = new Stage(this.#core, patience)
    const lifespan = new this.#core.LifespanRun({
      log: stage.settings.log,
      clock: { ...stage.settings.clock, setTimer: keeping },
      mode: 'auto',
      startupTimeout: patience,
    })
    record.during = `lifespan${around}`
    record.scenarios += 1
    try {
      await lifespan.start(app)
    } catch (error) {
      record.problems.add(`it did not start up: ${describe(error)}`)
      return
    }
    const watched: Application = (scope, receive, send) =>
      app(scope, receive, (event) => {
        record.served.add(scope.type)
        return send(event)
      })
    for (const { name, ask, client } of scenarios) {
      record.during = `${name}${around}`
      record.scenarios += 1
      const call = stage.begin(watched, ask, lifespan.state)
      await client(call)
      if (!(await call.ended())) {
        record.report({
          code: STILL_RUNNING,
          requirement: 'CORE-39',
          message: `the call had not ended ${patience} ms after its client had gone: look at receive() or pagi.connection, and stop`,
          scopeType: ask.type,
        })
      }
      await new Promise(setImmediate) // what it left behind shows now
    }
    record.during = `the shutdown${around}`
    try {
      await lifespan.stop(patience)
    } catch (error) {
      record.problems.add(`it did not shut down: ${describe(error)}`)
    }
  }
}

/** A timer that keeps the process alive: nothing else may. */
function keeping(callback: () => void, milliseconds: number): { cancel(): void } {
  const timer = setTimeout(callback, milliseconds)
  return { cancel: () => clearTimeout(timer) }
}
