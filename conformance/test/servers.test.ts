import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readSuite, Requirements, runCases } from '../src/index.ts'
import type { Result, Target } from '../src/index.ts'
import { select } from '../src/select.ts'
import { makeTarget } from '../src/target.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const suite = readSuite(new Requirements(), `${here}suite`)
const LEVELS = { core: 0, 'release-notes': 0, 'server-notes': 0, decision: 0, own: 0 }

async function run(
  command: readonly string[],
  patterns: readonly string[] = [],
  more: Partial<Target> = {},
): Promise<readonly Result[]> {
  const target = makeTarget(
    { name: 'fixture', command, groups: Object.keys(LEVELS), startTimeout: 2000 },
    `${here}fixtures`,
  )
  return await runCases({
    target: { ...target, ...more },
    suite,
    cases: select(suite.cases, patterns),
    lanes: 2,
    repeat: 1,
    probePort: 0,
    onResult() {},
  })
}

const SLOPPY = ['node', 'sloppy-server.mjs', '{app}', '--host', '{host}', '--port', '{port}']
const hostile = (how: string): readonly string[] => ['node', 'hostile-server.mjs', how, '{port}']
const first = 'basics/answers/no-application'

test('a sloppy server fails by name of the rule and of what was got', async () => {
  const results = await run(SLOPPY, ['basics/answers/query', 'basics/answers/order'])
  expect(results.map(({ verdict, reason, step }) => ({ verdict, reason, step }))).toEqual([
    { verdict: 'failed', step: 2, reason: 'the scope: query_string: expected "b=1", got "?b=1"' },
    {
      verdict: 'failed',
      step: 3,
      reason: 'send of http.response.body resolved, it must reject',
    },
  ])
})

test('a response of the server is told apart from one of the application', async () => {
  const results = await run(SLOPPY, ['basics/answers/server-made', 'basics/answers/unasked'])
  expect(results.map(({ reason }) => reason)).toEqual([
    "the application's own response came (status 500), not one the server makes itself",
    'the response the server made itself: status: expected 200, got 500',
  ])
})

test('a failure the target announced is no failure; a pass it did not expect is one', async () => {
  const id = 'basics/answers/query'
  const [announced] = await run(SLOPPY, [id], { expectFail: { [id]: 'known, issue 7' } })
  expect(announced).toMatchObject({ verdict: 'expected', reason: 'known, issue 7' })
})

test('a server that lacks what a SHOULD asks for fails on the level of SHOULD', async () => {
  const [result] = await run(SLOPPY, ['basics/answers/should'])
  expect(result).toMatchObject({ verdict: 'failed', case: { level: 'should' } })
})

test('a group that is not asked for is skipped, and says so', async () => {
  const [result] = await run(SLOPPY, [first], { groups: [] })
  expect(result).toMatchObject({ verdict: 'skipped', reason: 'group core is not asked for' })
})

test.each([
  ['silence', /^no response head within 1500 ms$/],
  ['garbage', /^expected a response, got/],
  ['flood', /more than 128 MiB/],
  [
    'exit',
    /before a response, after 0 bytes; the server ended with code 7; its last output: the last words of a server/,
  ],
  ['mute', /accepts no connection on 127.0.0.1:\d+ within 2000 ms/],
])('a server of %s gets a clear verdict', async (how, reason) => {
  const [result] = await run(hostile(how), [first])
  expect(result?.verdict).toBe('failed')
  expect(result?.reason).toMatch(reason)
})

test('a command that does not exist is named', async () => {
  const [result] = await run(['./no-such-server', '{app}'], [first])
  expect(result?.reason).toMatch(/no-such-server/)
})
