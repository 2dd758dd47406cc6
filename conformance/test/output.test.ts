import { expect, test } from 'vitest'
import { Output } from '../src/output.ts'

const MIB = 1024 * 1024

test('positions in the output count from its start, also when the beginning is not kept', () => {
  const output = new Output()
  output.append('first\n')
  expect(output.slice(2, 5)).toBe('rst')
  for (let index = 0; index < 10; index += 1) output.append('x'.repeat(MIB))
  output.append('\nlast words\n')
  expect(output.length).toBe(6 + 10 * MIB + 12)
  expect(output.slice().length).toBeLessThan(6 * MIB)
  expect(output.lineWith('last', 0)).toBe(6 + 10 * MIB + 1)
  expect(output.slice(6 + 10 * MIB + 1)).toBe('last words\n')
  expect(output.lineWith('first', 0)).toBe(undefined)
  expect(output.lastLines(2)).toBe(`${'x'.repeat(500)}…\nlast words`)
})
