/** Requirement by requirement: what the cases say. */

import type { Requirement, Requirements } from '../requirements.ts'
import type { Result } from '../result.ts'
import type { Suite } from '../suite.ts'

export type Standing =
  'passed' | 'failed' | 'warned' | 'error' | 'skipped' | 'not-run' | 'unseen' | 'elsewhere'

export interface Row {
  readonly requirement: Requirement
  readonly standing: Standing
  /** Why it was skipped, or is not looked at. */
  readonly reason: string | undefined
  readonly results: readonly Result[]
}

/** Rules that bind applications and middleware are for `pagi-conformance app`. */
const SERVERS = ['server', 'runner', 'all']

/** Whether a case can look at it: it binds servers, and shows outside them. */
export function observable({ binds, observed, level }: Requirement): boolean {
  return SERVERS.includes(binds) && observed !== 'unit' && level !== 'MAY'
}

function standingOf(results: readonly Result[], requirement: Requirement): Standing {
  const has = (...verdicts: readonly Result['verdict'][]): boolean =>
    results.some(({ verdict }) => verdicts.includes(verdict))
  if (has('failed', 'unexpected', 'expected')) {
    return requirement.level === 'MUST' ? 'failed' : 'warned'
  }
  if (has('error')) return 'error'
  if (has('passed')) return 'passed'
  return results.length > 0 ? 'skipped' : 'not-run'
}

/** The matrix of a run. */
export function matrix(
  requirements: Requirements,
  suite: Suite,
  results: readonly Result[],
): readonly Row[] {
  return requirements.all.map((requirement) => {
    const { id } = requirement
    const own = results.filter(({ case: one }) => one.requirements.includes(id))
    const standing = standingOf(own, requirement)
    if (own.length > 0) {
      const reason = standing === 'skipped' ? own[0]?.reason : undefined
      return { requirement, standing, reason, results: own }
    }
    const unseen = suite.unseen.get(id)
    if (unseen !== undefined) {
      return { requirement, standing: 'unseen', reason: unseen, results: own }
    }
    if (requirement.observed === 'unit') {
      const reason = 'Not visible from outside: types, lint or review.'
      return { requirement, standing: 'unseen', reason, results: own }
    }
    if (!SERVERS.includes(requirement.binds)) {
      const reason = `Binds ${requirement.binds === 'app' ? 'applications' : 'middleware'}: see pagi-conformance app.`
      return { requirement, standing: 'elsewhere', reason, results: own }
    }
    const reason = requirement.level === 'MAY' ? 'A MAY: nothing is demanded.' : 'No case was run.'
    return { requirement, standing, reason, results: own }
  })
}
