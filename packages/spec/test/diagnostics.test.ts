import { anything, assert, property } from 'fast-check'
import { expect, test } from 'vitest'
import { describeValue, nearestName } from '@pagi/spec'

class Buffer extends Uint8Array {}

class Point {
  readonly x = 1
}

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  [true, 'true'],
  [1.5, '1.5'],
  [-0, '-0'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  [10n, '10n'],
  [10n ** 40n, 'a huge bigint'],
  [-(10n ** 10_000n), 'a huge bigint'],
  ['', '""'],
  ['x-id', '"x-id"'],
  ['a"b\\', '"a\\"b\\\\"'],
  ['a\r\n\0\u001B[0m', '"a\\r\\n\\u0000\\u001b[0m"'],
  ['\u007F\u0085\u2028\u202E\uFEFF', '"\\u007f\\u0085\\u2028\\u202e\\ufeff"'],
  ['\uD800', '"\\ud800"'],
  ['a'.repeat(60), `"${'a'.repeat(60)}"`],
  ['a'.repeat(61), `"${'a'.repeat(60)}…" (61 characters)`],
  [`${'a'.repeat(59)}😀`, `"${'a'.repeat(59)}…" (61 characters)`],
  [Symbol('why'), 'Symbol("why")'],
  [Symbol(), 'Symbol()'],
  [Symbol.iterator, 'Symbol("Symbol.iterator")'],
  [function send() {}, 'function send'],
  [
    (
      () => () =>
        undefined
    )(),
    'a function',
  ],
  [Point, 'class Point'],
  [[], 'an array of 0'],
  [['a', 1, null], 'an array of 3: ["a", 1, null]'],
  [[[1], {}, 3, 4, 5], 'an array of 5: [an array of 1, an object, 3, 4, …]'],
  [{}, 'an object without keys'],
  [Object.create(null), 'an object without keys'],
  [{ body: 1, 'my key\n': 2 }, 'an object with the keys body, "my key\\n"'],
  [{ a: 1, b: 1, c: 1, d: 1, e: 1 }, 'an object with the keys a, b, c, d, …'],
  [new Point(), 'an instance of Point'],
  [new Map(), 'an instance of Map'],
  [new Headers(), 'an instance of Headers'],
  [new Uint8Array(3), 'Uint8Array(3)'],
  [new Buffer(3), 'Buffer(3)'],
  [new ArrayBuffer(8), 'ArrayBuffer(8)'],
  [Promise.resolve(), 'an instance of Promise'],
])('%o is described in a few words', (value, words) => {
  expect(describeValue(value)).toBe(words)
})

test('describing runs no code of the value', () => {
  let ran = false
  const run = (): never => {
    ran = true
    throw new Error('no')
  }
  const value = {
    toString: run,
    toJSON: run,
    [Symbol.toPrimitive]: run,
    get [Symbol.toStringTag]() {
      return run()
    },
    get first() {
      return run()
    },
    get constructor() {
      return run()
    },
  }
  expect(describeValue(value)).toContain('an object with the keys toString, toJSON, first')
  expect(describeValue(Object.create(value))).toBe('an object without keys')
  expect(describeValue(Object.defineProperty([1], 0, { get: run }))).toBe(
    'an array of 1: [undefined]',
  )
  expect(describeValue(Object.defineProperty(() => 1, 'name', { get: run }))).toBe('a function')
  expect(ran).toBe(false)
})

test('a value that resists is described all the same', () => {
  const hostile = { getPrototypeOf: fail, ownKeys: fail, getOwnPropertyDescriptor: fail }
  expect(describeValue(new Proxy({}, hostile))).toBe('an object that cannot be inspected')
  expect(describeValue(new Proxy(fail, hostile))).toBe('a function that cannot be inspected')
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  expect(describeValue(proxy)).toBe('an object that cannot be inspected')
  expect(describeValue({ a: 1, nested: proxy })).toBe('an object with the keys a, nested')
})

test('every description is short and has no control characters', () => {
  assert(
    property(anything({ withBigInt: true, withNullPrototype: true, withMap: true }), (value) => {
      const words = describeValue(value)
      expect(words.length).toBeLessThan(500)
      for (let i = 0; i < words.length; i++)
        expect(words.charCodeAt(i)).toBeGreaterThanOrEqual(0x20)
    }),
  )
})

test.each([
  ['htpp', 'http'],
  ['HTTP', 'http'],
  ['lifespam', 'lifespan'],
  ['web_socket', 'websocket'],
  ['event-stream', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('the nearest name to %s is %s', (name, nearest) => {
  expect(nearestName(name, ['http', 'websocket', 'sse', 'lifespan'])).toBe(nearest)
})

function fail(): never {
  throw new Error('trap')
}
