import { once } from 'node:events'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/apps.ts'
import { Command, Folder } from './support.ts'

const HELLO = `
export default async function (scope, receive, send) {
  if (scope.type !== 'http') throw new Error('only http is served here')
  await send({ type: 'http.response.start', status: 200, headers: [] })
  await send({ type: 'http.response.body', body: 'hello' })
  if (scope.path === '/exit') setTimeout(() => process.exit(7))
}`

const hooks = (then: string): string => `
export async function load(url, context, next) {
  if (/server\\/dist\\/lines/.test(url)) ${then}
  return next(url, context)
}`
const REGISTER = "import { register } from 'node:module'; register('./hooks.mjs', import.meta.url)"

let folder: Folder
const running: Command[] = []

function start(args: readonly string[], env?: Readonly<Record<string, string>>): Command {
  const command = new Command(folder, ['hello.mjs', '-p', '0', ...args], env)
  running.push(command)
  return command
}

async function stop(command: Command): Promise<string> {
  command.child.kill('SIGTERM')
  const { code, stdout, stderr } = await command.ended
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

async function ask(url: string, path: string): Promise<void> {
  const response = await fetch(`${url}${path}`)
  await response.text()
}

beforeAll(() => {
  folder = new Folder({ 'hello.mjs': HELLO })
})

afterEach(() => {
  for (const command of running.splice(0)) command.kill()
})

afterAll(() => folder.remove())

const LINE = /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/a HTTP\/1\.1" 200 5$/m

describe('where it goes', () => {
  test.each<[boolean, string[], Record<string, string>]>([
    [true, ['-E', 'development'], {}],
    [true, ['--access-log', '-'], {}],
    [true, [], { PAGI_ACCESS_LOG: '-' }],
    [false, [], {}],
    [false, ['-E', 'development', '--no-access-log'], {}],
  ])('%j with %j %j', async (printed, args, env) => {
    const command = start(args, env)
    await ask(await command.url(), '/a')
    const stdout = await stop(command)
    expect(LINE.test(stdout)).toBe(printed)
  })

  test('a format is checked before anything is started', async () => {
    const { code, stdout, stderr } = await start(['--access-log-format', '%h %j']).ended
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      'pagi-server: --access-log-format: there is no atom %j, at character 4 of "%h %j"\n',
    ])
  })

  test('a file that cannot be opened stops nothing', async () => {
    const command = start(['--access-log', 'missing/a.log'])
    await ask(await command.url(), '/a')
    await command.printed(/\[error\] access log: missing\/a\.log: lines are lost: ENOENT/)
    await ask(await command.url(), '/b')
    command.child.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 0 })
  })

  test('--check neither makes nor writes it', async () => {
    const { code } = await start(['--check', '--access-log', 'check.log']).ended
    expect(code).toBe(0)
    expect(existsSync(join(folder.path, 'check.log'))).toBe(false)
  })

  test('a reader that is gone stops nothing', async () => {
    const command = start(['--access-log', '-'])
    const url = await command.url()
    command.child.stdout?.destroy()
    await ask(url, '/a')
    await command.printed(/\[error\] access log: standard output: lines are lost: .*EPIPE/)
    await ask(url, '/b')
    command.child.kill('SIGTERM')
    await once(command.child, 'exit')
    expect([command.child.exitCode, command.stderr.match(/lines are lost/g)?.length]).toEqual([
      0, 1,
    ])
  })
})

test('its code is loaded where there is one, and nowhere else', async () => {
  folder.write('hooks.mjs', hooks("throw new Error('its code was loaded')"))
  folder.write('register.mjs', REGISTER)
  const env = { NODE_OPTIONS: '--no-deprecation --import ./register.mjs' }
  const off = start([], env)
  await ask(await off.url(), '/a')
  await stop(off)
  const on = start(['--access-log', '-'], env)
  await ask(await on.url(), '/a')
  await on.printed(/\[error\] access log: it cannot be loaded: Error: its code was loaded/)
  await ask(await on.url(), '/a')
})

test('what has ended before the process exits is written, from the first request on', async () => {
  folder.write('hooks.mjs', hooks('await new Promise((resolve) => setTimeout(resolve, 300))'))
  folder.write('register.mjs', REGISTER)
  const path = join(folder.path, 'exit.log')
  const command = start(['--access-log', path, '--access-log-format', '%U'], {
    NODE_OPTIONS: '--no-deprecation --import ./register.mjs',
  })
  const url = await command.url()
  await ask(url, '/a')
  await ask(url, '/exit')
  expect((await command.ended).code).toBe(7)
  expect(readFileSync(path, 'utf8')).toBe('/a\n/exit\n')
})

// Windows has no SIGUSR1.
describe.skipIf(process.platform === 'win32')('SIGUSR1', () => {
  test('opens the file anew: while requests are answered no line is lost, none is there twice', async () => {
    const path = join(folder.path, 'rotated.log')
    const command = start(['--access-log', path, '--access-log-format', '%U'])
    const url = await command.url()
    const load = { asked: 0, over: false }
    const client = async (): Promise<void> => {
      while (!load.over) await ask(url, `/${++load.asked}`)
    }
    const clients = [client(), client(), client(), client()]
    const old: string[] = []
    for (let turn = 0; turn < 10; turn++) {
      const enough = load.asked + 40
      await eventually(() => load.asked >= enough)
      const name = `${path}.${turn}`
      renameSync(path, name)
      command.child.kill('SIGUSR1')
      await eventually(() => existsSync(path))
      old.push(name)
    }
    load.over = true
    await Promise.all(clients)
    const stdout = await stop(command)
    expect(stdout).not.toContain('Debugger')
    const files = [...old, path].map((name) => readFileSync(name, 'utf8'))
    const lines = files.join('').split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.map((line) => Number(line.slice(1))).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: load.asked }, (_, at) => at + 1),
    )
    expect(files.filter((text) => text !== '').length).toBeGreaterThan(5)
  })

  test('never starts the debugger, not even while the application loads', async () => {
    folder.write(
      'early.mjs',
      `process.kill(process.pid, 'SIGUSR1')\nawait new Promise(setImmediate)\n${HELLO}`,
    )
    const command = new Command(folder, ['early.mjs', '-p', '0'])
    running.push(command)
    await ask(await command.url(), '/a')
    command.child.kill('SIGUSR1')
    await ask(await command.url(), '/b')
    await stop(command) // which sees that nothing was written to stderr
  })
})
