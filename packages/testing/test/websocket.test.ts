import { dispatch } from '@pagi/spec'
import type { WebSocketReceiveEvent } from '@pagi/spec'
import { expect, test } from 'vitest'
import { testApp, turn } from '../src/index.ts'
import type { HeadersInput, TestOptions } from '../src/index.ts'
import { gate, last, start } from './support/apps.ts'
import { loosely } from './support/loosely.ts'

type Events = WebSocketReceiveEvent[]

/** Accepts, sends every message back, and notes what it receives. */
const echo = (events: Events = []) =>
  dispatch({
    async websocket(_scope, receive, send) {
      for (;;) {
        const event = await receive()
        events.push(event)
        if (event.type === 'websocket.connect') await send({ type: 'websocket.accept' })
        else if (event.type !== 'websocket.receive') return
        else if (event.text === undefined)
          await send({ type: 'websocket.send', bytes: event.bytes })
        else await send({ type: 'websocket.send', text: event.text })
      }
    },
  })

test('messages go both ways, text and bytes', async () => {
  await using client = testApp(echo())
  await using socket = await client.websocket('/chat')
  expect(socket.accepted).toBe(true)
  socket.send('hello')
  expect(await socket.receive()).toBe('hello')
  socket.send(new Uint8Array([1, 2]))
  expect(await socket.receive()).toEqual(new Uint8Array([1, 2]))
  socket.sendJson({ a: 1 })
  expect(await socket.receiveJson()).toEqual({ a: 1 })
  socket.send('')
  expect(await socket.receiveText()).toBe('')
})

test('the handshake offers subprotocols and shows what the application chose', async () => {
  let seen: unknown
  await using client = testApp(
    dispatch({
      async websocket(scope, receive, send) {
        seen = scope
        await receive()
        await send({
          type: 'websocket.accept',
          subprotocol: 'superchat',
          headers: [['x-room', '1']],
        })
        await receive()
      },
    }),
  )
  const socket = await client.websocket('/chat?room=1', {
    subprotocols: ['chat', 'superchat'],
    headers: { origin: 'https://example.com' },
  })
  expect(socket.subprotocol).toBe('superchat')
  expect(socket.headers.get('x-room')).toBe('1')
  expect(seen).toMatchObject({
    type: 'websocket',
    scheme: 'ws',
    path: '/chat',
    query_string: 'room=1',
    subprotocols: ['chat', 'superchat'],
    max_frame_size: 1024 * 1024,
    max_receive_queue: 1000,
  })
})

test('a refused handshake is a response', async () => {
  await using client = testApp(
    dispatch({
      async websocket(_scope, receive, send) {
        await receive()
        await send(start(401, [['www-authenticate', 'Basic']]))
        await send(last('who are you?'))
      },
    }),
  )
  const socket = await client.websocket('/private')
  expect(socket.accepted).toBe(false)
  const refusal = await socket.refusal()
  expect([refusal.status, refusal.text(), refusal.complete]).toEqual([401, 'who are you?', true])
  expect(refusal.headers.get('www-authenticate')).toBe('Basic')
  await expect(socket.receive()).rejects.toThrow('the handshake was refused')
  expect(() => socket.send('?')).toThrow('the handshake was refused')
})

test('an application without WebSockets answers 500', async () => {
  await using client = testApp(dispatch({ async http() {} }))
  const socket = await client.websocket('/')
  expect((await socket.refusal()).status).toBe(500)
  expect(socket.error).toMatchObject({ code: 'ERR_PAGI_UNSUPPORTED_SCOPE' })
})

test.each<[string, HeadersInput, number]>([
  ['no version', { 'sec-websocket-version': undefined }, 400],
  ['no host', { host: undefined }, 400],
  ['an old version', { 'sec-websocket-version': '8' }, 426],
  ['a short key', { 'sec-websocket-key': 'short' }, 400],
  ['a body', { 'content-length': '1' }, 400],
])('a malformed handshake never reaches the application: %s', async (_what, headers, status) => {
  const events: Events = []
  await using client = testApp(echo(events))
  const socket = await client.websocket('/', { headers })
  expect((await socket.refusal()).status).toBe(status)
  expect(socket.scope).toBeUndefined()
  expect(events).toEqual([])
})

test('the client closes: the application hears its code and reason', async () => {
  const events: Events = []
  await using client = testApp(echo(events))
  const socket = await client.websocket('/')
  expect(await socket.close(4001, 'bye')).toEqual({ code: 4001, reason: '', clean: true })
  await socket.settled
  expect(events.at(-1)).toEqual({ type: 'websocket.disconnect', code: 4001, reason: 'bye' })
  expect(socket.connection.responseComplete).toBe(true)
  expect(socket.connection.closeCode).toBe(4001)
  expect(await socket.receive()).toBeUndefined()
  expect(await socket.close()).toEqual({ code: 4001, reason: '', clean: true })
})

