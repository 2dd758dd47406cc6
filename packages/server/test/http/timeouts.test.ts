import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { eventually, gate, http, respond, settled, sse, websocket } from '../support/apps.ts'
import { readHead, readResponse, textOf } from '../support/response.ts'
import { takenBytes } from '../../src/node/socket-progress.ts'
import { get, post, start } from '../support/start.ts'

const MB = 1024 * 1024
const POST = 'POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\n'
const HANDSHAKE = get(
  '/',
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
)

test('a body that stops in the middle ends a response that has begun', async () => {
  const reason = gate<string | undefined>()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, receive, send) => {
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'begun', more: true })
      await receive()
      await receive()
      reason.open(connection.disconnectReason)
    }),
    { bodyTimeout: 20 },
  )
  const client = await connect()
  client.write(`${POST}half`)
  await client.until('begun')
  expect(await reason.promise).toBe('client_timeout')
  expect(await client.rest()).toBe('\r\n') // no second response, no last chunk
})

test('an application that works, or leaves the body unread, is not timed (HTTP-97)', async () => {
  const go = gate()
  const { connect } = await start(
    http(async ({ path }, receive, send) => {
      if (path === '/slow') await go.promise
      else await receive()
      await respond(send, path)
    }),
    { bodyTimeout: 20, headersTimeout: 20 },
  )
  const slow = await connect()
  slow.write(POST.replace(' /', ' /slow'))
  const stalled = await connect()
  stalled.write(POST)
  expect((await readResponse(stalled)).status).toBe(408) // so the time has passed for the other, too
  expect(slow.ending).toBeUndefined()
  slow.write('0123456789')
  go.open()
  expect(textOf(await readResponse(slow))).toBe('/slow')
})

test('what is left of a body after the response is not waited for without end', async () => {
  const { connect } = await start(
    http(async (_scope, _receive, send) => respond(send, 'early')),
    { bodyTimeout: 20 },
  )
  const client = await connect()
  client.write(`${POST}half`)
  expect(textOf(await readResponse(client))).toBe('early')
  expect(await client.end()).toBe('fin')
})

test('a body that comes drop by drop is given up, whether it is read or left', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  let taken = 0
  const detail = gate<string | undefined>()
  const { connect, server } = await start(
    http(async ({ path, 'pagi.connection': connection }, receive, send) => {
      if (path === '/left') return respond(send, path)
      while ((await receive()).type === 'http.request') taken += 1
      detail.open(connection.disconnectDetail)
    }),
  )
  const read = await connect()
  const left = await connect()
  read.write(post('', 'x: y').replace('length: 0', 'length: 100'))
  left.write(post('').replace('length: 0', 'length: 100').replace(' /', ' /left'))
  expect(textOf(await readResponse(left))).toBe('/left')
  for (let drops = 1; read.ending === undefined && drops < 20; drops += 1) {
    await vi.advanceTimersByTimeAsync(2500)
    read.write('x')
    left.write('x')
    await eventually(() => taken === drops || read.pending.byteLength > 0)
  }
  expect(taken).toBe(3) // the grace is five seconds
  expect(await detail.promise).toBe('the request body came more slowly than 240 bytes a second')
  expect((await readResponse(read)).status).toBe(408)
  expect(await left.end()).toBe('fin')
  vi.useRealTimers()
  await server.close()
})

