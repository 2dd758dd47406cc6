/** Requirement by requirement: what the cases say. */

import type { Group } from '../case.ts'
import type { Requirement, Requirements } from '../requirements.ts'
import type { Result } from '../result.ts'
import type { Suite } from '../suite.ts'

/**
 * `announced`: what fails, the target has announced. `error`: it could not be judged. `not-run`: no
 * case of it was run. `unseen`: it does not show outside a server. `elsewhere`: it does not bind
 * servers.
 */
export type Standing =
  | 'passed'
  | 'failed'
  | 'warned'
  | 'announced'
  | 'error'
  | 'skipped'
  | 'not-run'
  | 'unseen'
  | 'elsewhere'

export interface Row {
  readonly requirement: Requirement
  readonly group: Group
  readonly standing: Standing
  /** Why it did not pass, or is not looked at. */
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
  if (has('failed', 'unexpected')) {
    const bad = results.filter(({ verdict }) => verdict === 'failed' || verdict === 'unexpected')
    const must = bad.some((one) => one.verdict === 'unexpected' || one.case.level === 'must')
    return must && requirement.level === 'MUST' ? 'failed' : 'warned'
  }
  if (has('expected')) return 'announced'
  if (has('error')) return 'error'
  if (has('passed')) return 'passed'
  return results.length > 0 ? 'skipped' : 'not-run'
}

const BEHIND: Readonly<Record<Standing, readonly Result['verdict'][]>> = {
  passed: [],
  failed: ['failed', 'unexpected'],
  warned: ['failed'],
  announced: ['expected'],
  error: ['error'],
  skipped: ['skipped'],
  'not-run': [],
  unseen: [],
  elsewhere: [],
}

/** The reasons behind a standing, each once. */
function reasonOf(standing: Standing, results: readonly Result[]): string | undefined {
  const verdicts = BEHIND[standing]
  const reasons = results
    .filter(({ verdict }) => verdicts.includes(verdict))
    .map(({ reason = '' }) => reason.split('\n')[0] ?? '')
  const [first, ...others] = new Set(reasons)
  if (first === undefined) return undefined
  return others.length === 0 ? first : `${first} (and ${others.length} more)`
}

/** The matrix of a run. */
export function matrix(
  requirements: Requirements,
  suite: Suite,
  results: readonly Result[],
): readonly Row[] {
  const about = new Map<string, Result[]>()
  for (const result of results) {
    const names = result.case.requirements.map((id) => id.replace(/^(T-[A-Z]+)-\d+$/, '$1'))
    for (const id of new Set(names)) {
      const own = about.get(id)
      if (own === undefined) about.set(id, [result])
      else own.push(result)
    }
  }
  const row = (requirement: Requirement): Row => {
    const own = about.get(requirement.id) ?? []
    const group = requirements.groupOf([requirement.id])
    if (own.length === 0)
      return { requirement, group, results: own, ...without(requirement, suite) }
    const standing = standingOf(own, requirement)
    return { requirement, group, standing, reason: reasonOf(standing, own), results: own }
  }
  const tables = requirements.tables.map(({ id, section }): Requirement => ({
    id,
    level: 'MUST',
    binds: 'all',
    observed: 'probe',
    text: `The whole table: ${section.replace(/^.*#t-[a-z]+-/, '').replaceAll('-', ' ')}.`,
    section,
  }))
  return [...requirements.all, ...tables].map(row)
}

/** The standing of what no case was run for. */
function without(requirement: Requirement, suite: Suite): Pick<Row, 'standing' | 'reason'> {
  const unseen = suite.unseen.get(requirement.id)
  if (unseen !== undefined) return { standing: 'unseen', reason: unseen }
  if (requirement.observed === 'unit') {
    return { standing: 'unseen', reason: 'Not visible from outside: types, lint or review.' }
  }
  if (!SERVERS.includes(requirement.binds)) {
    const whom = requirement.binds === 'app' ? 'applications' : 'middleware'
    return { standing: 'elsewhere', reason: `Binds ${whom}: see pagi-conformance app.` }
  }
  const may = requirement.level === 'MAY'
  return { standing: 'not-run', reason: may ? 'A MAY: nothing is demanded.' : 'No case was run.' }
}
