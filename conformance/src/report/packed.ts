/** The cases and transcripts of a run, compressed for the page. */

import { gzipSync } from 'node:zlib'
import type { Result } from '../result.ts'
import type { Report } from './report.ts'

export interface Packed {
  readonly parts: readonly { readonly id: string; readonly text: string }[]
  /** What was left out, in words. */
  readonly note: string
}

/** Characters that the transcripts may take, so that the page stays easy to mail and to open. */
const MOST = 3 * 1024 * 1024

const WORDS: Readonly<Record<Result['verdict'], string>> = {
  passed: 'passed',
  failed: 'failed',
  error: 'not judged',
  skipped: 'skipped',
  expected: 'announced',
  unexpected: 'unexpected',
}

export function packed(report: Report): Packed {
  const { results, allTranscripts } = report
  const notPassed = ({ verdict }: Result): boolean => verdict !== 'passed'
  const candidates: readonly (readonly [string, (result: Result) => boolean])[] = [
    ['It has the transcript of every case.', () => true],
    ['It has the transcripts of cases that did not pass; --transcript adds the others.', notPassed],
  ]
  for (const [note, has] of candidates) {
    const parts = transcripts(results.filter(has))
    const size = parts.reduce((sum, { text }) => sum + text.length, 0)
    if (allTranscripts || size <= MOST) return { parts: [index(results, has), ...parts], note }
  }
  const note = 'The transcripts are left out, as they are too large; --json has them.'
  return { parts: [index(results, () => false)], note }
}

const partOf = ({ case: one }: Result): string => `talk-${one.id.split('/')[0] ?? ''}`

function index(results: readonly Result[], has: (result: Result) => boolean): Packed['parts'][0] {
  const cases = results.map((result) => {
    const { case: one, verdict, reason, step, ms } = result
    const warned = verdict === 'failed' && one.level === 'should'
    const stepText = JSON.stringify(one.steps[(step ?? 1) - 1] ?? {})
    return {
      id: one.id,
      title: one.title,
      requirements: one.requirements,
      level: one.level,
      group: one.group,
      kind: warned ? 'warned' : verdict,
      word: warned ? 'warning' : WORDS[verdict],
      reason,
      ...(step !== undefined && { step: `step ${step}: ${stepText.slice(0, 1000)}` }),
      ms,
      ...(result.transcript.length > 0 && has(result) && { talk: partOf(result) }),
    }
  })
  return { id: 'cases', text: compressed(cases) }
}

/** A part for each folder of the suite, so that opening a case unpacks no more than that. */
function transcripts(results: readonly Result[]): Packed['parts'] {
  const parts = new Map<string, Record<string, unknown>>()
  for (const result of results) {
    if (result.transcript.length === 0) continue
    const id = partOf(result)
    const part = parts.get(id) ?? {}
    part[result.case.id] = result.transcript.map(({ at, who, text }) => [at, who, text])
    parts.set(id, part)
  }
  return [...parts].map(([id, part]) => ({ id, text: compressed(part) }))
}

function compressed(value: unknown): string {
  return gzipSync(JSON.stringify(value), { level: 9 }).toString('base64')
}
