/** What a run comes to, in a few words. */

import { casesRun } from './report.ts'
import type { Report } from './report.ts'
import type { Row, Standing } from './matrix.ts'
import { totalsOf } from './totals.ts'

export interface Headline {
  readonly standing: Standing
  readonly title: string
  readonly text: string
}

/** Standings of rules that cases have judged. */
const JUDGED: readonly Standing[] = ['passed', 'failed', 'warned', 'announced', 'error']

export function headline(report: Report): Headline {
  const totals = totalsOf(report.results)
  const text = describeLevels(report.rows)
  const part = report.cases !== undefined || casesRun(report) < report.total
  if (totals.failed + totals.unexpected > 0) {
    return { standing: 'failed', title: 'Does not conform', text }
  }
  if (totals.errors > 0) return { standing: 'error', title: 'Could not be judged', text }
  if (totals.passed === 0) return { standing: 'skipped', title: 'Nothing was judged', text }
  if (totals.expected > 0) {
    return { standing: 'announced', title: 'Conforms, but for what it announces', text }
  }
  const title = part ? 'What was run conforms' : 'Conforms'
  return { standing: 'passed', title, text }
}

/** `All 262 MUST and all 21 SHOULD rules that were judged hold.` */
function describeLevels(rows: readonly Row[]): string {
  const parts = ['MUST', 'SHOULD'].flatMap((level) => {
    const judged = rows.filter(
      ({ requirement, standing }) => requirement.level === level && JUDGED.includes(standing),
    )
    if (judged.length === 0) return []
    const held = judged.filter(({ standing }) => standing === 'passed').length
    return [`${held === judged.length ? 'all' : `${held} of`} ${judged.length} ${level}`]
  })
  if (parts.length === 0) return 'No rule was judged.'
  const text = parts.join(' and ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} rules that were judged hold.`
}
