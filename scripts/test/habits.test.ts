import { expect, test } from 'vitest'
import { habitFaults, lockfileFaults } from '../guards/habits.mjs'

const faults = (text: string) => habitFaults({ path: 'a.test.ts', text })

test.each([
  `test.only('a', () => {})`,
  `test.skip('a', () => {})`,
  `it.todo('a')`,
  `describe.concurrent.only('a', () => {})`,
  `describe.skip.each([1])('a', () => {})`,
])('refused, a test switched off: %s', (text) => {
  expect(faults(text)).toEqual([expect.stringContaining('every test runs')])
})

test.each([
  '// oxlint-disable-next-line no-console',
  '/* eslint-disable */',
  'f() // @ts-ignore',
  '// @ts-nocheck',
  'const a = [1, /* TODO: more */ 2]',
  '/** FIXME */',
])('refused, a comment: %s', (text) => {
  expect(faults(text)).toHaveLength(1)
})

test('the same words in a string are no comment', () => {
  expect(faults("const a = '// TODO'; const b = `/* @ts-ignore */`; f(/[/]\\/ TODO/)")).toEqual([])
})

test('an expected error may be named in a type test', () => {
  expect(faults('// @ts-expect-error: a status is a number')).toEqual([])
})

test('an address in the lockfile is refused with its line', () => {
  const text = 'packages:\n  a@1.0.0:\n    resolution: {tarball: https://example.org/a.tgz}\n'
  expect(lockfileFaults({ path: 'pnpm-lock.yaml', text })).toEqual([
    expect.stringContaining('pnpm-lock.yaml:3:'),
  ])
})
