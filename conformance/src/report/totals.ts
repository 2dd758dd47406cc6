/** How many results there are of each kind. */

import type { Result } from '../result.ts'

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly warned: number
  readonly errors: number
  readonly skipped: number
  readonly expected: number
  readonly unexpected: number
}

export function totalsOf(results: readonly Result[]): Totals {
  const count = (test: (result: Result) => boolean): number => results.filter(test).length
  return {
    passed: count(({ verdict }) => verdict === 'passed'),
    failed: count((one) => one.verdict === 'failed' && one.case.level === 'must'),
    warned: count((one) => one.verdict === 'failed' && one.case.level === 'should'),
    errors: count(({ verdict }) => verdict === 'error'),
    skipped: count(({ verdict }) => verdict === 'skipped'),
    expected: count(({ verdict }) => verdict === 'expected'),
    unexpected: count(({ verdict }) => verdict === 'unexpected'),
  }
}
