import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { main } from '../src/main.ts'
import { freePort } from './free-port.ts'

// What the command does, within this process; where the process itself matters, as one that runs what
// is built: `npm run build` first.

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const BIN = path('../bin/pagi-conformance.js')
const PROBE = path('../probe/probe.mjs')
const SLOPPY = `node ${path('fixtures/sloppy-server.mjs')} {app} --host {host} --port {port}`
const hostile = (how: string): string =>
  `node ${path('fixtures/hostile-server.mjs')} ${how} {port} {app}`

// Processes take their time on a machine that is busy.
vi.setConfig({ testTimeout: 30_000 })

let folder = ''
const children: ChildProcess[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pagi-cli-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Run {
  readonly child: ChildProcess
  readonly output: () => string
  /** Waits until something was printed. */
  readonly printed: (pattern: RegExp) => Promise<string>
  readonly ended: Promise<{ code: number | null; output: string; stdout: string }>
}

function start(program: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(process.execPath, program, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let output = ''
  let stdout = ''
  const looks = new Set<() => void>()
  const hear = (text: string): void => {
    output += text
    for (const look of looks) look()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    hear(text)
  })
  child.stderr.setEncoding('utf8').on('data', hear)
  const ended = new Promise<{ code: number | null; output: string; stdout: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, output, stdout }))
  })
  return {
    child,
    output: () => output,
    ended,
    printed: async (pattern) =>
      await new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output)
          if (found !== null) resolve(found[1] ?? found[0])
        }
        looks.add(look)
        look()
        void ended.then(() => reject(new Error(`ended before ${pattern.source}: ${output}`)))
      }),
  }
}

const suite = (...args: readonly string[]): Run => start([BIN, ...args])

interface Outcome {
  readonly code: number
  /** Everything it printed, in order. */
  readonly output: string
  readonly stdout: string
}

/** The command within this process. */
async function command(...args: readonly string[]): Promise<Outcome> {
  const all: string[] = []
  const out: string[] = []
  const code = await main(args, {
    stdout: { write: (text) => all.push(text) + out.push(text) },
    stderr: { write: (text) => all.push(text) },
  })
  return { code, output: all.join(''), stdout: out.join('') }
}

/** A target file. */
function targetFile(name: string, target: object): string {
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify(target))
  return file
}

const ONE = 'http/scope/query[http]'

/** Whether anybody accepts connections there. */
async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

describe('wrong usage', () => {
  test.each([
    [['--sever', 'x'], 'unknown option --sever: did you mean --server?'],
    [['--server'], '--server needs a value'],
    [['--list=yes'], '--list takes no value, got yes'],
    [['--group', 'decisions'], 'there is no group decisions: did you mean decision?'],
    [['--repeat', 'x'], '--repeat takes a number from 1'],
    [['--server', 'node x.js {app}'], '--server needs {port}'],
    [['--url', 'http://127.0.0.1:1'], '--url needs --probe-port'],
    [['--url', 'x', '--server', 'y'], 'exclude each other'],
    [['--server', SLOPPY, 'HTTP-6555'], /no case is called HTTP-6555.*did you mean HTTP-/],
    [['--target', 'no.json'], 'there is no target file no.json'],
    [['--server', SLOPPY, '--html', 'no-such/report.html'], '--html no-such/report.html: there is'],
    [['--server', SLOPPY, '--json', '.'], '--json . is a folder'],
  ])('%j', async (args, message) => {
    const { code, output } = await command(...args)
    expect(code).toBe(2)
    expect(output).toMatch(message)
  })

  test.each([
    [{ expectFail: { 'http/no/such-case': 'issue 7' } }, /expectFail: there is no case http\/no/],
    [{ expectFail: { [ONE]: ' ' } }, /expectFail: \S+ needs a reason/],
    [{ feature: [] }, 'a target has no field feature: did you mean features?'],
    [{ log: { pattern: '(' } }, 'log.pattern: Invalid regular expression'],
    [{ startTimeout: 'soon' }, 'startTimeout must be a number of milliseconds'],
  ])('a target that says %j', async (more, message) => {
    const file = targetFile('target', { command: SLOPPY, ...more })
    const { code, output } = await command('--target', file, ONE)
    expect(code).toBe(3)
    expect(output).toMatch(message)
  })
})

test('without a server the process says so, and ends with its exit code', async () => {
  const { code, output } = await suite().ended
  expect([code, output]).toEqual([2, expect.stringContaining('no server: give --server')])
})

test('--list names each case with its level and group', async () => {
  const { code, stdout } = await command('--list', 'http/**')
  expect(code).toBe(0)
  for (const line of stdout.trimEnd().split('\n')) {
    expect(line).toMatch(
      /^http\/\S+ {2}(?:MUST|SHOULD) (?:core|release-notes|server-notes|decision|own) {2}\S/,
    )
  }
})

test('a run ends with the families, the failures and why cases were skipped', async () => {
  const { code, output } = await command(
    '--server',
    SLOPPY,
    '--requirements',
    'HTTP-09',
    'HTTP-13',
    'HTTP-1*',
  )
  expect(code).toBe(1)
  expect(output).toMatch(/^\[\d+\/\d+\] http: \d+ passed, \d+ not/m)
  expect(output).toMatch(/^family +passed +failed/m)
  expect(output).toMatch(/^HTTP +\d+ +\d+/m)
  expect(output).toMatch(/^failed:\n {2}http\/scope\/\S+ \((?:HTTP|CORE|T-)[\w-]+\): /m)
  expect(output).toMatch(/^skipped:\n +\d+ {2}group \S+ is not asked for/m)
  expect(output).toMatch(/^ {2}HTTP-09 +MUST +FAILED/m)
  expect(output.trimEnd().split('\n').at(-1)).toMatch(/: \d+ passed, \d+ failed, .* in \d+\.\d s$/)
})

