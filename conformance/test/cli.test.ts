import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

// The command as a process. It runs what is built: `npm run build` first.

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const BIN = path('../bin/pagi-conformance.js')
const PROBE = path('../probe/probe.mjs')
const SLOPPY = `node ${path('fixtures/sloppy-server.mjs')} {app} --host {host} --port {port}`
const hostile = (how: string): string =>
  `node ${path('fixtures/hostile-server.mjs')} ${how} {port} {app}`

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

const ONE = 'http/scope/query[http]'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => {
    server.close(resolve)
  })
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

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
    [['HTTP-6555'], /no case is called HTTP-6555.*did you mean HTTP-/],
    [[], 'no server: give --server, --target or --url'],
    [['--target', 'no.json'], 'there is no target file no.json'],
  ])('%j', async (args, message) => {
    const { code, output } = await suite(...args).ended
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
    const file = join(folder, 'target.json')
    writeFileSync(file, JSON.stringify({ command: SLOPPY, ...more }))
    const { code, output } = await suite('--target', file, ONE).ended
    expect(code).toBe(3)
    expect(output).toMatch(message)
  })
})

test('--list names each case with its level and group', async () => {
  const { code, stdout } = await suite('--list', 'http/**').ended
  expect(code).toBe(0)
  for (const line of stdout.trimEnd().split('\n')) {
    expect(line).toMatch(
      /^http\/\S+ {2}(?:MUST|SHOULD) (?:core|release-notes|server-notes|decision|own) {2}\S/,
    )
  }
})

test('a run ends with the families, the failures and why cases were skipped', async () => {
  const { code, output } = await suite('--server', SLOPPY, '--requirements', 'http/scope/**').ended
  expect(code).toBe(1)
  expect(output).toMatch(/^\[\d+\/\d+\] http: \d+ passed, \d+ not/m)
  expect(output).toMatch(/^family +passed +failed/m)
  expect(output).toMatch(/^HTTP +\d+ +\d+/m)
  expect(output).toMatch(/^failed:\n {2}http\/scope\/\S+ \((?:HTTP|CORE|T-)[\w-]+\): /m)
  expect(output).toMatch(/^skipped:\n +\d+ {2}group \S+ is not asked for/m)
  expect(output).toMatch(/^ {2}HTTP-09 +MUST +FAILED/m)
  expect(output.trimEnd().split('\n').at(-1)).toMatch(/: \d+ passed, \d+ failed, .* in \d+\.\d s$/)
})

test('a report on the standard output stands there alone', async () => {
  const { stdout, output } = await suite('--server', SLOPPY, '--json', '-', ONE).ended
  expect(JSON.parse(stdout)).toMatchObject({ suite: 'pagi-conformance' })
  expect(output).toContain(' passed, ')
})

describe('a server that does not begin ends the run at once, with the reason', () => {
  test.each([
    ['silence', /the suite cannot begin: no call of the probe, which reports to PAGI_PROBE=127/],
    ['exit', /the suite cannot begin: the server ended with code 7.*the last words of a server/s],
    ['garbage-probe', /the probe sent a line that the protocol does not know: hello/],
  ])('%s', { timeout: 30_000 }, async (how, reason) => {
    const { code, output } = await suite('--server', hostile(how), 'http/**').ended
    expect(code).toBe(3)
    expect(output).toMatch(reason)
  })

  test('a long wait is announced with its bound', { timeout: 30_000 }, async () => {
    const file = join(folder, 'mute.json')
    writeFileSync(file, JSON.stringify({ command: hostile('mute'), startTimeout: 2500 }))
    const { code, output } = await suite('--target', file, ONE).ended
    expect(code).toBe(3)
    expect(output).toMatch(/^waiting up to 2\.5 s for 127\.0\.0\.1:\d+ to accept connections …$/m)
    expect(output).toMatch(/accepts no connection on 127\.0\.0\.1:\d+ within 2500 ms/)
  })
})

test('Ctrl-C ends the servers, and what was judged is told', { timeout: 30_000 }, async () => {
  const file = join(folder, 'pids.mjs')
  writeFileSync(
    file,
    `import { spawn } from 'node:child_process'
    const child = spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' })
    console.log('started ' + child.pid)`,
  )
  const port = await freePort()
  const command = `node ${file} ${SLOPPY.replace('node ', '').replace('{port}', String(port))} {port}`
  const run = suite('--server', command, '--lanes', '1', '--repeat', '1000', ONE)
  // The port is ours, so the suite waits for another one: the server has begun by then.
  await run.printed(/waiting up to 20 s/)
  expect(await accepts(port)).toBe(true)
  run.child.kill('SIGINT')
  const { code, output } = await run.ended
  expect(code).toBe(130)
  expect(output).toContain('interrupted after 0 of 1000 cases')
  expect(await accepts(port)).toBe(false)
})

test('Ctrl-C in the middle keeps the results so far', { timeout: 30_000 }, async () => {
  const run = suite('--server', SLOPPY, '--lanes', '1', '--repeat', '100000', ONE)
  await run.printed(/FAILED {2}http\/scope/)
  run.child.kill('SIGINT')
  const { code, output } = await run.ended
  expect(code).toBe(130)
  expect(output).toMatch(/interrupted after [1-9]\d* of 100000 cases: 0 passed, [1-9]\d* failed/)
})

test('settings of servers in the environment do not reach the one under test', async () => {
  const file = join(folder, 'environment.mjs')
  writeFileSync(file, 'console.log(JSON.stringify(process.env)); process.exit(9)')
  const env = { NODE_ENV: 'development', PAGI_MAX_BODY_SIZE: '1', PORT: '1', KEPT: 'yes' }
  const target = join(folder, 'environment.json')
  writeFileSync(
    target,
    JSON.stringify({ command: ['node', file, '{app}', '{port}'], env: { PAGI_LINT: '0' } }),
  )
  const { output } = await start([BIN, '--target', target, ONE], env).ended
  const seen = JSON.parse(/\{.*\}/.exec(output)?.[0] ?? '{}')
  expect(seen).toMatchObject({ KEPT: 'yes', PAGI_LINT: '0', PAGI_PROBE: expect.any(String) })
  for (const name of ['NODE_ENV', 'PAGI_MAX_BODY_SIZE', 'PORT'])
    expect(seen).not.toHaveProperty(name)
})

test('--url judges a server that runs already', { timeout: 30_000 }, async () => {
  const [port, probe] = [await freePort(), await freePort()]
  const bin = path('../../packages/server/bin/pagi-server.js')
  const server = start([bin, PROBE, '--port', String(port)], { PAGI_PROBE: `127.0.0.1:${probe}` })
  const url = `http://127.0.0.1:${port}`
  const run = suite('--url', url, '--probe-port', String(probe), 'http/scope/**', 'RUN-*')
  const { code, output } = await run.ended
  expect([code, output]).toEqual([0, expect.stringContaining(`${url}: `)])
  expect(output).toMatch(/: [1-9]\d* passed, 0 failed/)
  expect(server.child.exitCode).toBe(null)
})
