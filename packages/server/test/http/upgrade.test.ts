import { expect, test } from 'vitest'
import type { HeaderList } from '../../src/index.ts'
import { dispatch } from '../../src/index.ts'
import { gate, http, nextTurn, readBody, respond } from '../support/apps.ts'
import { readHead, readResponse, textOf } from '../support/response.ts'
import { get, post, start } from '../support/start.ts'

// HTTP-99: an upgrade to anything but websocket is ignored.

const H2C = ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABk']

const echo = http(async ({ path }, receive, send) =>
  respond(send, `${path} ${(await readBody(receive)).toString('latin1')}`),
)

test('the request is an ordinary one, with all its headers', async () => {
  const seen: HeaderList[] = []
  const { ask } = await start(
    http(async ({ headers }, _receive, send) => {
      seen.push(headers)
      await respond(send, 'plain')
    }),
  )
  expect(textOf(await ask(get('/', ...H2C)))).toBe('plain')
  expect(seen).toEqual([
    [
      ['host', 'test'],
      ['connection', 'Upgrade, HTTP2-Settings'],
      ['upgrade', 'h2c'],
      ['http2-settings', 'AAMAAABk'],
    ],
  ])
})

test('an event stream too', async () => {
  const { ask } = await start(
    dispatch({ sse: async (_scope, _receive, send) => respond(send, 'stream') }),
  )
  expect(textOf(await ask(get('/', ...H2C, 'accept: text/event-stream')))).toBe('stream')
})

test('its body and the requests behind it are served, on the same connection', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  client.write(post('first', ...H2C) + get('/second') + post('third', ...H2C) + get('/fourth'))
  const answers = []
  for (let at = 0; at < 4; at++) answers.push(textOf(await readResponse(client)))
  expect(answers).toEqual(['/ first', '/second ', '/ third', '/fourth '])
  client.write(get('/fifth'))
  expect(textOf(await readResponse(client))).toBe('/fifth ')
})

test('a body that comes later, in chunks, is read in full', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  client.write(
    `POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n${H2C.join('\r\n')}\r\n\r\n3\r\non`,
  )
  await nextTurn()
  client.write('e\r\n0\r\n')
  await nextTurn()
  client.write(`\r\n${get('/next')}`)
  expect(textOf(await readResponse(client))).toBe('/ one')
  expect(textOf(await readResponse(client))).toBe('/next ')
})

test('a broken body is refused, and nothing behind it is served', async () => {
  const paths: string[] = []
  const { connect } = await start(
    http(async ({ path }, receive, send) => {
      paths.push(path)
      await respond(send, await readBody(receive))
    }),
    { bodyTimeout: 40 },
  )
  const client = await connect()
  client.write(
    `POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n${H2C.join('\r\n')}\r\n\r\nzz\r\n${get('/next')}`,
  )
  // Node that reads such a body by itself does not tell what is wrong with it.
  const reads = Number(process.versions.node.split('.')[0]) >= 25
  expect((await readResponse(client)).status).toBe(reads ? 408 : 400)
  expect(await client.end()).toBe('fin')
  expect(paths).toEqual(['/'])
})

test.each([
  ['to another protocol', post('whole', ...H2C).slice(0, -2)],
  [
    'to websocket, which is refused',
    post('whole', 'connection: upgrade', 'upgrade: websocket').slice(0, -2),
  ],
  ['by CONNECT', 'CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\ncontent-length: 5\r\n\r\nwho'],
])('a client that resets in the middle of its body is no failure: %s', async (_what, request) => {
  // Node that reads such a body has a stream of its own in front of the socket, and fails that.
  const uncaught: unknown[] = []
  const onError = (error: unknown): void => void uncaught.push(error)
  process.on('uncaughtException', onError)
  const { connect, ask } = await start(echo)
  const client = await connect()
  client.write(get('/before') + request)
  expect(textOf(await readResponse(client))).toBe('/before ')
  client.reset()
  await nextTurn()
  await nextTurn()
  expect(textOf(await ask(get('/after')))).toBe('/after ')
  process.off('uncaughtException', onError)
  expect(uncaught).toEqual([])
})

test('it waits for the request before it', async () => {
  const go = gate()
  const { connect } = await start(
    http(async ({ path }, _receive, send) => {
      if (path === '/1') await go.promise
      await respond(send, path)
    }),
  )
  const client = await connect()
  client.write(get('/1') + get('/2', ...H2C) + get('/3'))
  await nextTurn()
  await nextTurn()
  go.open()
  const answers = []
  for (let at = 0; at < 3; at++) answers.push(textOf(await readResponse(client)))
  expect(answers).toEqual(['/1', '/2', '/3'])
})

test.each([
  ['without a body', get('/', ...H2C)],
  ['with a body', post('whole', ...H2C)],
  ['in the middle of a body', post('whole', ...H2C).slice(0, -2)],
])('a client that leaves meanwhile is noticed: %s', async (_what, request) => {
  const reason = gate<string | undefined>()
  const begun = gate()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }) => {
      begun.open()
      reason.open(await connection.ended)
    }),
  )
  const client = await connect()
  client.write(request)
  await begun.promise
  client.fin()
  expect(await reason.promise).toBe('client_closed')
  expect(await client.end()).toBe('fin')
})

test('a client that waits for 100 Continue gets it', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  const request = post('body', 'expect: 100-continue', ...H2C)
  client.write(request.slice(0, -4))
  expect((await readHead(client)).status).toBe(100)
  client.write(`body${get('/next')}`)
  expect(textOf(await readResponse(client))).toBe('/ body')
  expect(textOf(await readResponse(client))).toBe('/next ')
})

test('one that asks for close gets it, and nothing behind it is served', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  client.write(post('x', 'upgrade: h2c', 'connection: upgrade, close') + get('/next'))
  expect(textOf(await readResponse(client))).toBe('/ x')
  expect(await client.rest()).toBe('')
})

test('a hundred of them on one connection leave no listener behind', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  const { connect } = await start(echo)
  const client = await connect()
  for (let at = 0; at < 100; at++) {
    client.write(get(`/${at}`, ...H2C))
    expect(textOf(await readResponse(client))).toBe(`/${at} `)
  }
  await nextTurn()
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})

test('connection: upgrade without a protocol is nothing special', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  client.write(get('/a', 'connection: upgrade') + get('/b', 'upgrade: websocket') + get('/c'))
  const answers = []
  for (let at = 0; at < 3; at++) answers.push(textOf(await readResponse(client)))
  expect(answers).toEqual(['/a ', '/b ', '/c '])
})

test('an upgrade to websocket over HTTP/1.0 is ignored as well', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  client.write(
    'GET /old HTTP/1.0\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  expect(textOf(await readResponse(client))).toBe('/old ') // WS-07
})
