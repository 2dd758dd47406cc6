import { describe, expect, test } from 'vitest'
import { LINT_RULES } from '../../src/lint.ts'
import { CALLS } from './apps-calls.ts'
import { EVENTS } from './apps-events.ts'
import { linted } from './support.ts'

const CASES = [...CALLS, ...EVENTS]

describe.each(CASES)('$code, $requirement, on a scope of type $kind: $says', (one) => {
  const { kind, over = {}, act = () => undefined } = one

  test('is named once, with its place', async () => {
    const found = await linted(kind, one.bad, { over, act })
    expect(found).toEqual([
      expect.objectContaining({
        code: `ERR_PAGI_LINT_${one.code}`,
        requirement: one.requirement,
        message: expect.stringContaining(one.says),
        scopeType: kind === 'unknown' ? 'carrier-pigeon' : kind,
      }),
    ])
    const [violation] = found
    if (one.nowhere === true) expect(violation).not.toHaveProperty('place')
    else expect(violation?.place).toMatch(/[/\\]test[/\\]lint[/\\](?:apps-\w+|cases)\.ts:\d+:\d+$/)
  })

  test('is not found in the twin that is in order', async () => {
    expect(await linted(kind, one.good, { over, act })).toEqual([])
  })
})

test('there is a case for every rule that binds applications, with every requirement it may name', () => {
  const tried = CASES.map(({ code, requirement }) => `ERR_PAGI_LINT_${code} ${requirement}`)
  for (const [code, { binds, requirements }] of Object.entries(LINT_RULES)) {
    if (binds !== 'application') continue
    const named = tried.filter((one) => one.startsWith(`${code} `))
    expect(named, code).not.toEqual([])
    for (const one of named) expect(requirements).toContain(one.split(' ')[1])
  }
})
