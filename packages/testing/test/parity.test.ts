import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dispatch } from '@pagi/spec'
import type { Application, Scope } from '@pagi/spec'
import { serve } from '@pagi/server'
import { expect, onTestFinished, test } from 'vitest'
import { testApp } from '../src/index.ts'
import { DEFAULT_LIMITS } from '../src/options.ts'
import { bodyOf, last, more, start } from './support/apps.ts'

// The same application over a socket and in memory.

/** The scopes an application is called with, without what is about the one connection. */
const recording = (scopes: object[], app: Application): Application => {
  return async (scope, receive, send) => {
    if (scope.type !== 'lifespan') scopes.push(comparable(scope))
    await app(scope, receive, send)
  }
}

const comparable = (scope: Exclude<Scope, { type: 'lifespan' }>): object => {
  const { client, server, ...rest } = scope
  const shape = (value: unknown): string[] => {
    const prototype: unknown = Object.getPrototypeOf(value)
    return Object.getOwnPropertyNames(prototype).toSorted()
  }
  return {
    ...rest,
    ends: [client?.length, server?.length],
    headers: rest.headers.map(([name, value]) => (name === 'host' ? [name] : [name, value])),
    'pagi.connection': shape(rest['pagi.connection']),
    'pagi.transport': {
      marks: [rest['pagi.transport']?.highWaterMark, rest['pagi.transport']?.lowWaterMark],
    },
  }
}

const app = dispatch({
  async http(scope, receive, send) {
    const body = await bodyOf(receive)
    await send(start(207, [['x-path', encodeURIComponent(scope.path)]]))
    await send(more(`${scope.method} `))
    await send(last(body))
  },
  async sse(_scope, _receive, send) {
    await send({ type: 'sse.start' })
    await send({ type: 'sse.send', data: 'a\nb', event: 'x' })
    await send({ type: 'sse.close' })
  },
  async websocket(_scope, receive, send) {
    await receive()
    await send({ type: 'websocket.accept' })
    await send({ type: 'websocket.close', code: 4000 })
  },
})

interface Wanted {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

const wire = ({ method, target, headers, body }: Wanted): string =>
  [
    `${method} ${target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join('\r\n')

const CASES: readonly Wanted[] = [
  { method: 'GET', target: '/a%2Fb/%E4?x=%20&y', headers: [['Host', 'a']], body: '' },
  { method: 'OPTIONS', target: '*', headers: [['Host', 'a']], body: '' },
  {
    method: 'POST',
    target: '//double/../dots',
    headers: [
      ['Host', 'a'],
      ['Cookie', 'a=1'],
      ['X-Thing', 'ä'],
      ['cookie', 'b=2'],
      ['Content-Length', '5'],
    ],
    body: 'hello',
  },
  {
    method: 'GET',
    target: '/events',
    headers: [
      ['Host', 'a'],
      ['Accept', 'text/html, text/event-stream;q=0.5'],
    ],
    body: '',
  },
  {
    method: 'GET',
    target: '/socket?a',
    headers: [
      ['Host', 'a'],
      ['Connection', 'keep-alive, Upgrade'],
      ['Upgrade', 'WebSocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ['Sec-WebSocket-Protocol', 'b, a'],
    ],
    body: '',
  },
]

test.each(CASES)('the scope of $method $target is the server’s', async (wanted) => {
  const overSocket: object[] = []
  const inMemory: object[] = []
  const server = await serve(recording(overSocket, app), { port: 0, logLevel: 'silent' })
  onTestFinished(() => server.close())
  const [address] = server.addresses()
  const socket = connect(address?.port ?? 0, '127.0.0.1')
  socket.write(wire(wanted), 'latin1')
  await Promise.race([once(socket, 'close'), once(socket, 'data')])
  socket.destroy()
  await using client = testApp(recording(inMemory, app))
  const { method, target, headers, body } = wanted
  if (headers.some(([name]) => name === 'Upgrade')) await client.websocket(target, { headers })
  else if (body === '') await client.request(target, { method, headers })
  else await client.request(target, { method, headers, body: Buffer.from(body) })
  expect(inMemory).toEqual(overSocket)
})

test('responses have the same status, fields and body', async () => {
  const server = await serve(app, { port: 0, logLevel: 'silent' })
  onTestFinished(() => server.close())
  await using client = testApp(app)
  for (const accept of ['*/*', 'text/event-stream']) {
    const wanted = await fetch(`${server.url}/%C3%A4`, { headers: { accept } })
    const got = await client.get('/%C3%A4', { headers: { accept } })
    expect(got.status).toBe(wanted.status)
    expect(got.text()).toBe(await wanted.text())
    const framing = ['connection', 'date', 'keep-alive', 'transfer-encoding', 'content-length']
    const fields = [...wanted.headers].filter(([name]) => !framing.includes(name))
    const lines = (pairs: Iterable<readonly [string, string]>): string[] =>
      [...pairs].map((pair) => pair.join(': ')).toSorted()
    expect(lines(got.headers)).toEqual(lines(fields))
  }
})

test('limits are those of the server if nobody says', () => {
  const page = readFileSync(new URL('../../../docs/reference/options.md', import.meta.url), 'utf8')
  const units: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, s: 1000 }
  const defaults = new Map<string, number>()
  for (const [, name = '', number, unit = ''] of page.matchAll(
    /^\| `--[^|]*\| `(\w+)` *\|[^|]*\| `(\d+)(kb|mb|s)?` *\|/gm,
  ))
    defaults.set(name, Number(number) * (units[unit] ?? 1))
  const wanted = Object.keys(DEFAULT_LIMITS).map((name) => [name, defaults.get(name)])
  expect(Object.entries(DEFAULT_LIMITS)).toEqual(wanted)
})
