import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ATOMS, formatFault, JSON_PRESET, PRESETS } from '../../src/access-log/syntax.ts'

const GUIDE = readFileSync(
  new URL('../../../../docs/guide/logging.md', import.meta.url),
  'utf8',
).replaceAll('\r\n', '\n')

/** The code in the cells of a table, by its first column. */
const rows = (head: string): readonly string[][] => {
  const [, table = ''] = GUIDE.split(`\n| ${head} `)
  return (table.split('\n\n', 1)[0] ?? '')
    .split('\n')
    .slice(2)
    .map((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code))
}

test('the guide has every format with a name, word for word', () => {
  const named = rows('name').map(([name, format]) => [name, format])
  expect(named).toEqual([...Object.entries(PRESETS), [JSON_PRESET, undefined]])
})

test('the guide has every atom with all its arguments, and none that is not', () => {
  const told = rows('atom')
    .flat()
    .filter((code) => code.startsWith('%') && code !== '%%')
  for (const atom of told) expect([atom, formatFault(atom)]).toEqual([atom, undefined])
  expect(new Set(told.map((atom) => atom.at(-1)))).toEqual(new Set(Object.keys(ATOMS)))
  for (const [letter, known] of Object.entries(ATOMS))
    for (const argument of known === 'any' ? ['Name'] : known)
      expect(told).toContain(`%{${argument}}${letter}`)
})
