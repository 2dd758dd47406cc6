import { SEND_FIELDS } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import { bytes, iterable } from '../support/events.ts'
import { codeThrown } from '../support/promises.ts'
import { RESPONDERS } from '../tables/t-http.ts'
import { SUBJECTS } from './subjects.ts'
import type { Subject } from './subjects.ts'

const TITLED = SUBJECTS.map((subject) => ({
  subject,
  title: `${subject.type} on ${subject.scope}`,
}))

/** The event with every field of the table behind a getter that counts. */
const counting = ({ type, base }: Subject, more: object = {}) => {
  const reads = new Map<string, number>()
  const fields = Object.entries(SEND_FIELDS).find(([name]) => name === type)?.[1] ?? {}
  const values: Record<string, unknown> = { type, ...base, ...more }
  const event = {}
  for (const name of ['type', ...Object.keys(fields)])
    Object.defineProperty(event, name, {
      enumerable: true,
      get: () => {
        reads.set(name, (reads.get(name) ?? 0) + 1)
        return values[name]
      },
    })
  return { event, reads }
}

const subjectOf = (type: string): Subject => {
  const found = SUBJECTS.find((subject) => subject.type === type)
  if (found === undefined) throw new Error(`no subject ${type}`)
  return found
}

describe.each(TITLED)('$title', ({ subject }) => {
  const { type, base, machine } = subject

  test('fields nobody knows are ignored (CORE-29)', () => {
    const odd = { type, ...base, 'x-mine': NaN, data2: {}, toString: 5, constructor: null }
    expect(codeThrown(() => machine().send(odd))).toBeUndefined()
  })

  test('inherited fields are read like own ones', () => {
    const event: unknown = Object.create({ type, ...base })
    expect(codeThrown(() => machine().send(event))).toBeUndefined()
  })

  test('an event without a prototype is as good as any', () => {
    const event: unknown = Object.assign(Object.create(null), { type, ...base })
    expect(codeThrown(() => machine().send(event))).toBeUndefined()
  })

  test('every field is read once', () => {
    const { event, reads } = counting(subject)
    machine().send(event)
    for (const [field, times] of reads) expect(`${field} ${times}`).toBe(`${field} 1`)
    expect(reads.get('type')).toBe(1)
  })

  test('what a getter throws is what the send fails with, and nothing has changed', () => {
    const thrown = new Error('no such field')
    for (const name of ['type', ...Object.keys(counting(subject).event)]) {
      const fresh = machine()
      const before = fresh.state()
      const event = Object.defineProperty({ type, ...base }, name, {
        get: () => {
          throw thrown
        },
      })
      try {
        fresh.send(event)
      } catch (error) {
        expect(error).toBe(thrown)
        expect(fresh.state()).toBe(before)
      }
    }
  })
})

describe.each([
  ['http.response.body', { body: 'x', more: true }],
  ['http.response.body', { file: '/x', offset: 1, length: 2 }],
  ['http.response.body', { fh: 3, offset: 1, length: 2 }],
  ['websocket.keepalive', { timeout: 2 }],
  ['websocket.close', { code: 3000, reason: 'x' }],
  ['websocket.accept', { subprotocol: 'chat', headers: [] }],
  ['sse.start', { status: 201, headers: [] }],
  ['sse.send', { event: 'e', id: 'i', retry: 1 }],
  ['sse.keepalive', { comment: 'c' }],
  ['sse.close', { reason: 'done' }],
  ['http.response.start', { headers: [], trailers: true }],
  ['lifespan.startup.failed', { message: 'no' }],
])('%s with %o', (type, more) => {
  test('reads every field once', () => {
    const { event, reads } = counting(subjectOf(type), more)
    subjectOf(type).machine().send(event)
    for (const [field, times] of reads) expect(`${field} ${times}`).toBe(`${field} 1`)
  })
})

