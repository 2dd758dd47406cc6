/** Requirement by requirement, for a terminal. */

import { familyName } from './families.ts'
import type { Row, Standing } from './matrix.ts'
import { printable } from './pretty.ts'

export const STANDING: Readonly<Record<Standing, string>> = {
  passed: 'passed',
  failed: 'FAILED',
  warned: 'warning',
  announced: 'announced',
  error: 'not judged',
  skipped: 'skipped',
  'not-run': 'not run',
  unseen: 'not observable',
  elsewhere: 'not for servers',
}

/** Every requirement with its standing, and why where it did not pass. */
export function describeStandings(rows: readonly Row[]): string {
  const lines: string[] = []
  let family = ''
  for (const row of rows) {
    const own = familyName(row.requirement.id)
    if (own !== family) lines.push('', own)
    family = own
    lines.push(describeRow(row))
  }
  const counts = new Map<Standing, number>()
  for (const { standing } of rows) counts.set(standing, (counts.get(standing) ?? 0) + 1)
  const totals = [...counts].map(([standing, count]) => `${count} ${STANDING[standing]}`)
  return [...lines, '', `${rows.length} requirements: ${totals.join(', ')}`].join('\n').trimStart()
}

function describeRow({ requirement, standing, reason, results }: Row): string {
  const { id, level } = requirement
  const bad = results.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped')
  const passed = results.filter(({ verdict }) => verdict === 'passed').length
  const skipped = results.length - bad.length - passed
  const cases = [
    ...(passed > 0 ? [`${passed} passed`] : []),
    ...(bad.length > 0 ? [`${bad.length} not`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(', ')
  // What failed is told case by case.
  const told = bad.length > 0 ? undefined : reason
  const note = told ?? (cases === '' ? '' : `cases: ${cases}`)
  return [
    `  ${id.padEnd(9)} ${level.padEnd(7)} ${STANDING[standing].padEnd(15)} ${printable(note)}`.trimEnd(),
    ...bad.map(
      ({ case: one, reason: why = '' }) =>
        `      ${one.id}: ${printable(why.split('\n')[0] ?? '').slice(0, 160)}`,
    ),
  ].join('\n')
}
