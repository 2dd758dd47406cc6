import { dispatch } from '@pagi/spec'
import { expect, test } from 'vitest'
import { testApp, turn } from '../src/index.ts'
import { gate, last, start } from './support/apps.ts'

test('events come as an EventSource would see them', async () => {
  await using client = testApp(
    dispatch({
      async sse(scope, _receive, send) {
        await send({ type: 'sse.start', headers: [['x-path', scope.path]] })
        await send({ type: 'sse.send', data: 'first' })
        await send({ type: 'sse.send', data: 'two\nlines', event: 'tick', id: '7', retry: 500 })
        await send({ type: 'sse.close' })
      },
    }),
  )
  await using stream = await client.sse('/events')
  expect(stream.accepted).toBe(true)
  expect(stream.headers.get('x-path')).toBe('/events')
  expect(stream.headers.get('content-type')).toBe('text/event-stream')
  expect(await stream.next()).toEqual({ event: 'message', data: 'first', id: undefined })
  expect(await stream.next()).toEqual({ event: 'tick', data: 'two\nlines', id: '7' })
  expect([stream.lastEventId, stream.retry]).toEqual(['7', 500])
  expect(await stream.next()).toBeUndefined()
  expect(stream.complete).toBe(true)
})

test('an endless stream ends when the client leaves', async () => {
  let reason: unknown
  await using client = testApp(
    dispatch({
      async sse(scope, receive, send) {
        await send({ type: 'sse.start' })
        for (let n = 1; scope['pagi.connection'].isConnected; n++) {
          await send({ type: 'sse.send', data: String(n) })
          await turn()
        }
        const end = await receive({}) // the request's body comes first
        expect(end.type).toBe('sse.disconnect')
        reason = end.type === 'sse.disconnect' ? end.reason : end
      },
    }),
  )
  const stream = await client.sse('/')
  const seen: string[] = []
  for await (const { data } of stream) {
    seen.push(data)
    if (seen.length === 3) break
  }
  await stream.close()
  expect(seen).toEqual(['1', '2', '3'])
  expect(reason).toBe('client_closed')
  expect(stream.complete).toBe(false)
  expect(stream.exchange.reason).toBe('client_closed')
})

test('a refused stream is a response', async () => {
  await using client = testApp(
    dispatch({
      async sse(_scope, _receive, send) {
        await send(start(403, [['content-type', 'text/plain']]))
        await send(last('members only'))
      },
    }),
  )
  const stream = await client.sse('/private')
  expect([stream.accepted, stream.status]).toEqual([false, 403])
  expect((await stream.response()).text()).toBe('members only')
  await expect(stream.next()).rejects.toThrow('the event stream was refused with 403')
})

test('an application without event streams answers 500', async () => {
  await using client = testApp(dispatch({ async http() {} }))
  const stream = await client.sse('/')
  expect(stream.status).toBe(500)
  expect(stream.exchange.error).toMatchObject({ code: 'ERR_PAGI_UNSUPPORTED_SCOPE' })
})

test('keepalive comments come with the clock', async () => {
  await using client = testApp(
    dispatch({
      async sse(scope, _receive, send) {
        await send({ type: 'sse.start' })
        await send({ type: 'sse.keepalive', interval: 15, comment: 'tick' })
        await scope['pagi.connection'].ended
      },
    }),
  )
  const stream = await client.sse('/')
  await client.advance(15_000)
  expect(await stream.comment()).toBe('tick')
  await client.advance(30_000)
  expect([await stream.comment(), await stream.comment()]).toEqual(['tick', 'tick'])
})

test('a client comes back with the id it has seen last', async () => {
  await using client = testApp(
    dispatch({
      async sse(scope, _receive, send) {
        const id = scope.headers.find(([name]) => name === 'last-event-id')?.[1] ?? '0'
        await send({ type: 'sse.start' })
        await send({ type: 'sse.send', data: `after ${id}`, id: String(Number(id) + 1) })
        await scope['pagi.connection'].ended
      },
    }),
  )
  const first = await client.sse('/')
  expect((await first.next())?.data).toBe('after 0')
  await first.close()
  const second = await client.sse('/', { lastEventId: first.lastEventId })
  expect((await second.next())?.data).toBe('after 1')
})

test('a reader that stalls makes the application wait, and is given up in the end', async () => {
  let sent = 0
  await using client = testApp(
    dispatch({
      async sse(scope, _receive, send) {
        await send({ type: 'sse.start' })
        while (scope['pagi.connection'].isConnected) {
          await send({ type: 'sse.send', data: 'x'.repeat(1000) })
          sent += 1
        }
      },
    }),
    { writeHighWatermark: 10_000, writeLowWatermark: 1000, writeTimeout: 5000 },
  )
  const { exchange } = await client.sse('/', { stalled: true })
  await turn()
  expect(exchange.transport.bufferedAmount).toBeGreaterThanOrEqual(10_000)
  const before = sent
  await client.advance(4999)
  expect(sent).toBe(before)
  await client.advance(1)
  await exchange.settled
  expect(exchange.reason).toBe('write_timeout')
})

test('a server that stops ends the stream', async () => {
  const reasons: unknown[] = []
  const client = testApp(
    dispatch({
      async sse(_scope, receive, send) {
        await send({ type: 'sse.start' })
        await receive()
        const event = await receive()
        reasons.push(event.type === 'sse.disconnect' && event.reason)
      },
    }),
  )
  const stream = await client.sse('/')
  await client.close()
  expect(reasons).toEqual(['server_shutdown'])
  expect(await stream.next()).toBeUndefined()
  expect(stream.complete).toBe(false)
})

test('a stream that never begins can be left', async () => {
  const door = gate()
  await using client = testApp(
    dispatch({
      async sse(scope) {
        await scope['pagi.connection'].disconnected
        door.open()
      },
    }),
  )
  const exchange = await client.open('/', { headers: { accept: 'text/event-stream' } })
  expect(exchange.scope?.type).toBe('sse')
  exchange.disconnect()
  await door.passed
  expect((await exchange.head()).status).toBe(0)
})
