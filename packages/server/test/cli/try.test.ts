import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTry } from '../../src/cli/try/arguments.ts'
import type { TryCommand, TryRequest } from '../../src/cli/try/arguments.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { Folder } from './support.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

const APP = `
const text = async (receive) => {
  let body = ''
  for (;;) {
    const event = await receive()
    body += new TextDecoder().decode(event.body)
    if (!event.more) return body
  }
}
const http = async (scope, receive, send) => {
  if (scope.path === '/fails') throw new Error('no luck')
  const status = Number(scope.path.slice(1)) || 200
  const length = scope.path === '/short' ? '100' : undefined
  const headers = [['content-type', 'text/plain'], ...(length ? [['content-length', length]] : [])]
  await send({ type: 'http.response.start', status, headers })
  const { method, path, query_string, state } = scope
  const agent = scope.headers.find(([name]) => name === 'x-one')?.[1]
  const body = JSON.stringify({ method, path, query_string, body: await text(receive), agent, ...state })
  await send({ type: 'http.response.body', body: body + '\\n', more: length !== undefined })
}
const sse = async (scope, receive, send) => {
  await send({ type: 'sse.start' })
  for (let count = 1; scope['pagi.connection'].isConnected; count += 1) {
    if (count === 2) await send({ type: 'sse.comment', comment: 'two' })
    await send({ type: 'sse.send', data: String(count) })
    await new Promise(setImmediate)
    if (scope.path === '/short' && count === 2) return send({ type: 'sse.close' })
  }
}
const websocket = async (scope, receive, send) => {
  await receive()
  if (scope.path === '/no') {
    await send({ type: 'http.response.start', status: 403 })
    return send({ type: 'http.response.body', body: 'not you\\n' })
  }
  await send({ type: 'websocket.accept', subprotocol: scope.subprotocols[0] })
  for (;;) {
    const event = await receive()
    if (event.type !== 'websocket.receive') return
    if (event.text === 'bye') return send({ type: 'websocket.close', code: 1011, reason: 'enough' })
    if (event.text === 'bytes') await send({ type: 'websocket.send', bytes: new Uint8Array([1, 2, 3]) })
    else await send({ type: 'websocket.send', text: event.text.toUpperCase() })
  }
}
const lifespan = async (scope, receive, send) => {
  await receive()
  scope.state.started = true
  await send({ type: 'lifespan.startup.complete' })
  await receive()
  console.error('shut down')
  await send({ type: 'lifespan.shutdown.complete' })
}
export default (scope, receive, send) => ({ http, sse, websocket, lifespan })[scope.type](scope, receive, send)
`

/** The last send of each call is never awaited. */
const CARELESS = `
export default async ({ type }, receive, send) => {
  if (type === 'http') {
    await send({ type: 'http.response.start', status: 200 })
    void send({ type: 'http.response.body', body: 'ok' })
  } else if (type === 'sse') {
    await send({ type: 'sse.start' })
    await send({ type: 'sse.send', data: 'ok' })
    void send({ type: 'sse.close' })
  } else if (type === 'websocket') {
    await receive()
    await send({ type: 'websocket.accept' })
    await send({ type: 'websocket.send', text: 'ok' })
    void send({ type: 'websocket.close' })
  } else throw new Error('no lifespan')
}
`

let folder: Folder

beforeAll(() => {
  folder = new Folder({ 'app.mjs': APP, 'careless.mjs': CARELESS })
})

afterAll(() => folder.remove())

interface Printed {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function run(args: readonly string[], input = ''): Promise<Printed> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'] },
    stdio: 'pipe',
  })
  child.stdin.end(input)
  const code = new Promise<number | null>((resolve) => {
    child.on('close', resolve)
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, stdout, stderr }
}