test('a Close frame without a code is 1005', async () => {
  const events: Events = []
  await using client = testApp(echo(events))
  const socket = await client.websocket('/')
  expect(await socket.close()).toMatchObject({ code: 1005, clean: true })
  await socket.settled
  expect(events.at(-1)).toEqual({ type: 'websocket.disconnect', code: 1005, reason: '' })
})

test('the application closes: what it sent before arrives first', async () => {
  await using client = testApp(
    dispatch({
      async websocket(_scope, receive, send) {
        await receive()
        await send({ type: 'websocket.accept' })
        await send({ type: 'websocket.send', text: 'last words' })
        await send({ type: 'websocket.close', code: 3000, reason: 'done' })
      },
    }),
  )
  const socket = await client.websocket('/')
  expect(await socket.receive()).toBe('last words')
  expect(await socket.receive()).toBeUndefined()
  expect(await socket.ended()).toEqual({ code: 3000, reason: 'done', clean: true })
  expect(socket.connection.responseComplete).toBe(true)
})

/** How a session ended for the application: code and reason, token, the peer's code (T-CLOSE). */
const ending = async (
  end: (socket: Awaited<ReturnType<ReturnType<typeof testApp>['websocket']>>) => unknown,
  options: TestOptions = {},
): Promise<unknown> => {
  const events: Events = []
  await using client = testApp(echo(events), options)
  const socket = await client.websocket('/')
  await end(socket)
  await socket.settled
  const closed = await socket.ended()
  const event = events.at(-1)
  if (event?.type !== 'websocket.disconnect') throw new Error(event?.type)
  return [event.code, event.reason, socket.reason, socket.connection.closeCode, closed.code]
}

test('losses and broken frames end as T-CLOSE says', async () => {
  expect(await ending((socket) => socket.disconnect())).toEqual([
    1006,
    'client_closed',
    'client_closed',
    1006,
    1006,
  ])
  expect(await ending((socket) => socket.disconnect('read_error'))).toEqual([
    1006,
    'read_error',
    'read_error',
    1006,
    1006,
  ])
  expect(await ending((socket) => socket.fault('protocol'))).toEqual([
    1002,
    'protocol_error',
    'protocol_error',
    1006,
    1002,
  ])
  expect(await ending((socket) => socket.fault('utf8'))).toEqual([
    1007,
    'protocol_error',
    'protocol_error',
    1006,
    1007,
  ])
  expect(await ending((socket) => socket.send('12345'), { wsMaxPayload: 4 })).toEqual([
    1009,
    'protocol_error',
    'protocol_error',
    1006,
    1009,
  ])
})

test('an application that walks away closes with 1011', async () => {
  await using client = testApp(
    dispatch({
      async websocket(_scope, receive, send) {
        await receive()
        await send({ type: 'websocket.accept' })
      },
    }),
  )
  const socket = await client.websocket('/')
  expect(await socket.ended()).toMatchObject({ code: 1011 })
  expect(socket.reason).toBe('server_error')
})

test('messages that nobody receives wait, and arrive in order when somebody does', async () => {
  const door = gate()
  const got: unknown[] = []
  await using client = testApp(
    dispatch({
      async websocket(_scope, receive, send) {
        await receive()
        await send({ type: 'websocket.accept' })
        await door.passed
        for (;;) {
          const event = await receive()
          if (event.type !== 'websocket.receive') return void got.push(event)
          got.push(event.text)
        }
      },
    }),
    { wsMaxQueue: 8 },
  )
  const socket = await client.websocket('/')
  for (let at = 0; at < 20; at++) socket.send(String(at))
  const closing = socket.close(1000)
  expect(socket.unread).toBeGreaterThan(0)
  door.open()
  await closing
  await socket.settled
  const end = { type: 'websocket.disconnect', code: 1000, reason: '' }
  expect(got).toEqual([...Array.from({ length: 20 }, (_, at) => String(at)), end])
})

/** Accepts, asks for pings, and waits for the end. */
const pinging = dispatch({
  async websocket(_scope, receive, send) {
    await receive()
    await send({ type: 'websocket.accept' })
    await send({ type: 'websocket.keepalive', interval: 10, timeout: 5 })
    await receive()
  },
})

test('pings are answered as long as the client reads', async () => {
  await using client = testApp(pinging)
  const socket = await client.websocket('/')
  await client.advance(35_000)
  expect(socket.pings).toBe(3)
  expect(socket.connection.isConnected).toBe(true)
  socket.stall()
  await client.advance(60_000)
  expect(socket.reason).toBe('keepalive_timeout')
})

test('a client can leave pings unanswered', async () => {
  await using client = testApp(pinging)
  const socket = await client.websocket('/', { answerPings: false })
  await client.advance(15_000)
  expect([socket.pings, socket.reason]).toEqual([1, 'keepalive_timeout'])
  expect(await socket.ended()).toEqual({ code: 1006, reason: '', clean: false })
})

