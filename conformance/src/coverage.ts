/** Which rules have cases, and why the others have none. */

import type { Requirements } from './requirements.ts'
import { observable } from './report/matrix.ts'
import type { Suite } from './suite.ts'

export interface Coverage {
  /** MUST and SHOULD rules that bind servers and show outside. */
  readonly observable: readonly string[]
  readonly covered: readonly string[]
  /** Without a case, with a written reason. */
  readonly reasoned: readonly (readonly [id: string, reason: string])[]
  readonly missing: readonly string[]
  /** Reasons that are given for a rule which has a case, or needs none. */
  readonly idle: readonly string[]
}

export function coverageOf(requirements: Requirements, suite: Suite): Coverage {
  const named = new Set(suite.cases.flatMap((one) => one.requirements))
  const ids = requirements.all.filter(observable).map(({ id }) => id)
  const covered = ids.filter((id) => named.has(id))
  const without = ids.filter((id) => !named.has(id))
  const reasoned = without.flatMap((id) => {
    const reason = suite.unseen.get(id)
    return reason === undefined ? [] : [[id, reason] as const]
  })
  return {
    observable: ids,
    covered,
    reasoned,
    missing: without.filter((id) => !suite.unseen.has(id)),
    idle: [...suite.unseen.keys()].filter((id) => named.has(id) || !requirements.has(id)),
  }
}

export function describeCoverage(coverage: Coverage, cases: number): string {
  const { covered, reasoned, missing, idle } = coverage
  return [
    ...reasoned.map(([id, reason]) => `${id}: no case. ${reason}`),
    ...missing.map((id) => `${id}: NO CASE AND NO REASON`),
    ...idle.map((id) => `${id}: A REASON THAT IS NOT NEEDED`),
    `${coverage.observable.length} MUST and SHOULD rules show from outside a server: ${covered.length} with cases, ${reasoned.length} without for a written reason, ${missing.length} missing; ${cases} cases`,
  ].join('\n')
}
