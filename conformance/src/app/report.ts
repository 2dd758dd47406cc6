/** What was found, for a terminal and for programs. */

import { relative } from 'node:path'
import type { Finding, Judgement, RuleVerdict } from './judge.ts'

/** How many of the things clients did are named. */
const NAMED = 3

/** One subject as text. */
export function describeJudgement(judgement: Judgement, verbose: boolean): string {
  const { kind, name, rules, serves, problems } = judgement
  const broken = rules.filter(({ verdict }) => verdict === 'violated')
  const shown = verbose ? rules : broken
  return [
    kind === 'application'
      ? `${name}, an application that answers ${serves.join(', ') || 'nothing'}`
      : `${name}, a middleware`,
    ...shown.map(describeRule),
    ...problems.map((problem) => `  NOT JUDGED  ${problem.replaceAll('\n', '\n      ')}`),
    summary(judgement, broken.length),
  ].join('\n')
}

function describeRule({
  code,
  requirements,
  summary: text,
  verdict,
  findings,
}: RuleVerdict): string {
  const word = verdict === 'passed' ? 'passed  ' : 'VIOLATED'
  const head = `  ${word}  ${code}  ${requirements.join(', ')}\n            ${text}`
  return [head, ...findings.map(describeFinding)].join('\n')
}

function describeFinding({ requirement, message, place, scopeType, during }: Finding): string {
  const where = place === undefined ? '' : `${shortened(place)}: `
  const more = during.length > NAMED ? ` and ${during.length - NAMED} more` : ''
  return `      ${where}${message} [${requirement}, ${scopeType}]\n        seen with ${during.slice(0, NAMED).join('; ')}${more}`
}

function summary({ rules, scenarios }: Judgement, broken: number): string {
  return `  ${rules.length - broken} of ${rules.length} rules passed, ${broken} violated, in ${scenarios} calls`
}

/** A path as it is typed here. */
function shortened(place: string): string {
  const [, file = place, at = ''] = /^(.*?)((?::\d+)*)$/.exec(place) ?? []
  const short = relative(process.cwd(), file)
  return short.startsWith('..') || short === '' ? place : `${short}${at}`
}

/** All of it as JSON. */
export function judgementsAsJson(judgements: readonly Judgement[], version: string): string {
  return `${JSON.stringify({ suite: 'pagi-conformance', version, subjects: judgements }, null, 1)}\n`
}
