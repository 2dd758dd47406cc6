import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAMILIES } from './inputs.ts'
import { hostilePage } from './page.ts'
import { byteByByte, failuresOf, inEveryPlace, inTwo, oneByOne } from './rounds.ts'
import { startTarget } from './target-server.ts'
import type { TargetServer } from './target-server.ts'

// `npm run test:load -- hostile` splits them at every byte.

let target: TargetServer

beforeAll(async () => {
  target = await startTarget()
})

afterAll(async () => {
  await target.close()
})

const rows = FAMILIES.flatMap((family) => family.rows)

/** Longer ones only hold more of the same. */
const short = rows.filter(({ bytes }) => bytes.length <= 600)

/** In the middle of each line end, and here and there. */
const sample = (bytes: string, position: number): boolean =>
  bytes[position] === '\n' || (position * 7 + bytes.length) % 32 === 0

test('there are at least 150 different inputs, and each has a name of its own', () => {
  expect(new Set(rows.map(({ bytes }) => bytes)).size).toBe(rows.length)
  expect(rows.length).toBeGreaterThanOrEqual(150)
  for (const { title, rows: own } of FAMILIES)
    expect(new Set(own.map(({ name }) => name)).size, title).toBe(own.length)
})

describe.each(FAMILIES)('$title', ({ rows: own }) => {
  test('each as expected: alone, behind a good request and before one', async () => {
    expect(await failuresOf(target, inEveryPlace(own))).toEqual([])
  })
})

test('each byte by byte', async () => {
  expect(await failuresOf(target, byteByByte(short, ['alone']))).toEqual([])
})

test('each in two pieces', async () => {
  expect(await failuresOf(target, inTwo(short, sample))).toEqual([])
})

test('docs/reference/hostile-input.md is what came back, and the next client was served: scripts/hostile-reference.mjs writes it', async () => {
  const outcomes = await oneByOne(target, rows)
  await expect(hostilePage(FAMILIES, outcomes)).toMatchFileSnapshot(
    '../../../../docs/reference/hostile-input.md',
  )
})

test('none of them is an error of the server', () => {
  expect(target.log.at('error')).toEqual([])
  expect(target.log.at('warn')).toEqual([])
})
