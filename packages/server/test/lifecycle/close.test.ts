import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { dispatch } from '../../src/index.ts'
import { counted, listed } from '../../src/still-open.ts'
import type { Application } from '../../src/index.ts'
import { codeOf, gate, http, nextTurn, respond, sse, websocket } from '../support/apps.ts'
import { closeFrame, nextFrame, open } from '../support/frames.ts'
import { connectTo } from '../support/raw-client.ts'
import { fieldOf, readChunk, readHead, readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

test('idle connections are closed at once, whatever else is still being served', async () => {
  const begun = gate()
  const go = gate()
  const { server, connect } = await start(
    http(async ({ path }, _receive, send) => {
      if (path === '/slow') {
        begun.open()
        await go.promise
      }
      await respond(send, path)
    }),
  )
  const used = await connect()
  used.write(get('/used'))
  await readResponse(used)
  const fresh = await connect()
  const half = await connect()
  half.write('GET / HTTP/1.1\r\nhost:')
  const slow = await connect()
  slow.write(get('/slow'))
  await begun.promise
  const closing = server.close()
  expect(await Promise.all([used.end(), fresh.end(), half.end()])).toEqual(['fin', 'fin', 'fin'])
  expect(slow.ending).toBeUndefined()
  go.open()
  expect(textOf(await readResponse(slow))).toBe('/slow')
  await closing
})

/** Puts `lifespan.shutdown` among what else has happened. */
const notingShutdown =
  (order: string[]): Application<'lifespan'> =>
  async (_scope, receive, send) => {
    await receive()
    await send({ type: 'lifespan.startup.complete' })
    order.push((await receive()).type)
    await send({ type: 'lifespan.shutdown.complete' })
  }

test('a first request that has reached the machine is in flight, and lifespan.shutdown waits for it', async () => {
  const order: string[] = []
  const { server, connect, ask } = await start(
    dispatch({
      lifespan: notingShutdown(order),
      http: async ({ path }, _receive, send) => {
        await nextTurn()
        await respond(send, path)
        order.push(path)
      },
    }),
  )
  const fresh = await connect()
  await ask(get('/accepted'))
  fresh.write(get('/unread'))
  const closing = server.close()
  const response = await readResponse(fresh)
  expect([textOf(response), fieldOf(response, 'connection')]).toEqual(['/unread', ['close']])
  expect(await fresh.end()).toBe('fin')
  await closing
  expect(order).toEqual(['/accepted', '/unread', 'lifespan.shutdown'])
})

test('a request in flight finishes, with connection: close, and nothing behind it is served', async () => {
  const begun = gate()
  const go = gate()
  const paths: string[] = []
  const { server, port, connect } = await start(
    http(async ({ path }, _receive, send) => {
      paths.push(path)
      begun.open()
      await go.promise
      await respond(send, 'done')
    }),
  )
  const client = await connect()
  client.write(get('/1') + get('/2'))
  await begun.promise
  const closing = server.close()
  await nextTurn()
  expect([server.url, server.addresses()]).toEqual(['', []])
  expect(await codeOf(connectTo(port))).toBe('ECONNREFUSED')
  go.open()
  const response = await readResponse(client)
  expect([textOf(response), fieldOf(response, 'connection')]).toEqual(['done', ['close']])
  expect(await client.end()).toBe('fin')
  await closing
  expect(paths).toEqual(['/1'])
})

test('a response that began before the shutdown is finished and its connection closed', async () => {
  const go = gate()
  const { server, connect } = await start(
    http(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'one', more: true })
      await go.promise
      await send({ type: 'http.response.body', body: 'two' })
    }),
  )
  const client = await connect()
  client.write(get())
  await readHead(client)
  await readChunk(client)
  const closing = server.close()
  await nextTurn()
  go.open()
  expect(await readChunk(client)).toEqual(Buffer.from('two'))
  expect(await readChunk(client)).toHaveLength(0)
  expect(await client.end()).toBe('fin')
  await closing
})

test('endless streams and sockets are ended at once, and lifespan.shutdown comes after them', async () => {
  const order: string[] = []
  const { server, connect } = await start(
    dispatch({
      lifespan: notingShutdown(order),
      sse: async ({ 'pagi.connection': connection }, _receive, send) => {
        await send({ type: 'sse.start' })
        await send({ type: 'sse.send', data: 'x' })
        order.push(`sse ${await connection.ended}`)
      },
      websocket: async ({ 'pagi.connection': connection }, receive, send) => {
        await receive()
        await send({ type: 'websocket.accept' })
        order.push(`websocket ${await connection.ended}`)
      },
    }),
    { shutdownTimeout: '60s' },
  )
  const stream = await connect()
  stream.write(get('/', 'accept: text/event-stream'))
  await stream.until('data: x')
  const socket = await connect()
  await open(socket)
  const closing = server.close()
  expect(await nextFrame(socket)).toBe('close 1012') // WS-39
  socket.write(closeFrame(1012))
  expect(await Promise.all([stream.end(), socket.end()])).toEqual(['fin', 'fin'])
  socket.fin()
  stream.fin()
  await closing
  expect(order.slice(0, 2).toSorted()).toEqual(['sse server_shutdown', 'websocket server_shutdown'])
  expect(order.slice(2)).toEqual(['lifespan.shutdown']) // LIFE-22
})

