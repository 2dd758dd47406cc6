/** The reports for programs: JSON, JUnit, TAP. */

import type { Result } from '../result.ts'
import { headline } from './headline.ts'
import type { Report } from './report.ts'
import { totalsOf } from './totals.ts'

const verdictOf = ({ case: one, verdict }: Result): string =>
  verdict === 'failed' && one.level === 'should' ? 'warning' : verdict

/** @returns the report as JSON, with the transcripts of what did not pass, or of all */
export function jsonReport(report: Report): string {
  const { results, rows, allTranscripts, about } = report
  const { title, text } = headline(report)
  return `${JSON.stringify(
    {
      suite: 'pagi-conformance',
      version: report.suiteVersion,
      specification: report.specification,
      target: report.target,
      targetVersion: report.targetVersion,
      pagi: about?.pagi,
      probe: about && { name: about.probe, binding: about.binding },
      date: report.date,
      ms: Math.round(report.ms),
      platform: report.platform,
      groups: report.groups,
      selection: report.selection,
      casesOf: report.cases,
      interrupted: report.interrupted,
      verdict: title,
      summary: text,
      totals: { ...totalsOf(results), cases: report.total },
      requirements: rows.map(({ requirement, group, standing, reason, results: own }) => ({
        id: requirement.id,
        level: requirement.level,
        group,
        standing,
        reason,
        passed: countOf(own, 'passed'),
        failed: countOf(own, 'failed') + countOf(own, 'unexpected'),
        announced: countOf(own, 'expected'),
        skipped: countOf(own, 'skipped'),
        notJudged: countOf(own, 'error'),
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
        ...((allTranscripts || result.verdict !== 'passed') && { transcript: result.transcript }),
      })),
    },
    null,
    1,
  )}\n`
}

function countOf(results: readonly Result[], verdict: Result['verdict']): number {
  return results.filter((one) => one.verdict === verdict).length
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
export function junitReport({ target, ms, date, suiteVersion, groups, results }: Report): string {
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
  <testsuite name="PAGI conformance of ${escape(target)}" tests="${results.length}" failures="${totals.failed + totals.unexpected}" errors="${totals.errors}" skipped="${totals.skipped + totals.expected}" time="${(ms / 1000).toFixed(3)}" timestamp="${escape(date)}">
    <properties>
      <property name="pagi-conformance" value="${escape(suiteVersion)}"/>
      <property name="groups" value="${escape(groups.join(' '))}"/>
    </properties>
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
