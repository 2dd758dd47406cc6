import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { GROUPS } from '../src/case.ts'
import { readSuite, Requirements, runCases } from '../src/index.ts'
import { select } from '../src/select.ts'
import { makeTarget } from '../src/target.ts'
import { converse, namesIn } from './probe/conversation.ts'

const suite = readSuite(new Requirements())
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

// TypeScript drops empty lines and keeps comments.
const EMPTY = '//<empty>'

/** The source without its types, as Prettier writes it. */
async function javascriptOf(file: string): Promise<string> {
  const source = readFileSync(file, 'utf8').replaceAll('\n\n', `\n${EMPTY}\n`)
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  })
  const javascript = outputText.replaceAll(new RegExp(`^ *${EMPTY}$`, 'gm'), '')
  return await format(javascript, { ...(await resolveConfig(file)), parser: 'babel' })
}

// `node scripts/javascript-probe.mjs` writes it.
test('the JavaScript probe is the TypeScript one without its types', async () => {
  await expect(await javascriptOf(path('../probe/probe.ts'))).toMatchFileSnapshot(
    path('../probe/probe.mjs'),
  )
})

/** The commands that the protocol has. */
function commands(): readonly string[] {
  const text = readFileSync(path('../probe/PROTOCOL.md'), 'utf8')
  return namesIn(text, /^\| `\{ "do": "([a-z]+)"/gm)
}

test('the JavaScript probe keeps to its protocol', async () => {
  const host = [process.execPath, path('probe/host.mjs'), path('../probe/probe.mjs')]
  const done = await converse(host, 'javascript')
  expect(done).toEqual(commands())
})

// Each needs another command or feature of the probe.
const CASES = [
  'http/handle/**',
  'http/head/no-body',
  'core/receive/withdrawn*',
  'core/send/overlapping',
  'core/send/never-throws*',
  'connection/clean/signal*',
  'connection/ends/signal*',
  'connection/object/members*',
  'connection/abort/told*',
]

test.each(['probe.mjs', 'probe.ts'])(
  '%s passes cases with our server',
  async (probe) => {
    const target = makeTarget(
      {
        command: ['node', 'bin/pagi-server.js', '{app}', '--host', '{host}', '--port', '{port}'],
        probe: path(`../probe/${probe}`),
        groups: [...GROUPS],
      },
      path('../../packages/server'),
    )
    const cases = select(suite.cases, CASES)
    const results = await runCases({
      target,
      suite,
      cases,
      lanes: 2,
      repeat: 1,
      probePort: 0,
      onResult() {},
    })
    expect(results.filter(({ verdict }) => verdict !== 'passed')).toEqual([])
    expect(results).toHaveLength(cases.length)
  },
  60_000,
)
