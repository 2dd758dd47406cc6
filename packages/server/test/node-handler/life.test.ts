import { expect, test } from 'vitest'
import { OptionError, dispatch, toNodeHandler } from '../../src/index.ts'
import type { Application } from '../../src/index.ts'
import { gate, http, respond, websocket } from '../support/apps.ts'
import { nextFrame, text } from '../support/frames.ts'
import { host } from '../support/host.ts'
import { fieldOf, readHead, readResponse, textOf } from '../support/response.ts'
import { LogBook, get } from '../support/start.ts'

const HANDSHAKE = [
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
] as const

const echo = websocket(async ({ root_path, path }, receive, send) => {
  await receive()
  await send({ type: 'websocket.accept', headers: [['x-at', `${root_path}|${path}`]] })
  for (;;) {
    const event = await receive()
    if (event.type !== 'websocket.receive') return
    await send({ type: 'websocket.send', text: event.text ?? '' })
  }
})

test('the owner starts and stops the lifespan, and requests wait for the startup', async () => {
  const go = gate()
  const calls: string[] = []
  const app: Application = dispatch({
    lifespan: async ({ state }, receive, send) => {
      await receive()
      await go.promise
      if (state !== undefined) state['name'] = 'from the startup'
      calls.push('startup')
      await send({ type: 'lifespan.startup.complete' })
      await receive()
      calls.push('shutdown')
      await send({ type: 'lifespan.shutdown.complete' })
    },
    http: async ({ state }, _receive, send) => respond(send, String(state?.['name'])),
  })
  const handler = toNodeHandler(app, { logger: new LogBook() })
  const { ask, connect } = await host(handler)
  const starting = handler.startup()
  const client = await connect()
  client.write(get('/'))
  go.open()
  await starting
  expect(textOf(await readResponse(client))).toBe('from the startup')
  await handler.shutdown()
  expect(calls).toEqual(['startup', 'shutdown'])
  expect((await ask(get('/'))).status).toBe(503)
  await handler.shutdown()
  expect(calls).toEqual(['startup', 'shutdown'])
})

test('a failed startup is the owner’s to see; requests are answered 503', async () => {
  const handler = toNodeHandler(
    dispatch({
      lifespan: async (_scope, receive, send) => {
        await receive()
        await send({ type: 'lifespan.startup.failed', message: 'no database' })
      },
      http: async (_scope, _receive, send) => respond(send),
    }),
    { logger: new LogBook() },
  )
  const { ask } = await host(handler)
  await expect(handler.startup()).rejects.toThrow(/no database/)
  expect((await ask(get('/'))).status).toBe(503)
  await handler.shutdown()
})

test('without a startup there is no lifespan', async () => {
  const types: string[] = []
  const handler = toNodeHandler(
    async (scope, _receive, send) => {
      types.push(scope.type)
      if (scope.type === 'http') await respond(send)
    },
    { logger: new LogBook() },
  )
  const { ask } = await host(handler)
  await ask(get('/'))
  await handler.shutdown()
  expect(types).toEqual(['http'])
})

test('shutdown closes WebSockets with 1012 and lets responses end', async () => {
  const finish = gate()
  const begun = gate()
  const handler = toNodeHandler(
    async (scope, receive, send) => {
      if (scope.type === 'websocket') return echo(scope, receive, send)
      begun.open()
      await finish.promise
      await http(async (_scope, _receive, answer) => respond(answer, 'in time'))(
        scope,
        receive,
        send,
      )
    },
    { logger: new LogBook() },
  )
  const { server, connect } = await host(handler)
  server.on('upgrade', handler.upgrade)
  const socket = await connect()
  socket.write(get('/chat', ...HANDSHAKE))
  expect((await readHead(socket)).status).toBe(101)
  const client = await connect()
  client.write(get('/'))
  await begun.promise
  const stopping = handler.shutdown()
  expect(await nextFrame(socket)).toBe('close 1012')
  socket.fin()
  finish.open()
  expect(textOf(await readResponse(client))).toBe('in time')
  await stopping
})

test('upgradePath is the root path of handshakes, and leaves others alone', async () => {
  const handler = toNodeHandler(echo, { logger: new LogBook(), upgradePath: '/live' })
  const { server, connect } = await host(http404)
  server.on('upgrade', handler.upgrade)
  const inside = await connect()
  inside.write(get('/live/chat', ...HANDSHAKE))
  expect(fieldOf(await readHead(inside), 'x-at')).toEqual(['/live|/chat'])
  inside.write(text('hello'))
  expect(await nextFrame(inside)).toBe('text hello')
  const outside = await connect()
  outside.write(get('/lively', ...HANDSHAKE))
  expect((await readHead(outside)).status).toBe(404)
  server.on('upgrade', (_req, socket) => socket.end('HTTP/1.1 418 Other\r\n\r\n'))
  const other = await connect()
  other.write(get('/other', ...HANDSHAKE))
  expect((await readHead(other)).status).toBe(418)
})

test('an upgrade that is no WebSocket is an ordinary request of the owner’s (HTTP-99)', async () => {
  const handler = toNodeHandler(echo, { logger: new LogBook() })
  const { server, ask } = await host((req, res) => res.end(`owner ${req.url}`))
  server.on('upgrade', handler.upgrade)
  const response = await ask(get('/h2c', 'connection: upgrade', 'upgrade: h2c'))
  expect(textOf(response)).toBe('owner /h2c')
})

const http404 = toNodeHandler(
  http(async (_scope, _receive, send) => respond(send, '', [], 404)),
  { logger: new LogBook() },
)

test.each([
  ['port', { port: 1 }, 'port belongs to the server that calls the handler'],
  ['an unknown option', { ports: 1 }, /there is no option "ports"/],
  [
    'upgradePath',
    { upgradePath: 'live' },
    'upgradePath must be a path such as "/live", got "live"',
  ],
])('%s is refused', (_name, options: object, message) => {
  const make = (): unknown => toNodeHandler(echo, options)
  expect(make).toThrow(OptionError)
  expect(make).toThrow(message)
})

test('what is no function is refused', () => {
  expect(() => toNodeHandler(JSON.parse('{}'))).toThrow(
    new TypeError('an application is a function (scope, receive, send), got object'),
  )
})

test('what is no request of an HTTP/1 server of node:http is refused', () => {
  const handler = toNodeHandler(echo, { logger: new LogBook() })
  const other = { httpVersion: '2.0' }
  expect(() => handler(other, { headersSent: false, statusCode: 200 })).toThrow(
    /HTTP\/1 servers of node:http and node:https, got a request of HTTP\/2.0$/,
  )
  expect(() => handler.upgrade(other, { destroyed: false }, new Uint8Array(0))).toThrow(
    /got an upgrade of HTTP\/2.0$/,
  )
})
