import type { Case } from './case.ts'
import type { Entry } from './transcript.ts'

/**
 * `failed`: the server broke the rule. `error`: suite, probe or target are at fault. `skipped`: it
 * does not apply here. `expected`: it failed, as the target announced; `unexpected`: it passed though
 * the target announced a failure.
 */
export type Verdict = 'passed' | 'failed' | 'error' | 'skipped' | 'expected' | 'unexpected'

export interface Result {
  readonly case: Case
  readonly verdict: Verdict
  /** Why, unless it passed. */
  readonly reason: string | undefined
  /** The step at which it ended, counted from 1. */
  readonly step: number | undefined
  readonly ms: number
  readonly transcript: readonly Entry[]
}