test.each(['http', 'sse', 'websocket'] as const)(
  'a client that takes nothing is given up: %s',
  async (type) => {
    const reason = gate<readonly (string | undefined)[]>()
    const text = 'x'.repeat(MB)
    const ended = (connection: { onEnd(cb: (...ends: (string | undefined)[]) => void): unknown }) =>
      connection.onEnd((...ends) => reason.open(ends))
    const apps = {
      http: http(async ({ 'pagi.connection': connection }, _receive, send) => {
        ended(connection)
        await send({ type: 'http.response.start', status: 200 })
        while (connection.isConnected)
          await send({ type: 'http.response.body', body: text, more: true })
      }),
      sse: sse(async ({ 'pagi.connection': connection }, _receive, send) => {
        ended(connection)
        await send({ type: 'sse.start' })
        while (connection.isConnected) await send({ type: 'sse.send', data: text })
      }),
      websocket: websocket(async ({ 'pagi.connection': connection }, _receive, send) => {
        ended(connection)
        await send({ type: 'websocket.accept' })
        while (connection.isConnected) await send({ type: 'websocket.send', text })
      }),
    }
    const { connect } = await start(apps[type], { writeTimeout: 30 })
    const client = await connect()
    client.stall()
    client.write(
      { http: get(), sse: get('/', 'accept: text/event-stream'), websocket: HANDSHAKE }[type],
    )
    expect(await reason.promise).toEqual(['write_timeout', 'the client took no output for 30 ms'])
    client.resume()
    await client.end() // a reset; where it finds the client paused, Linux reports it as an end
  },
)

test('a client that takes a large response little by little is not', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const accepted = gate<Socket>()
  const onSocket = (message: unknown) => {
    const socket: unknown = Reflect.get(Object(message), 'socket')
    if (socket instanceof Socket) accepted.open(socket)
  }
  subscribe('net.server.socket', onSocket)
  onTestFinished(() => void unsubscribe('net.server.socket', onSocket))
  const outcome = gate<string | undefined>()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, _receive, send) => {
      connection.onEnd((reason) => outcome.open(reason))
      await respond(send, Buffer.alloc(32 * MB))
    }),
    { writeTimeout: 50 },
  )
  const client = await connect()
  const socket = await accepted.promise
  const taken = () => takenBytes(socket)
  client.stall()
  client.write(get())
  const rounds = { count: 0 }
  while (true) {
    const before = await settled(taken)
    if (before >= 32 * MB) break
    await vi.advanceTimersByTimeAsync(40) // less than the timeout
    client.resume()
    await eventually(() => taken() > before)
    client.stall()
    client.take(client.pending.byteLength)
    rounds.count++
  }
  client.resume()
  expect(await outcome.promise).toBeUndefined()
  expect(rounds.count).toBeGreaterThan(1) // so the whole took longer than the timeout
})

test('a response that is cut while its client takes nothing leaves no connection behind', async () => {
  const { connect, ask } = await start(
    http(async ({ path, 'pagi.transport': transport }, _receive, send) => {
      if (path === '/again') return respond(send, path)
      await send({ type: 'http.response.start', status: 200 })
      void send({ type: 'http.response.body', body: Buffer.alloc(16 * MB), more: true })
      await eventually(() => (transport?.bufferedAmount ?? 0) > 0)
    }),
    { writeTimeout: 30, maxConnections: 1 },
  )
  const client = await connect()
  client.stall()
  client.write(get())
  let answer = await ask(get('/again'))
  while (answer.status === 503) answer = await ask(get('/again')) // while the first one stands
  expect(textOf(answer)).toBe('/again')
})

test('a quiet event stream is ended short of its end marker', async () => {
  const reason = gate<string | undefined>()
  const { connect } = await start(
    sse(async ({ 'pagi.connection': connection }, _receive, send) => {
      await send({ type: 'sse.start' })
      reason.open(await connection.ended)
    }),
    { sseIdleTimeout: 20 },
  )
  const client = await connect()
  client.write(get('/', 'accept: text/event-stream'))
  await readHead(client)
  expect(await reason.promise).toBe('idle_timeout')
  expect(await client.rest()).toBe('')
})

test('a quiet WebSocket is ended without a Close frame', async () => {
  const said = gate<unknown>()
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      said.open(await receive())
    }),
    { wsIdleTimeout: 20 },
  )
  const client = await connect()
  client.write(HANDSHAKE)
  await readHead(client)
  expect(await said.promise).toEqual({
    type: 'websocket.disconnect',
    code: 1006,
    reason: 'idle_timeout',
  })
  expect(await client.rest()).toBe('')
})