describe.concurrent('an application answers in memory', () => {
  test('a request: what the application sees, the head on demand, and its life around it', async () => {
    const { code, stdout, stderr } = await run(['fetch', 'app.mjs', '/a?b', '-i', '-H', 'X-One: ü'])
    const [head = '', body = ''] = stdout.split('\n\n')
    expect(head).toBe('HTTP/1.1 200 OK\ncontent-type: text/plain')
    expect(JSON.parse(body)).toEqual({
      method: 'GET',
      path: '/a',
      query_string: 'b',
      body: '',
      agent: 'Ã¼', // bytes, as on a wire
      started: true,
    })
    expect([code, stderr]).toEqual([0, 'shut down\n'])
  })

  test('a body from the arguments, or from the input', async () => {
    const typed = await run(['fetch', 'app.mjs', '/', '-d', 'name=Ada'])
    expect(JSON.parse(typed.stdout)).toMatchObject({ method: 'POST', body: 'name=Ada' })
    const piped = await run(['fetch', 'app.mjs', '-X', 'PUT', '-d', '@-'], 'from a pipe')
    expect(JSON.parse(piped.stdout)).toMatchObject({
      method: 'PUT',
      path: '/',
      body: 'from a pipe',
    })
  })

  test('a status of 400 or above is exit code 22, also the 500 for a failure', async () => {
    const missing = await run(['fetch', 'app.mjs', '/404'])
    expect([missing.code, JSON.parse(missing.stdout).path]).toEqual([22, '/404'])
    const failed = await run(['fetch', 'app.mjs', '/fails'])
    expect([failed.code, failed.stdout]).toEqual([22, '500 Internal Server Error\n'])
    expect(failed.stderr).toContain('Error: no luck')
  })

  test('a response that ends too early is a failure', async () => {
    const { code, stderr } = await run(['fetch', 'app.mjs', '/short'])
    expect(code).toBe(1)
    expect(stderr).toContain('pagi-server: the response did not come to its end')
  })

  test('an endless event stream, left after so many events; and one that ends', async () => {
    const left = await run(['sse', 'app.mjs', '/', '-n', '3'])
    expect([left.code, left.stdout]).toEqual([0, 'data: 1\n\n:two\n\ndata: 2\n\ndata: 3\n\n'])
    expect(left.stderr).toBe('shut down\n')
    const ended = await run(['sse', 'app.mjs', '/short'])
    expect([ended.code, ended.stdout]).toEqual([0, 'data: 1\n\n:two\n\ndata: 2\n\n'])
  })

  test('whoever reads the output may leave: the application shuts down all the same', async () => {
    const child = spawn(process.execPath, [CLI, 'sse', 'app.mjs'], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const code = new Promise((resolve) => {
      child.on('exit', resolve)
    })
    expect([await text(child.stderr), await code]).toEqual(['shut down\n', 0])
  })

  test('lines to a WebSocket, and its messages', async () => {
    const { code, stdout, stderr } = await run(
      ['ws', 'app.mjs', '-i', '--subprotocol', 'chat'],
      'one\nbytes\n',
    )
    expect([code, stdout, stderr]).toEqual([0, 'subprotocol: chat\nONE\nAQID\n', 'shut down\n'])
  })

  test('a WebSocket that is refused, or closed with an error', async () => {
    const refused = await run(['ws', 'app.mjs', '/no'])
    expect([refused.code, refused.stdout]).toEqual([22, 'not you\n'])
    const closed = await run(['ws', 'app.mjs'], 'bye\n')
    expect(closed.code).toBe(1)
    expect(closed.stderr).toContain('pagi-server: the WebSocket was closed with 1011 enough')
  })

  test('an application that does not load, and help', async () => {
    const { code, stderr } = await run(['fetch', 'nowhere.mjs', '/'])
    expect([code, stderr]).toEqual([3, expect.stringContaining('there is no such file')])
    const help = await run(['ws', '--help'])
    expect([help.code, help.stdout]).toEqual([
      0,
      expect.stringMatching(/^Usage: pagi-server fetch/),
    ])
  })
})

// CORE-48
describe.concurrent.each([
  ['fetch', 'http'],
  ['sse', 'sse'],
  ['ws', 'websocket'],
] as const)('%s runs the application under lint', (command, type) => {
  const warnings = async (...options: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run([command, 'careless.mjs', '/', ...options])
    expect([code, stdout]).toEqual([0, expect.stringContaining('ok')])
    return stderr
  }

  test('in development', async () => {
    expect(await warnings('-E', 'development')).toMatch(
      new RegExp(
        String.raw`^\[warn\] lint: [^\n]*ERR_PAGI_LINT_UNAWAITED_SEND, CORE-33, ${type}, at [^\n]*careless\.mjs:\d+:\d+\]\n$`,
      ),
    )
  })

  test('not with --no-lint', async () => {
    expect(await warnings('-E', 'development', '--no-lint')).toBe('')
  })

  test('not in production', async () => {
    expect(await warnings('-E', 'production')).toBe('')
  })
})

describe('what was asked for', () => {
  const read = (command: TryCommand, ...argv: string[]): TryRequest => {
    const request = readTry(command, argv)
    if (request === 'help') throw new Error('help')
    return request
  }

  test('application, path and what createApp gets, each of which may be missing', () => {
    expect(read('fetch', 'app.ts', '/a', 'x=1')).toMatchObject({
      app: 'app.ts',
      target: '/a',
      appOptions: { x: '1' },
    })
    expect(read('fetch', '/a', 'x=1')).toMatchObject({ app: undefined, target: '/a' })
    expect(read('fetch')).toMatchObject({ app: undefined, target: '/' })
  })

  test('fields of our own give way to those that are given', () => {
    expect(read('fetch', '-H', 'Host: b', '-H', 'a:c').rawHeaders).toEqual([
      'accept',
      '*/*',
      'Host',
      'b',
      'a',
      'c',
    ])
  })

  test.each([
    ['fetch', ['--nope'], /^Unknown option '--nope'/],
    ['fetch', ['-n', '3'], '--count is no option of fetch: see pagi-server fetch --help'],
    ['ws', ['-d', 'x'], '--data is no option of ws: see pagi-server ws --help'],
    ['sse', ['-n', '0'], '--count is a whole number above 0, got "0"'],
    ['fetch', ['-H', 'no colon'], '--header is name: value, got "no colon"'],
    ['fetch', ['-H', 'a: b\r\nc: d'], /^--header is name: value, got "a: b\\r\\nc: d"$/],
    ['fetch', ['-X', 'A B'], '--request is a method such as GET, got "A B"'],
    ['fetch', ['app.ts', 'b'], /percent-encoded, as "\/b", got "b"$/],
    ['fetch', ['app.ts', '/ü'], /percent-encoded, as "\/%C3%BC", got "\/ü"$/],
    ['fetch', ['app.ts', '/', 'x'], /^unexpected argument x: /],
    ['fetch', ['-d', '@none.txt'], /^--data @none.txt: ENOENT/],
  ] as const)('%s %j is refused', (command, argv, message) => {
    expect(() => readTry(command, argv)).toThrow(UsageError)
    expect(() => readTry(command, argv)).toThrow(message)
  })
})
