import { describe, expect, test } from 'vitest'
import { ENDS } from './parity/ends.ts'
import { HEADS } from './parity/heads.ts'
import { REQUESTS } from './parity/requests.ts'
import { RESPONSES } from './parity/responses.ts'
import { compare } from './parity/run.ts'

describe.each([
  ['responses', RESPONSES],
  ['heads', HEADS],
  ['requests', REQUESTS],
  ['ends', ENDS],
])('%s are the same on node:http and through the adapter', (_kind, cases) => {
  test.each(Object.entries(cases))('%s', async (_name, one) => {
    const { log } = await compare(one)
    expect(log).not.toEqual([])
  })
})
