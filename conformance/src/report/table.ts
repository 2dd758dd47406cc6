/** The table that closes a run: families of requirements, and what became of their cases. */

import type { Result } from '../result.ts'
import { printable } from './pretty.ts'
import { totalsOf } from './totals.ts'
import type { Totals } from './totals.ts'

/** `HTTP` of a case whose first requirement is HTTP-65; the tables are families of their own. */
export function familyOf({ case: one }: Result): string {
  const [first = ''] = one.requirements
  return first.startsWith('T-') ? first.replace(/-\d+$/, '') : first.slice(0, first.indexOf('-'))
}

const COLUMNS: readonly (readonly [title: string, count: (totals: Totals) => number])[] = [
  ['passed', ({ passed }) => passed],
  ['failed', ({ failed, unexpected }) => failed + unexpected],
  ['warned', ({ warned }) => warned],
  ['announced', ({ expected }) => expected],
  ['not judged', ({ errors }) => errors],
  ['skipped', ({ skipped }) => skipped],
]

/** Rows by family; columns without a number are left out. */
export function describeFamilies(results: readonly Result[]): string {
  const families = [...new Set(results.map(familyOf))].toSorted()
  const rows = families.map((family) => ({
    family,
    totals: totalsOf(results.filter((one) => familyOf(one) === family)),
  }))
  const all = { family: 'all', totals: totalsOf(results) }
  const columns = COLUMNS.filter(
    ([title, count]) => count(all.totals) > 0 || title === 'passed' || title === 'failed',
  )
  const width = Math.max(...families.map((family) => family.length), 6)
  const head = ['family'.padEnd(width), ...columns.map(([title]) => title.padStart(10))]
  const lines = [...rows, all].map(({ family, totals }) =>
    [
      family.padEnd(width),
      ...columns.map(([, count]) => String(count(totals) || '·').padStart(10)),
    ].join(' '),
  )
  return [head.join(' '), ...lines].join('\n')
}

/** One line each for what failed, warned or could not be judged. */
export function describeFailures(results: readonly Result[]): string {
  const parts: readonly (readonly [string, (result: Result) => boolean])[] = [
    ['failed', (one) => one.verdict === 'failed' && one.case.level === 'must'],
    ['passed, though a failure was announced', ({ verdict }) => verdict === 'unexpected'],
    ['warnings (SHOULD)', (one) => one.verdict === 'failed' && one.case.level === 'should'],
    ['could not be judged', ({ verdict }) => verdict === 'error'],
    ['failed as announced', ({ verdict }) => verdict === 'expected'],
  ]
  return parts
    .flatMap(([title, test]) => {
      const found = results.filter(test)
      return found.length === 0 ? [] : [`${title}:`, ...found.map(line), '']
    })
    .join('\n')
    .trimEnd()
}

function line({ case: one, reason = '' }: Result): string {
  const text = printable(reason.split('\n')[0] ?? '')
  const short = text.length > 120 ? `${text.slice(0, 120)}…` : text
  return `  ${one.id} (${one.requirements[0]}): ${short}`
}

/** Why cases were skipped: each reason, and how often. */
export function describeSkips(results: readonly Result[]): string {
  const counts = new Map<string, number>()
  for (const { verdict, reason = '' } of results) {
    if (verdict === 'skipped') counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  if (counts.size === 0) return ''
  const rows = [...counts].toSorted(([, one], [, other]) => other - one)
  return [
    'skipped:',
    ...rows.map(([reason, count]) => `${String(count).padStart(7)}  ${printable(reason)}`),
  ].join('\n')
}
