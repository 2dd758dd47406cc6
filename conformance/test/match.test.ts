import { expect, test } from 'vitest'
import { mismatch } from '../src/match.ts'

const hello = { $bytes: Buffer.from('hello').toString('base64') }

test.each([
  [{ a: 1, b: 2 }, { a: 1 }],
  [
    [1, { a: 2, b: 3 }],
    [1, { a: 2 }],
  ],
  [1, true],
  [0, false],
  [hello, 'hello'],
  [hello, { $text: 'hello' }],
  [Buffer.from('hello'), 'hello'],
  [undefined, { $absent: true }],
  [null, { $absent: true }],
  [null, null],
  ['abc', { $re: '^A', flags: 'i' }],
  [hello, { $re: 'll' }],
  [2, { $oneOf: [1, 2] }],
  [3, { $not: { $oneOf: [1, 2] } }],
  [[1, 2, 3], { $contains: [3, 1] }],
  [[1, 2, 3], { $lacks: [4] }],
  ['abc', { $length: 3 }],
  [{ a: {}, b_2: {} }, { $keys: { $re: '^[a-z0-9_]+$' } }],
  [{ a: {}, b: {} }, { $values: { $type: 'object' } }],
  [{ a: 1, b: 2 }, { $length: 2 }],
  [5, { $least: 1, $most: 5 }],
  ['x'.repeat(50), { $string: 'x', times: 50 }],
])('%j matches %j', (got, wanted) => {
  expect(mismatch(got, wanted)).toBeUndefined()
})

test.each([
  [{ a: 1 }, { a: 2 }, 'a: expected 2, got 1'],
  [{}, { a: { $any: true } }, 'a: expected {"$any":true}, got nothing'],
  [[1, 2], [1], 'expected [1], got [1,2]'],
  [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }, 'a[0].b: expected 2, got 1'],
  [2, true, 'expected true, got 2'],
  ['1', 1, 'expected 1, got "1"'],
  [null, { $missing: true }, 'expected {"$missing":true}, got null'],
  [hello, { $text: 'hellO' }, `expected {"$text":"hellO"}, got ${JSON.stringify(hello)}`],
  [6, { $least: 1, $most: 5 }, 'expected {"$least":1,"$most":5}, got 6'],
  [{ A: 1 }, { $keys: 'a' }, 'key A: expected "a", got "A"'],
  [{ a: 1 }, { $values: 2 }, 'a: expected 2, got 1'],
  ['a', { $keys: 'a' }, 'expected {"$keys":"a"}, got "a"'],
  [['a'], { $lacks: ['a'] }, 'expected {"$lacks":["a"]}, got ["a"]'],
])('%j does not match %j', (got, wanted, fault) => {
  expect(mismatch(got, wanted)).toBe(fault)
})
