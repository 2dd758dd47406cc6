// What the documents of the suite show is tried: commands are run, and print what they promise;
// targets, cases and programs do what they say.
import { execFile, spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs'
import { realpathSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { readMessage } from '../src/app-call.ts'
import { readArguments } from '../src/args.ts'
import { main } from '../src/main.ts'
import { freePort } from './free-port.ts'
import { makeTarget, words } from '../src/target.ts'
import { isObject } from '../src/values.ts'

vi.setConfig({ testTimeout: 60_000 })

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))
const NAMES = [
  'README.md',
  'probe/PROTOCOL.md',
  ...readdirSync(path('docs')).map((name) => `docs/${name}`),
]

interface Block {
  readonly place: string
  readonly language: string
  readonly text: string
  /** The block of text right after it. */
  readonly promised: string | undefined
}

const BLOCKS = NAMES.flatMap((name): readonly Block[] => {
  const text = readFileSync(path(name), 'utf8')
  const found = [...text.matchAll(/^```(\w*)\n(.*?)^```\n/gms)]
  return found.map((match, index) => {
    const next = found[index + 1]
    const between = text.slice(match.index + match[0].length, next?.index)
    const follows = next?.[1] === 'text' && between.trim() === ''
    return {
      place: `${name}:${text.slice(0, match.index).split('\n').length}`,
      language: match[1] ?? '',
      text: match[2] ?? '',
      promised: follows ? next[2] : undefined,
    }
  })
})

const blocks = (language: string): readonly Block[] =>
  BLOCKS.filter((block) => block.language === language)

const home = process.cwd()
let folder = ''

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pagi-documents-')))
  copyFileSync(path('test/fixtures/sloppy-server.mjs'), join(folder, 'my-server.mjs'))
  copyFileSync(path('test/fixtures/app-rules.mjs'), join(folder, 'app.mjs'))
  // The target file of the guide.
  const guide = blocks('json').find(({ place }) => place.startsWith('docs/testing-a-server'))
  writeFileSync(join(folder, 'pagi-conformance.json'), guide?.text ?? '')
  // The case of the page about cases.
  const about = blocks('json').find(({ place }) => place.startsWith('docs/writing-cases'))
  mkdirSync(join(folder, 'my-cases'))
  writeFileSync(join(folder, 'my-cases', 'head.json'), about?.text ?? '')
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

test('there are documents, and they have something to try', () => {
  expect(NAMES.length).toBeGreaterThan(3)
  expect(blocks('sh').length).toBeGreaterThan(8)
})

/** Runs nothing but one case, where a command is for all of them. */
const ONE = 'http/scope/query[http]'

/** The command within this process. */
async function run(args: readonly string[]): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const screen = { write: (text: string) => printed.push(text) }
  const code = await main(args, { stdout: screen, stderr: screen })
  return { code, output: printed.join('') }
}

/** `…` stands for anything within a line, a line of it for any lines. */
function pattern(promised: string): RegExp {
  const lines = promised.trimEnd().split('\n')
  const source = lines.map((line) => {
    if (line === '…') return '(?:.*\\n)*?'
    const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return `${parts.join('.*?')}\\n`
  })
  return new RegExp(`^${source.join('')}`, 'm')
}

/** The arguments of a line that runs the suite. */
function argumentsOf(line: string): readonly string[] | undefined {
  const [npx, ...rest] = words(line)
  const at = rest.findIndex((word) => /^pagi-conformance(@[\d.]+)?$/.test(word))
  return npx === 'npx' && at !== -1 ? rest.slice(at + 1) : undefined
}

