/** The report on a terminal. */

import type { Result, Verdict } from '../result.ts'
import type { Totals } from './totals.ts'

const MARK: Readonly<Record<Verdict, string>> = {
  passed: 'ok',
  failed: 'FAILED',
  error: 'ERROR',
  skipped: 'skipped',
  expected: 'expected failure',
  unexpected: 'UNEXPECTED PASS',
}

/** Lines about one result that is worth them. */
export function describeResult(result: Result, transcript: boolean): string {
  const { case: one, verdict, reason, step } = result
  const level = verdict === 'failed' && one.level === 'should' ? 'warning' : MARK[verdict]
  const head = `${level}  ${one.id}  ${one.requirements.join(' ')}`
  const where = step === undefined ? '' : `step ${step} ${stepText(result)}: `
  const why = printable(`${where}${reason ?? ''}`).replaceAll('\n', '\n    ')
  const lines = [head, `    ${one.title}`, `    ${why}`]
  if (transcript) {
    lines.push(
      ...result.transcript.map(
        ({ at, who, text }) =>
          `      ${String(at).padStart(7)} ms  ${who}  ${printable(text.trimEnd())}`,
      ),
    )
  }
  return lines.join('\n')
}

/** Without what a hostile server may do to a terminal. */
export function printable(text: string): string {
  return text.replaceAll(
    /[^\P{Cc}\n\t]/gu,
    (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  )
}

function stepText({ case: one, step }: Result): string {
  const text = JSON.stringify(one.steps[(step ?? 1) - 1] ?? {})
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

export function describeTotals(totals: Totals, ms: number): string {
  const { passed, failed, warned, errors, skipped, expected, unexpected } = totals
  const parts = [
    `${passed} passed`,
    `${failed} failed`,
    ...(warned > 0 ? [`${warned} warnings (SHOULD)`] : []),
    ...(errors > 0 ? [`${errors} could not be judged`] : []),
    `${skipped} skipped`,
    ...(expected > 0 ? [`${expected} failed as announced`] : []),
    ...(unexpected > 0 ? [`${unexpected} passed unexpectedly`] : []),
  ]
  return `${parts.join(', ')} in ${(ms / 1000).toFixed(1)} s`
}
