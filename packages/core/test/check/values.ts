import type { FieldRule, Protocols } from '@pagi/spec'
import { iterable } from '../support/events.ts'

// Values that a rule of @pagi/spec's field table allows, and values it does not.

const LONE = 'a\uD800b'
const TAGGED = { [Symbol.toStringTag]: 'Uint8Array', byteLength: 1 }
const TAGGED_BUFFER = { [Symbol.toStringTag]: 'ArrayBuffer', byteLength: 1 }
const STRANGE: readonly unknown[] = [
  NaN,
  Infinity,
  -Infinity,
  1.5,
  -1,
  '200',
  '',
  'text',
  200n,
  true,
  false,
  {},
  [],
  [200],
  () => 200,
  Symbol('text'),
  Object(200),
  Object('text'),
  LONE,
  TAGGED,
  TAGGED_BUFFER,
  Object.create(Uint8Array.prototype),
  Object.create(ArrayBuffer.prototype),
  new Uint16Array(2),
]

const handle = { fd: 3, read: async () => ({ bytesRead: 0 }) }

export interface Values {
  readonly good: readonly unknown[]
  readonly bad: readonly unknown[]
}

const not = (allowed: (value: unknown) => boolean): readonly unknown[] =>
  STRANGE.filter((value) => !allowed(value))

const isText = (value: unknown): boolean => typeof value === 'string' && value !== LONE

const integers = (ranges: readonly (readonly [number, number])[]): Values => {
  const inside = (value: number): boolean =>
    ranges.some(([least, most]) => value >= least && value <= most)
  const edges = ranges.flat()
  const beside = edges.flatMap((edge) => [edge - 1, edge + 1]).filter((value) => !inside(value))
  return {
    good: edges,
    bad: [
      ...beside,
      2 ** 53,
      ...not((value) => typeof value === 'number' && inside(value) && Number.isInteger(value)),
    ],
  }
}

const headers = (forbidden: readonly string[]): Values => ({
  good: [
    [],
    [['x-a', '']],
    [
      ['x-a', 'a\tb'],
      ['x-a', '\xFF'],
    ],
  ],
  bad: [
    ...not((value) => Array.isArray(value) && value.length === 0),
    ['x-a'],
    [['x-a']],
    [['x-a', 'b', 'c']],
    [['x-a', 1]],
    [[1, 'b']],
    [new Set(['x-a', 'b'])],
    new Map([['x-a', 'b']]),
    new Headers({ 'x-a': 'b' }),
    { 'x-a': 'b' },
    [['X-A', 'b']],
    [['', 'b']],
    [['x a', 'b']],
    [['x-a', 'b\r\nc: d']],
    [['x-a', 'b\0']],
    [['x-a', '\u0100']],
    ...forbidden.map((name) => [[name.replace('*', 'extra'), '1']]),
  ],
})

/** The values of one rule on one scope type; `null` and `undefined` are cases of their own. */
export const valuesOf = (rule: FieldRule, scope: keyof Protocols): Values => {
  switch (rule.kind) {
    case 'flag':
      return { good: [true, false, 1, 0], bad: [...not((v) => typeof v === 'boolean'), 2] }
    case 'integer':
      return integers(rule.rangesOn?.[scope] ?? rule.ranges)
    case 'number':
      return {
        good: [rule.min, 0.001, 1e9, Number.MAX_VALUE],
        bad: [-Number.MIN_VALUE, ...not((v) => typeof v === 'number' && v >= 0 && v < Infinity)],
      }
    case 'text': {
      const { maxBytes: most, forbidden = [] } = rule
      const long = most === undefined ? [] : [most + 1]
      return {
        good: ['', 'text', 'ünïcode 🎈', ...(most === undefined ? [] : ['ü'.repeat(most / 2)])],
        bad: [
          ...not(isText),
          ...forbidden.map((character) => `a${character}b`),
          ...long.flatMap((size) => ['x'.repeat(size), 'ü'.repeat(size / 2)]),
        ],
      }
    }
    case 'bytes':
      return {
        good: ['', 'ü', new Uint8Array(2), new ArrayBuffer(2)],
        bad: [...not(isText), new DataView(new ArrayBuffer(1)), [1, 2], new Blob(['x'])],
      }
    case 'headers':
      return headers(rule.forbidden ?? [])
    case 'fileRef':
      return {
        good: ['/absolute', new URL('file:///absolute')],
        bad: [
          ...not(() => false),
          'relative.txt',
          './relative',
          'C:relative',
          new URL('http://localhost/'),
          { href: 'file:///absolute' },
        ],
      }
    case 'bodySource':
      return {
        good: [3, handle, new ReadableStream(), iterable()],
        bad: not(() => false),
      }
    case 'token':
      throw new Error('no event that is sent has a token')
  }
}