describe('the commands', () => {
  for (const { place, text, promised } of blocks('sh')) {
    test(place, async () => {
      const [port, probe] = [await freePort(), await freePort()]
      const lines = text.replaceAll('8080', String(port)).replaceAll('7777', String(probe))
      let output = ''
      for (const line of lines.trimEnd().split('\n')) {
        const args = argumentsOf(line)
        if (/^(?:npm install|PAGI_PROBE=\S+ my-server) /.test(line)) {
          if (line.startsWith('PAGI')) await serve(line)
          continue
        }
        if (args === undefined) throw new Error(`do not know how to try: ${line}`)
        output += await tried(args)
      }
      if (promised !== undefined) expect(output).toMatch(pattern(promised))
    })
  }

  async function tried(args: readonly string[]): Promise<string> {
    if (args[0] === 'app') {
      const { code, output } = await run(args.map((word) => word.replace('app.js', 'app.mjs')))
      expect([code, output]).toEqual([0, expect.stringContaining('rules passed, 0 violated')])
      return output
    }
    const given = readArguments(args)
    const alone = given.list || given.cases !== undefined || given.globs.length > 0
    const { code, output } = await run(alone ? args : [...args, ONE])
    expect([code, output]).toEqual([expect.toBeOneOf([0, 1]), expect.anything()])
    for (const file of Object.values(given.reports)) {
      if (file !== undefined && file !== '-') expect(existsSync(file)).toBe(true)
    }
    return output
  }

  /** `PAGI_PROBE=… my-server probe.mjs --port …` */
  async function serve(line: string): Promise<void> {
    const [, address, port] =
      /^PAGI_PROBE=(\S+) my-server probe\.mjs --port (\d+)$/.exec(line) ?? []
    const args = ['my-server.mjs', path('probe/probe.mjs'), '--host', '127.0.0.1', '--port']
    const child = spawn(process.execPath, [...args, port ?? ''], {
      env: { ...process.env, PAGI_PROBE: address },
      stdio: 'ignore',
    })
    onTestFinished(() => void child.kill())
    await vi.waitFor(async () => {
      const socket = connect(Number(port), '127.0.0.1')
      await new Promise((resolve, reject) => {
        socket.on('connect', resolve).on('error', reject)
      })
      socket.destroy()
    }, 20_000)
  }
})

describe('JSON is what it says', () => {
  for (const { place, text } of blocks('json')) {
    test(place, async () => {
      const value: unknown = JSON.parse(text)
      if (!isObject(value)) throw new Error('no object')
      if ('command' in value) expect(makeTarget(value, folder).name).toBe('my-server')
      else if ('probe' in value) expect(readMessage(text.replaceAll('\n', ''))).toBeDefined()
      else await passes(text)
    })
  }

  /** A file of cases, which the reference server passes. */
  async function passes(text: string): Promise<void> {
    const cases = join(folder, 'cases')
    rmSync(cases, { recursive: true, force: true })
    mkdirSync(cases)
    writeFileSync(join(cases, 'mine.json'), text)
    const server = relative(folder, path('../packages/server/bin/pagi-server.js'))
    const { code, output } = await run([
      '--server',
      `node ${server} {app} --host {host} --port {port}`,
      '--cases',
      cases,
    ])
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/: [1-9]\d* passed, 0 failed, 0 skip/),
    ])
  }
})

describe('the programs run', () => {
  // Below the package, where its own name leads to it.
  const place = path(`dist/documents-${process.pid}`)
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  for (const { place: name, text } of blocks('js')) {
    test(name, async () => {
      mkdirSync(place, { recursive: true })
      const file = join(place, 'program.mjs')
      writeFileSync(file, text)
      const printed = await new Promise<string>((resolve) => {
        execFile(process.execPath, [file], (error, stdout, stderr) => {
          resolve(`${error?.message ?? ''}${stderr}${stdout}`)
        })
      })
      expect(printed.trimEnd().split('\n').toSorted()).toEqual([
        '0',
        'http/scope/query[http] expected issue 17: the question mark',
        'http/scope/query[sse] skipped the target lacks sse',
        'http/scope/query[websocket] skipped the target lacks websocket',
      ])
    })
  }
})

test('the commands of a workflow are understood', () => {
  const lines = blocks('yaml').flatMap(({ text }) => [...text.matchAll(/^ *- run: (.*)$/gm)])
  expect(lines.length).toBeGreaterThan(0)
  for (const [, line = ''] of lines) {
    const { junit, html } = readArguments(argumentsOf(line) ?? ['--no']).reports
    expect([junit, html]).toEqual(['conformance.xml', 'report.html'])
  }
})
