/** Runs a selection of the suite against a target. */

import type { Case } from './case.ts'
import { featuresOf } from './features.ts'
import { Fixtures } from './fixtures.ts'
import { SuiteError } from './failure.ts'
import { Lane } from './lane.ts'
import { nearest } from './nearest.ts'
import type { Result } from './result.ts'
import { Schedule } from './schedule.ts'
import type { Suite } from './suite.ts'
import type { Target } from './target.ts'

/** What server and probe say of themselves. */
export interface About {
  /** `0.5` of `scope.pagi`. */
  readonly pagi: string | undefined
  readonly probe: string
  readonly binding: string
}

export interface RunSettings {
  readonly target: Target
  readonly suite: Suite
  readonly cases: readonly Case[]
  /** How many processes are tested side by side. */
  readonly lanes: number
  readonly repeat: number
  /** The control port a server that runs already was told. */
  readonly probePort: number
  /** Told of each wait for the server that is long. */
  readonly announce?: (text: string) => void
  /** Ends the run: servers are killed, and what was judged is kept. */
  readonly signal?: AbortSignal
  /** How many times as long as its case says a step may wait (1). */
  readonly patience?: number
  /** Milliseconds a case may take beyond the start of its process (60000). */
  readonly caseBound?: number
  /** Make sure first that the server starts and runs the probe. */
  readonly prove?: boolean
  /** Told once the application is called for the first time. */
  readonly onAbout?: (about: About) => void
  /** Told which case is begun. */
  readonly onStart?: (one: Case) => void
  /** Told each result as it comes. */
  readonly onResult: (result: Result) => void
  /** Whether to go on after a result. */
  readonly goOn?: (result: Result) => boolean
}

/**
 * Runs the cases.
 *
 * @returns their results, in the order of the cases
 * @throws SuiteError when the target speaks of cases that do not exist, or, asked to prove it, the
 * server does not start
 */
export async function runCases(settings: RunSettings): Promise<readonly Result[]> {
  const { target, suite, cases, repeat, signal, announce } = settings
  checkExpectations(target, suite)
  const fixtures = new Fixtures(suite.files)
  const queue = Array.from({ length: repeat }, () => cases).flat()
  const results: Result[] = []
  const count = target.url === undefined ? Math.max(1, Math.min(settings.lanes, queue.length)) : 1
  const schedule = new Schedule(queue, count)
  let stopped = signal?.aborted === true
  const work = async (lane: Lane, number: number): Promise<void> => {
    for (;;) {
      const positions = schedule.take(number)
      let last: Case | undefined
      for (const index of positions) {
        const one = queue[index]
        if (one === undefined || stopped) return
        last = one
        settings.onStart?.(one)
        const result = judged(await attempt(lane, one, target), target)
        if (signal?.aborted === true) return
        results[index] = result
        settings.onResult(result)
        if (settings.goOn?.(result) === false) stopped = true
      }
      if (last === undefined) return
      if (schedule.isLast(last)) {
        await lane.retire(last).catch((error: unknown) => announce?.(String(error)))
      }
    }
  }
  const lanes: Lane[] = []
  const interrupt = (): void => {
    stopped = true
    for (const lane of lanes) lane.interrupt()
  }
  signal?.addEventListener('abort', interrupt)
  try {
    for (let index = 0; index < count; index += 1) {
      lanes.push(await Lane.open(target, fixtures, settings))
    }
    const [first] = lanes
    if (settings.prove === true && !stopped) await first?.prove()
    await Promise.all(lanes.map(work))
  } finally {
    signal?.removeEventListener('abort', interrupt)
    const closed = await Promise.allSettled(lanes.map((lane) => lane.close()))
    for (const one of closed) if (one.status === 'rejected') announce?.(String(one.reason))
    fixtures.remove()
  }
  return results.filter((result) => result !== undefined)
}

/** An entry that names no case is a mistake, or the case is gone. */
function checkExpectations(target: Target, suite: Suite): void {
  const ids = suite.cases.map(({ id }) => id)
  for (const id of Object.keys(target.expectFail)) {
    if (ids.includes(id)) continue
    const near = nearest(id, ids)
    const hint = near === undefined ? 'see --list' : `did you mean ${near}?`
    throw new SuiteError(`expectFail: there is no case ${id}: ${hint}`)
  }
}

async function attempt(lane: Lane, one: Case, target: Target): Promise<Result> {
  const why = notApplicable(one, target)
  if (why === undefined) return await lane.run(one)
  return { case: one, verdict: 'skipped', reason: why, step: undefined, ms: 0, transcript: [] }
}

const ASSUMED = ['http/1.0', 'http/1.1', 'websocket', 'sse', 'signals', 'lifespan']

/** Why a case cannot be run against a target, as far as its description says. */
function notApplicable(one: Case, target: Target): string | undefined {
  if (!target.groups.includes(one.group)) return `group ${one.group} is not asked for`
  for (const need of one.needs) {
    const [kind, ...rest] = need.split(':')
    if (target.lacks.includes(need)) return `the target lacks ${need}`
    if (kind === 'probe' || kind === 'extension' || kind === 'scope') continue
    if (kind === 'option') {
      if (target.options[rest.join(':')] === undefined) return `the target has no ${need}`
    } else if (kind === 'app') {
      if (target.apps[rest.join(':')] === undefined) return `the target has no ${need}`
    } else if (need === 'log') {
      if (target.log === undefined) return 'the target does not say how its log reads'
    } else if (!ASSUMED.includes(need) && !target.features.includes(need)) {
      return `the target does not declare ${need}`
    }
  }
  if (target.lacks.length === 0) return undefined
  const features = featuresOf(one)
  const lacking = target.lacks.find((feature) => features.has(feature))
  return lacking === undefined ? undefined : `the target lacks ${lacking}`
}

/** The verdict with what the target announced. */
function judged(result: Result, target: Target): Result {
  const expected = target.expectFail[result.case.id]
  if (expected === undefined) return result
  if (result.verdict === 'failed') return { ...result, verdict: 'expected', reason: expected }
  if (result.verdict !== 'passed') return result
  return {
    ...result,
    verdict: 'unexpected',
    reason: `it passed, though the target announced a failure: ${expected}`,
  }
}
