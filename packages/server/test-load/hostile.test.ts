import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAMILIES } from '../test/hostile/inputs.ts'
import { byteByByte, failuresOf, inTwo } from '../test/hostile/rounds.ts'
import { startTarget } from '../test/hostile/target-server.ts'
import type { TargetServer } from '../test/hostile/target-server.ts'

// The whole of what test/hostile/hostile.test.ts takes a sample of.

let target: TargetServer

beforeAll(async () => {
  target = await startTarget()
})

afterAll(async () => {
  await target.close()
})

/** Above it there is only more of the same, and splits of it take as long as all the others. */
const LONGEST = 3000
/** What is longer may be over a limit of the parser, and its last byte alone does not tell which. */
const LONGEST_BY_BYTES = 600

describe.each(FAMILIES)('hostile input: $title', ({ rows }) => {
  const short = rows.filter(({ bytes }) => bytes.length <= LONGEST)

  test('split at every byte', async () => {
    const tries = inTwo(short, () => true)
    expect(await failuresOf(target, tries)).toEqual([])
    console.log(`${rows.length} inputs, ${tries.length} connections`)
  })

  test('byte by byte, alone, behind a good request and before one', async () => {
    expect(
      await failuresOf(
        target,
        byteByByte(rows.filter(({ bytes }) => bytes.length <= LONGEST_BY_BYTES)),
      ),
    ).toEqual([])
  })
})
