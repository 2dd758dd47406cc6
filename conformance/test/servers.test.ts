import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readSuite, Requirements, runCases } from '../src/index.ts'
import type { Result, RunSettings, Target } from '../src/index.ts'
import { select } from '../src/select.ts'
import { makeTarget } from '../src/target.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const suite = readSuite(new Requirements(), `${here}suite`)
const LEVELS = { core: 0, 'release-notes': 0, 'server-notes': 0, decision: 0, own: 0 }

interface More extends Partial<Target>, Partial<Pick<RunSettings, 'repeat' | 'caseBound'>> {
  /** Milliseconds each step may take. */
  readonly timeout?: number
}

async function run(
  command: readonly string[],
  patterns: readonly string[] = [],
  { repeat = 1, caseBound = 60_000, timeout, ...more }: More = {},
): Promise<readonly Result[]> {
  const target = makeTarget(
    { name: 'fixture', command, groups: Object.keys(LEVELS) },
    `${here}fixtures`,
  )
  const cases = select(suite.cases, patterns)
  return await runCases({
    target: { ...target, ...more },
    suite,
    cases: cases.map((one) => ({ ...one, timeout: timeout ?? one.timeout })),
    lanes: 1,
    repeat,
    caseBound,
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

// Most rules hold on every scope, and say so in one case of several variants.
test.each(['websocket', 'sse'])('what a target lacks is skipped: %s', async (feature) => {
  const whole = readSuite(new Requirements())
  const results = await runCases({
    target: {
      ...makeTarget({ name: 'fixture', command: SLOPPY }, `${here}fixtures`),
      lacks: [feature],
    },
    suite: whole,
    cases: select(whole.cases, ['http/scope/query**']),
    lanes: 1,
    repeat: 1,
    probePort: 0,
    onResult() {},
  })
  expect(
    results.flatMap((one) => (one.verdict === 'skipped' ? [[one.case.id, one.reason]] : [])),
  ).toEqual([[`http/scope/query[${feature}]`, `the target lacks ${feature}`]])
})

test('cases about one end look at the same process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pagi-servers-'))
  const file = join(folder, 'starts')
  const script = 'fs.appendFileSync(process.argv[1], "x"); console.log("ended"); process.exit(3)'
  const results = await run(['node', '-e', script, file], ['basics/process/ends**'])
  const starts = readFileSync(file, 'utf8')
  rmSync(folder, { recursive: true })
  expect(results.map(({ verdict }) => verdict)).toEqual(['passed', 'passed'])
  expect(starts).toBe('x')
})

/** An answer in the request's own time, also on a machine that is busy. */
const AMPLE = 25_000

describe.concurrent('a hostile server gets a clear verdict', { timeout: 60_000 }, () => {
  test.each([
    ['silence', 300, /^no response head within 300 ms$/],
    ['garbage', AMPLE, /^expected a response, got "\\u0000ÿ/],
    ['closes', AMPLE, /^the connection ended \((?:fin|reset)\) before a response, after 0 bytes$/],
    ['flood', AMPLE, /^the server sent more than 96 MiB on one connection$/],
    ['endless-head', AMPLE, /^a response head of over 1 MiB$/],
    ['endless-chunk-size', AMPLE, /^a chunk size of over 64 KiB$/],
    ['endless-interim', AMPLE, /^more than 100 interim responses before the final one$/],
    [
      'exit',
      AMPLE,
      /before a response, after 0 bytes; the server ended with code 7; its last output: the last words of a server$|^the server ended with code 7; its last output: the last words of a server, waiting for response head$/,
    ],
    [
      'exit-slowly',
      AMPLE,
      /^the connection ended \(fin\) before a response, after 0 bytes; the server ended with code 7; its last output: \(none\)$/,
    ],
    [
      'shouts',
      AMPLE,
      /^the server wrote more than 32 MiB to its outputs, at last: x+…, waiting for/,
    ],
  ])('%s', async (how, timeout, reason) => {
    const [result] = await run(hostile(how), [first], { timeout })
    expect([result?.verdict, result?.reason]).toEqual(['failed', expect.stringMatching(reason)])
  })

  test('one that never accepts connections, and is not tried for ever', async () => {
    const results = await run(hostile('mute'), [first], { startTimeout: 200, repeat: 7 })
    const reason = /accepts no connection on 127.0.0.1:\d+ within 200 ms; its output: \(none\)$/
    const failed = { verdict: 'failed', reason: expect.stringMatching(reason) }
    const given = /^not tried any more, after 5 times: the server accepts no connection/
    const error = { verdict: 'error', reason: expect.stringMatching(given) }
    expect(results).toMatchObject(
      Array.from({ length: 7 }, (_item, index) => (index < 5 ? failed : error)),
    )
  })

  test('one that ignores SIGTERM', async () => {
    const [result] = await run(hostile('stubborn'), ['basics/process/stops'])
    expect(result).toMatchObject({
      verdict: 'failed',
      reason: 'no end of the server process within 400 ms',
    })
  })

  test('one that hangs: the case after it has a new process', async () => {
    const results = await run(hostile('stuck'), [first], { timeout: 1000, repeat: 3 })
    expect(results.map(({ verdict }) => verdict)).toEqual(['passed', 'failed', 'passed'])
  })

  test('a case ends, whatever it waits for, and the next one runs', async () => {
    const more = { timeout: AMPLE, caseBound: 200, repeat: 2 }
    const results = await run(hostile('silence'), [first], more)
    expect(results.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['failed', 'the case had not ended after 0.2 s'],
      ['failed', 'the case had not ended after 0.2 s'],
    ])
  })

  test('a command that does not exist is named', async () => {
    const [result] = await run(['./no-such-server', '{app}'], [first])
    expect(result?.reason).toBe(
      'the server cannot be started; its last output: spawn ./no-such-server ENOENT',
    )
  })
})

describe.concurrent('a probe that keeps to no protocol is told of', { timeout: 60_000 }, () => {
  const pending = 'basics/answers/pending'

  test.each([
    ['garbage', 'the probe sent a line that the protocol does not know: hello'],
    ['half-line', 'the probe sent a line that the protocol does not know: {"probe":'],
    ['endless-line', 'the probe sent a line of over 33554432 bytes'],
    ['twice', 'the probe introduced itself twice on one connection'],
    ['unknown', 'the probe reported before it introduced itself: {"n":1,"id":1,"ok":null}'],
    ['of-the-future', 'the probe speaks version 2 of the protocol, the suite version 1'],
    ['floods', 'the probe sent more than 100000 messages on one connection'],
  ])('%s', async (how, reason) => {
    const [result] = await run(hostile(`probe-${how}`), [pending], { timeout: AMPLE })
    expect(result).toMatchObject({ verdict: 'error', reason })
  })

  test.each([
    ['drops', AMPLE, 'the probe dropped its connection before facts was settled'],
    ['mute', 2000, 'no settling of facts within 2000 ms'],
  ])('%s', async (how, timeout, reason) => {
    const [result] = await run(hostile(`probe-${how}`), [pending], { timeout })
    expect(result).toMatchObject({ verdict: 'failed', reason })
  })
})
