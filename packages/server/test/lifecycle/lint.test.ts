import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Application } from '../../src/index.ts'
import { Command, Folder } from '../cli/support.ts'
import { get, start } from '../support/start.ts'

// CORE-48: who develops is warned; who is in production does not even load what would warn.

/** Its second send is never awaited. */
const careless: Application = async (scope, _receive, send) => {
  if (scope.type !== 'http') throw new TypeError(`no ${scope.type} here`)
  await send({ type: 'http.response.start', status: 200 })
  void send({ type: 'http.response.body', body: 'ok' })
}

const LINT = /^lint: .*ERR_PAGI_LINT_UNAWAITED_SEND, CORE-33, http, at .*lint\.test\.ts:\d+:\d+\]$/

test('in development a violation is one warning, with its place, however often it happens', async () => {
  const { ask, log } = await start(careless, { env: 'development', accessLog: false })
  for (let turn = 0; turn < 3; turn += 1) expect((await ask(get())).status).toBe(200)
  expect(log.at('warn')).toEqual([expect.stringMatching(LINT)])
})

test.each([
  { env: 'development', lint: false, accessLog: false },
  { env: 'production' },
  { env: 'none', lint: true },
] as const)('nobody is warned with %j', async (options) => {
  const { ask, log } = await start(careless, options)
  expect((await ask(get())).status).toBe(200)
  expect(log.at('warn')).toEqual([])
})

const APP = `
export default async (scope, receive, send) => {
  if (scope.type !== 'http') throw new Error('only http')
  await send({ type: 'http.response.start', status: 200 })
  void send({ type: 'http.response.body', body: 'ok' })
}`

/** Serves one request of the built package, where lint cannot be loaded, and prints its status. */
const PROGRAM = `
import { register } from 'node:module'
register('./hooks.mjs', import.meta.url)
const { serve } = await import('@pagi/server')
const { default: app } = await import('./app.mjs')
const server = await serve(app, { port: 0, logLevel: 'silent', accessLog: false, ...JSON.parse(process.argv[2]) })
const { status } = await fetch(server.url)
await server.close()
console.log(status)
`
const HOOKS = `
export async function load(url, context, next) {
  if (/core\\/(?:src|dist)\\/lint/.test(url)) throw new Error('lint was loaded')
  return next(url, context)
}
`

test('the module of lint is loaded for development, and never otherwise', async () => {
  const folder = new Folder({ 'app.mjs': APP, 'program.mjs': PROGRAM, 'hooks.mjs': HOOKS })
  const status = async (options: object): Promise<string> => {
    const args = ['program.mjs', JSON.stringify(options)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder.path })
    return stdout.trim()
  }
  try {
    expect(await status({ env: 'development' })).toBe('500')
    expect(await status({ env: 'development', lint: false })).toBe('200')
    expect(await status({ env: 'production', lint: true })).toBe('200')
    expect(await status({})).toBe('200')
  } finally {
    folder.remove()
  }
})

test('pagi-server -E development warns with the place in the source; --no-lint and PAGI_LINT=0 do not', async () => {
  const folder = new Folder({
    'app.ts': APP.replace(
      '(scope, receive, send)',
      '(scope: any, receive: any, send: any): Promise<void>',
    ),
  })
  const warnings = async (args: readonly string[], env = {}): Promise<string> => {
    const command = new Command(folder, ['app.ts', '-p', '0', ...args], env)
    try {
      const url = await command.url()
      for (let turn = 0; turn < 2; turn += 1) await (await fetch(url)).text()
      command.child.kill('SIGINT')
      expect((await command.ended).code).toBe(0)
      return command.stderr
    } finally {
      command.kill()
    }
  }
  try {
    expect(await warnings(['-E', 'development'])).toMatch(
      /^\[warn\] lint: [^\n]*ERR_PAGI_LINT_UNAWAITED_SEND[^\n]*app\.ts:5:8\]\n$/,
    )
    expect(await warnings(['-E', 'development', '--no-lint'])).toBe('')
    expect(await warnings(['-E', 'development'], { PAGI_LINT: '0' })).toBe('')
    expect(await warnings(['-E', 'production'])).toBe('')
  } finally {
    folder.remove()
  }
})
