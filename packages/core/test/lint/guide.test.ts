import { expect, test } from 'vitest'
import { lintMiddleware } from '../../src/lint.ts'
import type { LintViolation } from '../../src/lint.ts'
import { CALLS } from './apps-calls.ts'
import { EVENTS } from './apps-events.ts'
import { guidePage, printedRules } from './guide-page.ts'
import type { Told } from './guide-page.ts'
import { inside, MIDDLEWARE } from './middleware-cases.ts'
import { linted, stage } from './support.ts'

const MARK = '=== lint ==='

const only = (found: readonly LintViolation[]): LintViolation => {
  const [violation, ...others] = found
  if (violation === undefined || others.length > 0) throw new Error(`${found.length} violations`)
  return violation
}

const broken = async (): Promise<readonly Told[]> => {
  const told: Told[] = []
  for (const { code, requirement, kind, bad, over = {}, act = () => undefined } of [
    ...CALLS,
    ...EVENTS,
  ]) {
    told.push({ code, requirement, violation: only(await linted(kind, bad, { over, act })) })
  }
  for (const one of MIDDLEWARE) {
    const found: LintViolation[] = []
    const report = (violation: LintViolation): unknown => found.push(violation)
    await stage('http').run(lintMiddleware(one.bad, { report })(inside(one)))
    told.push({ code: one.code, requirement: one.requirement, violation: only(found) })
  }
  return told
}

test('docs/guide/lint.md is what the rules say: scripts/lint-guide.mjs writes it', async () => {
  const told = await broken()
  // For print.mjs, which takes it from the output.
  if (Reflect.get(import.meta, 'env').LINT_PRINT === '1')
    console.log(`${MARK}\n${printedRules(told)}${MARK}`)
  await expect(await guidePage(told)).toMatchFileSnapshot('../../../../docs/guide/lint.md')
})
