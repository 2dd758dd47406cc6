/** Runs a selection of the suite against a target. */

import type { Case } from './case.ts'
import { Fixtures } from './fixtures.ts'
import { Lane } from './lane.ts'
import type { Result } from './result.ts'
import type { Suite } from './suite.ts'
import type { Target } from './target.ts'

export interface RunSettings {
  readonly target: Target
  readonly suite: Suite
  readonly cases: readonly Case[]
  /** How many processes are tested side by side. */
  readonly lanes: number
  readonly repeat: number
  /** The control port a server that runs already was told. */
  readonly probePort: number
  /** Told each result as it comes. */
  readonly onResult: (result: Result) => void
  /** Whether to go on after a result. */
  readonly goOn?: (result: Result) => boolean
}

/**
 * Runs the cases.
 *
 * @returns their results, in the order of the cases
 */
export async function runCases(settings: RunSettings): Promise<readonly Result[]> {
  const { target, suite, cases, repeat } = settings
  const fixtures = new Fixtures(suite.files)
  const queue = Array.from({ length: repeat }, () => cases).flat()
  const results: Result[] = []
  let next = 0
  let stopped = false
  const work = async (lane: Lane): Promise<void> => {
    for (;;) {
      const index = next
      const one = queue[index]
      if (one === undefined || stopped) return
      next += 1
      const result = judged(await attempt(lane, one, target), target)
      results[index] = result
      settings.onResult(result)
      if (settings.goOn?.(result) === false) stopped = true
    }
  }
  const lanes: Lane[] = []
  try {
    const count = target.url === undefined ? Math.max(1, Math.min(settings.lanes, queue.length)) : 1
    for (let index = 0; index < count; index += 1) {
      lanes.push(await Lane.open(target, fixtures, settings.probePort))
    }
    await Promise.all(lanes.map(work))
  } finally {
    for (const lane of lanes) await lane.close()
    fixtures.remove()
  }
  return results.filter((result) => result !== undefined)
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
  const lacking = one.requirements
    .map((id) => (id.startsWith('SSE') ? 'sse' : id.startsWith('WS') ? 'websocket' : ''))
    .find((feature) => target.lacks.includes(feature))
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
