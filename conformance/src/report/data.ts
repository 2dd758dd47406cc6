/** The reports for programs: JSON, JUnit, TAP. */

import type { Result } from '../result.ts'
import { totalsOf } from './pretty.ts'
import type { Row } from './matrix.ts'

/** What every report is made of. */
export interface Report {
  readonly target: string
  readonly suiteVersion: string
  readonly date: string
  readonly ms: number
  readonly groups: readonly string[]
  /** Whose transcripts the page has. */
  readonly transcripts: 'failed' | 'all'
  readonly results: readonly Result[]
  readonly rows: readonly Row[]
}

const verdictOf = ({ case: one, verdict }: Result): string =>
  verdict === 'failed' && one.level === 'should' ? 'warning' : verdict

/** @returns the report as JSON, with every transcript */
export function jsonReport(report: Report): string {
  const { target, suiteVersion, date, ms, groups, results, rows } = report
  return `${JSON.stringify(
    {
      suite: 'pagi-conformance',
      version: suiteVersion,
      target,
      date,
      ms: Math.round(ms),
      groups,
      totals: totalsOf(results),
      requirements: rows.map(({ requirement, standing, reason, results: own }) => ({
        id: requirement.id,
        level: requirement.level,
        standing,
        reason,
        cases: own.map(({ case: one }) => one.id),
      })),
      cases: results.map((result) => ({
        id: result.case.id,
        title: result.case.title,
        requirements: result.case.requirements,
        level: result.case.level,
        group: result.case.group,
        verdict: verdictOf(result),
        reason: result.reason,
        step: result.step,
        ms: result.ms,
        transcript: result.transcript,
      })),
    },
    null,
    1,
  )}\n`
}

/** Text within XML. Control characters, which XML cannot hold, are shown. */
export function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(
      /[^\P{Cc}\n\t]|\p{Surrogate}|[\uFFFE\uFFFF]/gu,
      (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    )
}

/** @returns the report as JUnit XML; SHOULD failures are not failures there */
export function junitReport({ target, ms, results }: Report): string {
  const totals = totalsOf(results)
  const cases = results.map((result) => {
    const { case: one, verdict, reason = '' } = result
    const folder = one.id.slice(0, one.id.lastIndexOf('/'))
    const head = `    <testcase classname="${escape(folder)}" name="${escape(one.id)}" time="${(result.ms / 1000).toFixed(3)}">`
    const bad = verdict === 'unexpected' || (verdict === 'failed' && one.level === 'must')
    const body = bad
      ? `<failure message="${escape(reason)}"/>`
      : verdict === 'error'
        ? `<error message="${escape(reason)}"/>`
        : verdict === 'skipped' || verdict === 'expected'
          ? `<skipped message="${escape(reason)}"/>`
          : verdict === 'failed'
            ? `<system-out>${escape(`warning: ${reason}`)}</system-out>`
            : ''
    return `${head}${body}</testcase>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="PAGI conformance of ${escape(target)}" tests="${results.length}" failures="${totals.failed + totals.unexpected}" errors="${totals.errors}" skipped="${totals.skipped + totals.expected}" time="${(ms / 1000).toFixed(3)}">
${cases.join('\n')}
  </testsuite>
</testsuites>
`
}

/** @returns the report as TAP 13 */
export function tapReport({ results }: Report): string {
  const lines = results.map((result, index) => {
    const { case: one, verdict, reason = '' } = result
    const fine = verdict === 'passed' || verdict === 'skipped'
    const directive =
      verdict === 'skipped'
        ? ` # SKIP ${oneLine(reason)}`
        : verdict === 'expected' || (verdict === 'failed' && one.level === 'should')
          ? ` # TODO ${oneLine(reason)}`
          : ''
    const head = `${fine ? 'ok' : 'not ok'} ${index + 1} - ${one.id}${directive}`
    return fine || directive !== ''
      ? head
      : `${head}\n  ---\n  message: ${JSON.stringify(reason)}\n  ...`
  })
  return `TAP version 13\n1..${results.length}\n${lines.join('\n')}\n`
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('#', '')
