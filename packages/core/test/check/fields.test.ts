import { FIELD_CHOICES, SEND_FIELDS, describeValue } from '@pagi/spec'
import type { FieldRule } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import { codeThrown } from '../support/promises.ts'
import { SUBJECTS, withField } from './subjects.ts'
import type { Subject } from './subjects.ts'
import { valuesOf } from './values.ts'

// The machines are held to the field table of @pagi/spec, which documents and the conformance suite
// read too.

const REJECTED = ['ERR_PAGI_INVALID_EVENT', 'ERR_PAGI_INVALID_HEADER']

const rulesOf = (type: string): readonly (readonly [string, FieldRule])[] => {
  const found = Object.entries(SEND_FIELDS).find(([name]) => name === type)
  return Object.entries<FieldRule>(found?.[1] ?? {})
}

const FIELDS = SUBJECTS.flatMap((subject) =>
  rulesOf(subject.type).map(([field, rule]) => ({
    subject,
    field,
    rule,
    title: `${field} of ${subject.type} on ${subject.scope}`,
  })),
)

/** Sends to a fresh machine; a rejection must have left it as it was, fit for a valid event. */
const codeOf = (subject: Subject, event: unknown): string | undefined => {
  const machine = subject.machine()
  const before = machine.state()
  const code = codeThrown(() => machine.send(event))
  if (code === undefined) return undefined
  expect(machine.state()).toBe(before) // CORE-28
  expect(codeThrown(() => machine.send({ type: subject.type, ...subject.base }))).toBeUndefined()
  return code
}

test('every event of the table is under test', () => {
  const tested = new Set(SUBJECTS.map(({ type }) => type))
  expect([...tested].toSorted()).toEqual(Object.keys(SEND_FIELDS).toSorted())
})

describe.each(FIELDS)('$title', ({ subject, field, rule }) => {
  const { good, bad } = valuesOf(rule, subject.scope)
  // No subprotocol but an offered one passes (WS-11), which no field table can say.
  const accepted = field === 'subprotocol' ? ['chat'] : good

  test.each(accepted.map((value) => ({ what: describeValue(value), value })))(
    'may be $what',
    ({ value }) => {
      expect(codeOf(subject, withField(subject, field, value))).toBeUndefined()
    },
  )

  test.each(bad.map((value) => ({ what: describeValue(value), value })))(
    'may not be $what',
    ({ value }) => {
      expect(REJECTED).toContain(codeOf(subject, withField(subject, field, value)))
    },
  )

  test('absent, undefined and null mean the same', () => {
    const { [field]: _, ...absent } = withField(subject, field, undefined)
    const choice = Object.entries(FIELD_CHOICES).find(([type]) => type === subject.type)?.[1]
    const oneOf = choice?.required === true && choice.fields.some((name) => name === field)
    const missing = rule.required || oneOf
    for (const event of [
      absent,
      withField(subject, field, undefined),
      withField(subject, field, null),
    ])
      expect(codeOf(subject, event)).toBe(missing ? 'ERR_PAGI_INVALID_EVENT' : undefined)
  })
})
