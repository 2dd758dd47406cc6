import { expect, test } from 'vitest'
import * as spec from '@pagi/spec'
import {
  EXTENSION_EVENTS,
  FIELD_CHOICES,
  RECEIVE_FIELDS,
  SCOPE_RECEIVE_EVENTS,
  SCOPE_SEND_EVENTS,
  SEND_FIELDS,
  STANDARD_DISCONNECT_REASONS,
} from '@pagi/spec'
import type { FieldRule } from '@pagi/spec'

type Table = Readonly<Record<string, Readonly<Record<string, FieldRule>>>>

const tables: readonly (readonly [string, Table])[] = [
  ['sent', SEND_FIELDS],
  ['received', RECEIVE_FIELDS],
]

const everyRule = tables.flatMap(([direction, table]) =>
  Object.entries(table).flatMap(([type, fields]) =>
    Object.entries(fields).map(([field, rule]) => ({ direction, type, field, rule })),
  ),
)

test('every event that can be sent on some scope has its fields in the table, and no other', () => {
  const sent = new Set([
    ...Object.values(SCOPE_SEND_EVENTS).flat(),
    ...Object.keys(EXTENSION_EVENTS),
  ])
  expect(new Set(Object.keys(SEND_FIELDS))).toEqual(sent)
})

test('every event that can be received on some scope has its fields in the table, and no other', () => {
  const received = new Set<string>(Object.values(SCOPE_RECEIVE_EVENTS).flat())
  expect(new Set(Object.keys(RECEIVE_FIELDS))).toEqual(received)
})

test('no list names anything twice', () => {
  const lists: readonly (readonly string[])[] = [
    ...Object.values(SCOPE_SEND_EVENTS),
    ...Object.values(SCOPE_RECEIVE_EVENTS),
    STANDARD_DISCONNECT_REASONS,
  ]
  for (const list of lists) expect(new Set(list).size).toBe(list.length)
})

test('a refusal is answered with the events of http', () => {
  for (const type of SCOPE_SEND_EVENTS.http) {
    expect(SCOPE_SEND_EVENTS.websocket).toContain(type)
    expect(SCOPE_SEND_EVENTS.sse).toContain(type)
    expect(SCOPE_SEND_EVENTS.lifespan).not.toContain(type)
  }
})

test('exclusive fields exist and are optional one by one', () => {
  const all: Table = { ...SEND_FIELDS, ...RECEIVE_FIELDS }
  for (const [type, choice] of Object.entries(FIELD_CHOICES)) {
    for (const field of choice.fields) expect(all[type]?.[field]?.required).toBe(false)
  }
})

test('every rule cites a requirement', () => {
  for (const { rule } of everyRule) expect(rule.rule).toMatch(/^(HTTP|WS|SSE|LIFE)-\d\d$/)
})

test('every default is a value that the rule allows', () => {
  const defaults = everyRule.filter(({ rule }) => rule.default !== undefined)
  expect(defaults.length).toBeGreaterThan(10)
  for (const { rule } of defaults) expect(allows(rule, rule.default)).toBe(true)
})

test('every range has its ends in order, and ranges do not meet', () => {
  for (const { rule } of everyRule) {
    if (rule.kind !== 'integer') continue
    for (const ranges of [rule.ranges, ...Object.values(rule.rangesOn ?? {})]) {
      const ends = ranges.flat()
      expect(ends).toEqual(ends.toSorted((a, b) => a - b))
      expect(ends.every(Number.isSafeInteger)).toBe(true)
    }
  }
})

test.each([
  ['http.response.start', 'status', [200, 999], [199, 1000, 200.5, '200', Number.NaN]],
  ['http.response.body', 'offset', [0, 2 ** 53 - 1], [-1, 2 ** 53, 0.5]],
  [
    'websocket.close',
    'code',
    [1000, 1003, 1007, 1014, 3000, 4999],
    [999, 1004, 1005, 1006, 1015, 2999, 5000],
  ],
  ['websocket.close', 'reason', ['é'.repeat(61)], ['é'.repeat(62)]],
  ['websocket.keepalive', 'interval', [0, 0.5], [-1, Number.POSITIVE_INFINITY]],
  ['sse.start', 'status', [200, 203, 206, 303, 305, 999], [199, 204, 205, 304, 1000]],
  ['sse.send', 'id', ['', 'a'], ['\r', '\n', '\0']],
  ['sse.send', 'event', ['\0'], ['\r', '\n']],
  ['sse.send', 'retry', [0], [-1, 0.5]],
])('%s: %s may be %j and not %j', (type, field, good, bad) => {
  const table: Table = SEND_FIELDS
  const rule = table[type]?.[field]
  if (rule === undefined) throw new TypeError('no such field')
  for (const value of good) expect(allows(rule, value), String(value)).toBe(true)
  for (const value of bad) expect(allows(rule, value), String(value)).toBe(false)
})

test('the status of a refused websocket begins at 300', () => {
  expect(SEND_FIELDS['http.response.start'].status).toMatchObject({
    rangesOn: { websocket: [[300, 999]] },
  })
})

test('the tables are frozen throughout', () => {
  const exported = Object.values<unknown>(spec).filter((value) => typeof value === 'object')
  expect(exported.length).toBeGreaterThan(6)
  for (const value of exported) expect(isFrozen(value)).toBe(true)
})

/** The table alone, applied as a check would. */
function allows(rule: FieldRule, value: unknown): boolean {
  switch (rule.kind) {
    case 'flag':
      return value === true || value === false || value === 1 || value === 0
    case 'integer':
      return (
        typeof value === 'number' &&
        Number.isInteger(value) &&
        rule.ranges.some(([min, max]) => value >= min && value <= max)
      )
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) && value >= rule.min
    case 'text':
      return (
        typeof value === 'string' &&
        !(rule.forbidden ?? []).some((char) => value.includes(char)) &&
        new TextEncoder().encode(value).length <= (rule.maxBytes ?? Number.POSITIVE_INFINITY)
      )
    case 'headers':
      return Array.isArray(value)
    case 'bytes':
      return typeof value === 'string' || value instanceof Uint8Array
    case 'token':
    case 'fileRef':
    case 'bodySource':
      return value !== undefined
  }
}

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(isFrozen)
}
