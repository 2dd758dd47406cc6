import { expect, test } from 'vitest'
import type { SseScope } from '../../src/index.ts'
import { dispatch } from '../../src/index.ts'
import { gate, respond, sse } from '../support/apps.ts'
import { handshake } from '../support/frames.ts'
import { textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

// T-ACCEPT, row by row.
const rows: readonly (readonly [type: 'http' | 'sse', ...accept: string[]])[] = [
  ['http'],
  ['http', '*/*'],
  ['http', 'text/*'],
  ['sse', 'text/event-stream'],
  ['sse', 'TEXT/Event-Stream'],
  ['sse', 'text/event-stream;charset=utf-8;v=1'],
  ['sse', 'text/html, text/event-stream'],
  ['sse', 'text/html', 'text/event-stream'],
  ['http', 'text/event-stream;q=0'],
  ['http', 'text/event-stream;q=0.0'],
  ['http', 'text/event-stream;Q=0.000'],
  ['sse', 'text/event-stream;q=0.001'],
  ['sse', 'text/event-stream;x="a;q=0"'],
  ['http', 'text/html;x="a, text/event-stream"'],
  ['http', 'x-text/event-stream'],
  ['http', 'text/event-stream-x'],
  ['sse', 'text/event-stream;q=0, text/event-stream'],
  ['http', 'text/event-stream;q=abc'],
  ['sse', ',, text/event-stream ,'],
]

const tell = dispatch({
  http: async (_scope, _receive, send) => respond(send, 'http'),
  sse: async (_scope, _receive, send) => respond(send, 'sse'),
  websocket: async (_scope, _receive, send) => respond(send, 'websocket', [], 400),
})

test.each(rows)('%s: %j %j', async (type, ...accept) => {
  const { ask } = await start(tell)
  const lines = accept.map((value) => `Accept: ${value}`)
  expect(textOf(await ask(get('/', ...lines)))).toBe(type)
  if (accept.length > 0) expect(textOf(await ask(handshake(...lines)))).toBe('websocket')
})

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is an event stream as well', async (method) => {
  const { ask } = await start(tell)
  const request = get('/', 'accept: text/event-stream').replace('GET', method)
  expect(textOf(await ask(request))).toBe('sse') // SSE-02
})

test('neither the path nor the application makes an event stream', async () => {
  const { ask } = await start(tell)
  expect(textOf(await ask(get('/events', 'last-event-id: 7')))).toBe('http')
})

test('an sse scope has every key of the specification and no other', async () => {
  const seen = gate<SseScope>()
  const { port, connect } = await start(
    sse(async (scope, _receive, send) => {
      seen.open(scope)
      await respond(send)
    }),
  )
  const client = await connect()
  client.write(get('/feed%20me?since=1', 'accept: text/event-stream', 'last-event-id: 7'))
  const scope = await seen.promise
  expect({ ...scope, 'pagi.connection': 0, 'pagi.transport': 0 }).toStrictEqual({
    type: 'sse',
    pagi: { version: '0.5', spec_version: '0.6' },
    http_version: '1.1',
    method: 'GET',
    scheme: 'http',
    path: '/feed me',
    raw_path: '/feed%20me',
    query_string: 'since=1',
    root_path: '',
    headers: [
      ['host', 'test'],
      ['accept', 'text/event-stream'],
      ['last-event-id', '7'],
    ],
    client: ['127.0.0.1', client.socket.localPort],
    server: ['127.0.0.1', port],
    state: {},
    extensions: { fullflush: {} },
    'pagi.connection': 0,
    'pagi.transport': 0,
  })
})