describe('fields that exclude each other', () => {
  const body = subjectOf('http.response.body')
  const message = subjectOf('websocket.send')

  test.each([
    { body: 'x', file: '/x' },
    { body: '', fh: 3 },
    { file: '/x', fh: 3 },
    { body: 'x', file: '/x', fh: 3 },
  ])('of a body: %o rejects (HTTP-40)', (fields) => {
    expect(codeThrown(() => body.machine().send({ type: body.type, ...fields }))).toBe(
      'ERR_PAGI_INVALID_EVENT',
    )
  })

  test.each([
    { body: null, file: '/x', fh: undefined },
    { body: 'x', file: null, fh: null },
    { body: null, file: null, fh: null },
    { file: '/x', more: 'ignored with a file' },
  ])('of a body: %o passes', (fields) => {
    expect(codeThrown(() => body.machine().send({ type: body.type, ...fields }))).toBeUndefined()
  })

  test.each([
    {},
    { text: null, bytes: null },
    { text: 'x', bytes: bytes('x') },
    { text: '', bytes: '' },
  ])('of a message: %o rejects (WS-15)', (fields) => {
    expect(codeThrown(() => message.machine().send({ type: message.type, ...fields }))).toBe(
      'ERR_PAGI_INVALID_EVENT',
    )
  })

  test.each([{ text: '', bytes: null }, { text: null, bytes: '' }, { bytes: bytes('') }])(
    'of a message: %o passes',
    (fields) => {
      expect(
        codeThrown(() => message.machine().send({ type: message.type, ...fields })),
      ).toBeUndefined()
    },
  )

  test.each([{ offset: 1 }, { length: 1 }])('a stream has no positions: %o rejects', (fields) => {
    for (const fh of [iterable(), new ReadableStream()])
      expect(codeThrown(() => body.machine().send({ type: body.type, fh, ...fields }))).toBe(
        'ERR_PAGI_INVALID_EVENT',
      )
  })
})

describe('what is no event at all', () => {
  test.each([undefined, null, 5, 'http.response.start', true, 5n, Symbol('x'), () => {}, {}, []])(
    '%o rejects',
    (event) => {
      for (const { machine } of SUBJECTS)
        expect(codeThrown(() => machine().send(event))).toBe('ERR_PAGI_INVALID_EVENT')
    },
  )

  test.each([5, null, undefined, ['http.response.start'], Object('http.response.start')])(
    'a type that is %o rejects',
    (type) => {
      for (const { machine } of SUBJECTS)
        expect(codeThrown(() => machine().send({ type }))).toBe('ERR_PAGI_INVALID_EVENT')
    },
  )

  test.each(['', 'x', 'http', 'http.request', 'http.disconnect', 'toString', '__proto__'])(
    'the type %o is not known',
    (type) => {
      for (const { machine } of SUBJECTS)
        expect(codeThrown(() => machine().send({ type }))).toBe('ERR_PAGI_UNKNOWN_EVENT')
    },
  )

  test('the message names the field, the rule and what was got', () => {
    const { machine } = subjectOf('http.response.start')
    expect(() => machine().send({ type: 'http.response.start', status: '200' })).toThrow(
      'http.response.start: status must be an integer from 200 to 999, got "200"',
    )
    expect(() => machine().send(5)).toThrow('send: must be an event object, got 5')
  })

  test('messages about the event as a whole are sentences', () => {
    const two = { type: 'http.response.body', body: 'x', fh: 3 }
    expect(() => subjectOf('http.response.body').machine().send(two)).toThrow(
      'http.response.body: must have at most one of body, file and fh, got an object with the keys',
    )
    expect(() => subjectOf('websocket.send').machine().send({ type: 'websocket.send' })).toThrow(
      'websocket.send: must have exactly one of text and bytes, got an object with the keys type',
    )
  })
})

test('HEAD, which opens no source, still rejects what is none', () => {
  const head = { method: 'HEAD', httpVersion: '1.1' }
  const refused = [{ fh: 'x' }, { fh: {} }, { fh: -1 }, { fh: 1.5 }, { fh: iterable(), offset: 1 }]
  for (const fields of refused) {
    const machine = RESPONDERS.http(head)
    machine.send({ type: 'http.response.start', status: 200 })
    expect(codeThrown(() => machine.send({ type: 'http.response.body', ...fields }))).toBe(
      'ERR_PAGI_INVALID_EVENT',
    )
    expect(machine.exchange.state).toBe('started')
  }
})