test('a shutdown comes ahead of a pending close wait', async () => {
  const { server, connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.close' })
      expect(await receive()).toMatchObject({ type: 'websocket.disconnect', code: 1006 })
    }),
    { closeTimeout: '60s', shutdownTimeout: '60s' },
  )
  const client = await connect()
  await open(client)
  expect(await nextFrame(client)).toBe('close 1000')
  await server.close() // although the client never answers
  await client.end()
})

test('an application that hangs is given up after the shutdown timeout', async () => {
  const begun = gate()
  const reason = gate<string | undefined>()
  const { server, connect } = await start(
    http(async ({ 'pagi.connection': connection }) => {
      begun.open()
      reason.open(await connection.ended)
      await new Promise(() => {})
    }),
    { shutdownTimeout: 30 },
  )
  const client = await connect()
  client.write(get())
  await begun.promise
  await server.close() // LIFE-24
  expect(await reason.promise).toBe('server_shutdown')
  await client.end()
})

test('the shutdown waits for calls that outlive their response', async () => {
  const go = gate()
  let done = false
  const { server, ask } = await start(
    http(async (_scope, _receive, send) => {
      await respond(send)
      await go.promise
      done = true
    }),
  )
  await ask(get())
  const closing = server.close()
  await nextTurn()
  go.open()
  await closing
  expect(done).toBe(true)
})

test('terminate ends everything at once, also a close that is under way', async () => {
  const begun = gate()
  const reason = gate<string | undefined>()
  const { server, connect } = await start(
    http(async ({ 'pagi.connection': connection }) => {
      begun.open()
      reason.open(await connection.ended)
      await new Promise(() => {})
    }),
    { shutdownTimeout: '60s' },
  )
  const client = await connect()
  client.write(get())
  await begun.promise
  const closing = server.close()
  await nextTurn()
  server.terminate()
  await closing
  expect(await reason.promise).toBe('server_shutdown')
  await client.end()
})

test('late deliveries happen before close resolves', async () => {
  let notified = false
  const begun = gate()
  const { server, connect } = await start(
    sse(async ({ 'pagi.connection': connection }, _receive, send) => {
      await send({ type: 'sse.start' })
      connection.onEnd(() => {
        notified = true
      })
      begun.open()
    }),
  )
  const client = await connect()
  client.write(get('/', 'accept: text/event-stream'))
  await begun.promise
  await server.close()
  expect(notified).toBe(true) // CONN-46
})

test('what a shutdown waits for is told, and at the end of its patience which it was', async () => {
  const begun = gate()
  const waits = gate()
  const { server, connect, log } = await start(
    dispatch({
      http: async () => {
        begun.open()
        await waits.promise
      },
      websocket: async (_scope, receive, send) => {
        await receive()
        await send({ type: 'websocket.accept' })
        await waits.promise
      },
    }),
    { shutdownTimeout: 50 },
  )
  await open(await connect())
  const slow = await connect()
  slow.write(get('/slow?a'))
  await begun.promise
  await server.close()
  waits.open()
  const told = log.lines.filter((line) => line.includes('shutdown:'))
  expect(told).toEqual([
    'info: shutdown: waiting for 1 request and 1 WebSocket to end, at most 0.1 s',
    expect.stringMatching(
      /^warn: shutdown: after [\d.]+ s not waiting any longer for 1 request and 1 WebSocket: GET \/socket \([\d.]+ s\), GET \/slow\?a \([\d.]+ s\)$/,
    ),
  ])
})

test('a shutdown that waits for nobody, and what it waits for many of', async () => {
  const { server, log } = await start(http(async (_scope, _receive, send) => respond(send)))
  await server.close()
  expect(log.lines.filter((line) => line.includes('shutdown:'))).toEqual([])
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/' })
  const run = { shutdown: () => {} }
  const scope = { run, done: Promise.resolve(), type: 'sse', request, began: 0 } as const
  const many = Array.from({ length: 12 }, (_item, index) => ({ ...scope, began: index * 100 }))
  expect(counted([...many, { ...scope, type: 'http' }, { ...scope, type: 'http' }])).toBe(
    '2 requests and 12 event streams',
  )
  expect(listed(many, 2000)).toMatch(/^12 event streams: GET \/ \(2 s\), .* \(1.1 s\), and 2 more$/)
})