test('a Close frame that is never answered ends by the clock', async () => {
  await using client = testApp(
    dispatch({
      async websocket(_scope, receive, send) {
        await receive()
        await send({ type: 'websocket.accept' })
        await send({ type: 'websocket.close' })
      },
    }),
    { closeTimeout: 3000 },
  )
  const socket = await client.websocket('/', { answerClose: false })
  await client.advance(2999)
  expect(socket.connection.isConnected).toBe(true)
  await client.advance(1)
  expect(socket.reason).toBe('close_timeout')
})

test('pings and pongs of the client keep a quiet session', async () => {
  await using client = testApp(echo(), { wsIdleTimeout: 1000 })
  const socket = await client.websocket('/')
  await client.advance(999)
  socket.ping()
  await client.advance(999)
  socket.pong()
  await client.advance(999)
  expect(socket.connection.isConnected).toBe(true)
  await client.advance(1)
  expect(socket.reason).toBe('idle_timeout')
})

test('send waits for a client that has stalled', async () => {
  const sent: string[] = []
  await using client = testApp(
    dispatch({
      async websocket(_scope, receive, send) {
        await receive()
        await send({ type: 'websocket.accept' })
        await receive()
        for (const text of ['a'.repeat(60), 'b'.repeat(60), 'c']) {
          await send({ type: 'websocket.send', text })
          sent.push(text.slice(0, 1))
        }
        await receive()
      },
    }),
    { writeHighWatermark: 100, writeLowWatermark: 20 },
  )
  const socket = await client.websocket('/')
  socket.stall()
  socket.send('go')
  await turn()
  expect([sent, socket.transport.bufferedAmount]).toEqual([['a'], 120])
  socket.drain(59)
  await turn()
  expect(socket.transport.bufferedAmount).toBe(61)
  socket.drain(1)
  expect(await socket.receive()).toBe('a'.repeat(60))
  socket.resume()
  expect(await socket.receive()).toBe('b'.repeat(60))
  expect(await socket.receive()).toBe('c')
  expect(sent).toEqual(['a', 'b', 'c'])
})

test('for await takes messages until the session ends', async () => {
  await using client = testApp(
    dispatch({
      async websocket(_scope, receive, send) {
        await receive()
        await send({ type: 'websocket.accept' })
        for (const text of ['1', '2']) await send({ type: 'websocket.send', text })
        await send({ type: 'websocket.close' })
      },
    }),
  )
  const texts: unknown[] = []
  for await (const message of await client.websocket('/')) texts.push(message)
  expect(texts).toEqual(['1', '2'])
})

test('a client leaves with or without a Close, and the application has returned', async () => {
  const events: Events = []
  await using client = testApp(echo(events))
  const polite = await client.websocket('/')
  await polite.close(3000, 'enough')
  await polite.leave()
  expect(events.at(-1)).toMatchObject({ code: 3000, reason: 'enough' })
  const rude = await client.websocket('/')
  await rude.leave()
  expect(events.at(-1)).toMatchObject({ code: 1006, reason: 'client_closed' })
  expect(client.unsettled).toEqual([])
})

test('a client that leaves before the handshake is decided', async () => {
  const events: Events = []
  await using client = testApp(
    dispatch({
      async websocket(_scope, receive) {
        events.push(await receive(), await receive())
      },
    }),
  )
  const socket = await client.connect('/')
  expect(() => socket.send('early')).toThrow('the handshake is not decided')
  expect(await socket.close()).toEqual({ code: 1006, reason: '', clean: false })
  await socket.settled
  expect(await socket.opened()).toBe(false)
  expect(events).toEqual([
    { type: 'websocket.connect' },
    { type: 'websocket.disconnect', code: 1006, reason: 'client_closed' },
  ])
  expect((await socket.refusal()).status).toBe(0)
})

test('a server that stops closes with 1012', async () => {
  const events: Events = []
  const client = testApp(echo(events))
  const socket = await client.websocket('/')
  await client.close()
  expect(await socket.ended()).toEqual({ code: 1012, reason: '', clean: true })
  expect(events.at(-1)).toMatchObject({ code: 1012, reason: 'server_shutdown' })
})

test('what is no message, or comes too late, is told at once', async () => {
  await using client = testApp(echo())
  const socket = await client.websocket('/')
  await expect(socket.refusal()).rejects.toThrow('the handshake was accepted')
  expect(() => loosely(socket, 'send')(7)).toThrow('got number')
  await expect(socket.close(1006)).rejects.toThrow('no Close frame can have the code 1006')
  await expect(socket.close(undefined, 'why')).rejects.toThrow('has no reason')
  await expect(socket.close(1000, 'x'.repeat(124))).rejects.toThrow('123 bytes')
  socket.send(new Uint8Array(2))
  await expect(socket.receiveText()).rejects.toThrow('binary, 2 bytes')
  await socket.close(1000)
  expect(() => socket.send('late')).toThrow('the session has ended with 1000: too late to send')
  await expect(socket.receiveText()).rejects.toThrow('no message came')
})
