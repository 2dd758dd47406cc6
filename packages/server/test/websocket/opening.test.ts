import { expect, test } from 'vitest'
import type { Application, WebSocketScope, WebSocketSendEvent } from '../../src/index.ts'
import { codeOf, eventually, gate, nextTurn, websocket } from '../support/apps.ts'
import { handshake, nextFrame, text } from '../support/frames.ts'
import { readHead } from '../support/response.ts'
import { start } from '../support/start.ts'

const acceptAndClose: Application<'websocket'> = async (_scope, receive, send) => {
  await receive()
  await send({ type: 'websocket.accept' })
  await send({ type: 'websocket.close' })
}

test('a websocket scope has every key of the specification and no other', async () => {
  const seen = gate<WebSocketScope>()
  const { port, connect } = await start(
    websocket(async (scope, receive, send) => {
      seen.open(scope)
      await acceptAndClose(scope, receive, send)
    }),
    { wsMaxPayload: 1000, wsMaxQueue: 7, rootPath: '/svc' },
  )
  const client = await connect()
  client.write(handshake('Sec-WebSocket-Protocol: chat, v2', 'sec-websocket-protocol:v1', 'X-A: b'))
  await client.until('\r\n\r\n')
  const scope = await seen.promise
  expect({ ...scope, 'pagi.connection': 0, 'pagi.transport': 0 }).toStrictEqual({
    type: 'websocket',
    pagi: { version: '0.5', spec_version: '0.6' },
    http_version: '1.1',
    scheme: 'ws',
    path: '/socket',
    raw_path: '/svc/socket',
    query_string: '',
    root_path: '/svc',
    headers: [
      ['host', 'test'],
      ['connection', 'Upgrade'],
      ['upgrade', 'websocket'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ['sec-websocket-protocol', 'chat, v2'],
      ['sec-websocket-protocol', 'v1'],
      ['x-a', 'b'],
    ],
    subprotocols: ['chat', 'v2', 'v1'], // WS-04
    client: ['127.0.0.1', client.socket.localPort],
    server: ['127.0.0.1', port],
    state: {},
    extensions: { fullflush: {} },
    max_frame_size: 1000,
    max_receive_queue: 7,
    'pagi.connection': 0,
    'pagi.transport': 0,
  })
})

test('the answer is that of RFC 6455, with the application’s headers and subprotocol', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({
        type: 'websocket.accept',
        subprotocol: 'v2',
        headers: [
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
          ['x-bytes', '\xff'],
          ['connection', 'close'],
          ['upgrade', 'h2c'],
        ],
      })
      await receive()
    }),
  )
  const client = await connect()
  client.write(handshake('sec-websocket-protocol: v1, v2'))
  const head = await readHead(client)
  expect([head.version, head.status]).toEqual(['1.1', 101])
  expect(head.headers).toEqual([
    ['upgrade', 'websocket'],
    ['connection', 'Upgrade'],
    ['sec-websocket-accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
    ['sec-websocket-protocol', 'v2'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['x-bytes', '\xff'],
  ])
})

test('nothing is sent before the application has answered, and early frames wait', async () => {
  const go = gate()
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await go.promise
      await send({ type: 'websocket.accept' })
      for (let at = 0; at < 3; at++) {
        const event = await receive()
        if (event.type === 'websocket.receive')
          await send({ type: 'websocket.send', text: `echo ${event.text}` })
      }
      await send({ type: 'websocket.close' })
    }),
  )
  const client = await connect()
  client.write(Buffer.concat([Buffer.from(handshake()), text('right behind')]))
  await nextTurn()
  client.write(text('a little later'))
  await nextTurn()
  expect(client.pending.byteLength).toBe(0) // WS-01
  go.open()
  expect((await readHead(client)).status).toBe(101)
  client.write(text('after'))
  const frames = [await nextFrame(client), await nextFrame(client), await nextFrame(client)]
  expect(frames).toEqual(['text echo right behind', 'text echo a little later', 'text echo after'])
})

test('more than a few early bytes wait in the socket, and none is lost', async () => {
  const go = gate()
  const accepted = gate()
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await go.promise
      await send({ type: 'websocket.accept' })
      accepted.open()
      let total = 0
      while (total < 400_000) {
        const event = await receive()
        if (event.type !== 'websocket.receive') break
        total += event.text?.length ?? 0
      }
      await send({ type: 'websocket.send', text: String(total) })
      await send({ type: 'websocket.close' })
    }),
  )
  const client = await connect()
  client.write(handshake())
  for (let at = 0; at < 40; at++) client.write(text('x'.repeat(10_000)))
  await eventually(() => client.socket.bytesWritten > 64 * 1024)
  for (let turn = 0; turn < 50; turn++) await nextTurn()
  go.open()
  await accepted.promise
  await readHead(client)
  expect(await nextFrame(client)).toBe('text 400000')
})

test('a client that leaves before accept is told of by websocket.disconnect', async () => {
  const seen = gate<unknown>()
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      seen.open(await receive())
      await send({ type: 'websocket.accept' }) // nobody is there: nothing happens
    }),
  )
  const client = await connect()
  client.write(handshake())
  await nextTurn()
  client.fin()
  expect(await seen.promise).toEqual({
    type: 'websocket.disconnect',
    code: 1006,
    reason: 'client_closed',
  }) // WS-38
  expect(await client.rest()).toBe('')
})

const wrong: readonly (readonly [string, WebSocketSendEvent, string])[] = [
  ['a subprotocol that was not offered', accept({ subprotocol: 'v9' }), 'ERR_PAGI_INVALID_EVENT'],
  ['a sec-websocket header', header('sec-websocket-extensions', 'x'), 'ERR_PAGI_INVALID_HEADER'],
  ['a content-length', header('content-length', '0'), 'ERR_PAGI_INVALID_HEADER'],
  ['an injected line', header('x', 'a\r\nevil: 1'), 'ERR_PAGI_INVALID_HEADER'],
  ['an injected name', header('x\nevil', '1'), 'ERR_PAGI_INVALID_HEADER'],
  ['a send before accept', { type: 'websocket.send', text: 'x' }, 'ERR_PAGI_EVENT_ORDER'],
  ['a close before accept', { type: 'websocket.close' }, 'ERR_PAGI_EVENT_ORDER'], // REF-08
  [
    'a keepalive before accept',
    { type: 'websocket.keepalive', interval: 1 },
    'ERR_PAGI_EVENT_ORDER',
  ],
]

function accept(more: object): WebSocketSendEvent {
  return { type: 'websocket.accept', ...more }
}
function header(name: string, value: string): WebSocketSendEvent {
  return { type: 'websocket.accept', headers: [[name, value]] }
}

test.each(wrong)('%s is refused, and a right accept may follow', async (_what, event, code) => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      const refused = await codeOf(send(event))
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.send', text: refused ?? 'accepted' })
      await send({ type: 'websocket.close' })
    }),
  )
  const client = await connect()
  client.write(handshake('sec-websocket-protocol: v1'))
  const head = await readHead(client)
  expect(head.headers.map(([name]) => name)).toEqual([
    'upgrade',
    'connection',
    'sec-websocket-accept',
  ])
  expect(await nextFrame(client)).toBe(`text ${code}`)
})