test('a command that only starts the server is told of', async () => {
  const { output } = await command('--server', `sh -c 'exit 7' {app} {port}`, '--lanes', '1', ONE)
  expect(output).toMatch(/^note: the signals for the server go to sh, which starts it/)
})

test('a report on the standard output stands there alone', async () => {
  const { stdout, output } = await command('--server', SLOPPY, '--json', '-', ONE)
  expect(JSON.parse(stdout)).toMatchObject({ suite: 'pagi-conformance' })
  expect(output).toContain(' passed, ')
})

/** Milliseconds: enough to start, also on a machine that is busy. */
const BRIEF = 2000

describe.concurrent('a server that does not begin ends the run at once, with the reason', () => {
  test.each([
    [
      'silence',
      /no call of the probe, .*PAGI_PROBE=127.* within 2000 ms; the server sent nothing$/,
    ],
    ['probe-mute', /no answer of the probe to a command within 2000 ms/],
    [
      'mute',
      /^waiting up to 2 s for 127\.0\.0\.1:\d+ to accept connections …\n.* accepts no connection on 127\.0\.0\.1:\d+ within 2000 ms/,
    ],
    [
      'closes',
      /no call of the probe, .*; the server ended the connection \(\w+\) without an answer$/,
    ],
    ['no-probe', /no call of the probe, .*; the server answered "HTTP\/1.1 404 Not Found"$/],
    ['exit', /the server ended with code 7; its last output: the last words of a server/],
    ['probe-drops', /the probe dropped its connection/],
    ['probe-garbage', /the probe sent a line that the protocol does not know: hello/],
  ])('%s', async (how, reason) => {
    const startTimeout = /silence|mute/.test(how) ? BRIEF : undefined
    const file = targetFile(how, { command: hostile(how), startTimeout })
    const { code, output } = await command('--target', file, ONE)
    expect([code, output.trimEnd()]).toEqual([3, expect.stringMatching(reason)])
  })
})

test('the program ends, also when the server has left somebody behind', async () => {
  const { code, output } = await suite('--server', hostile('daemon'), ONE).ended
  expect(code).toBe(3)
  const [, pid] =
    /the server ended with code 0; its last output: left behind: (\d+)/.exec(output) ?? []
  process.kill(Number(pid), 'SIGKILL')
})

test('Ctrl-C keeps the results so far, and ends the servers with all they have started', async () => {
  const [file, note] = [join(folder, 'wrapper.mjs'), join(folder, 'port')]
  writeFileSync(
    file,
    `import { spawn } from 'node:child_process'
    import { writeFileSync } from 'node:fs'
    writeFileSync(${JSON.stringify(note)}, process.argv.at(-1))
    spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' })`,
  )
  const server = SLOPPY.replace('node ', `node ${file} `)
  const run = suite('--server', server, '--lanes', '1', '--repeat', '100000', ONE)
  await run.printed(/FAILED {2}http\/scope/)
  const port = Number(readFileSync(note, 'utf8'))
  expect(await accepts(port)).toBe(true)
  run.child.kill('SIGINT')
  const { code, output } = await run.ended
  expect(code).toBe(130)
  expect(output).toMatch(/interrupted after [1-9]\d* of 100000 cases: 0 passed, [1-9]\d* failed/)
  expect(await accepts(port)).toBe(false)
})

test('settings of servers in the environment do not reach the one under test', async () => {
  const file = join(folder, 'environment.mjs')
  const env = { NODE_ENV: 'development', PAGI_MAX_BODY_SIZE: '1', PORT: '1', KEPT: 'yes' }
  const names = JSON.stringify([...Object.keys(env), 'PAGI_LINT', 'PAGI_PROBE'])
  writeFileSync(
    file,
    `const seen = Object.entries(process.env).filter(([name]) => ${names}.includes(name))
    console.log(JSON.stringify(Object.fromEntries(seen)))
    process.exit(9)`,
  )
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const target = targetFile('environment', {
    command: ['node', file, '{app}', '{port}'],
    env: { PAGI_LINT: '0' },
  })
  const { output } = await command('--target', target, ONE)
  const seen = JSON.parse(/\{.*\}/.exec(output)?.[0] ?? '{}')
  expect(seen).toMatchObject({ KEPT: 'yes', PAGI_LINT: '0', PAGI_PROBE: expect.any(String) })
  for (const name of ['NODE_ENV', 'PAGI_MAX_BODY_SIZE', 'PORT'])
    expect(seen).not.toHaveProperty(name)
})

test('--url judges a server that runs already', async () => {
  const [port, probe] = [await freePort(), await freePort()]
  const bin = path('../../packages/server/bin/pagi-server.js')
  const server = start([bin, PROBE, '--port', String(port)], { PAGI_PROBE: `127.0.0.1:${probe}` })
  const url = `http://127.0.0.1:${port}`
  const { code, output } = await command(
    '--url',
    url,
    '--probe-port',
    String(probe),
    'http/scope/query**',
    'RUN-03',
  )
  expect([code, output]).toEqual([0, expect.stringContaining(`${url}: `)])
  expect(output).toMatch(/: [1-9]\d* passed, 0 failed/)
  expect(server.child.exitCode).toBe(null)
})
