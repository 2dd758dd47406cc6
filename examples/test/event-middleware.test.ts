import { dispatch } from '@pagi/server'
import { testApp } from '@pagi/testing'
import { expect, test } from 'vitest'
import { createApp } from '../17-event-middleware/app.ts'
import { observe, type Observation } from '../17-event-middleware/observe.ts'
import { clientOf } from './support/client.ts'

test('counts a request and its response, and gives both the number', async () => {
  const seen: Observation[] = []
  const client = clientOf(createApp((observation) => seen.push(observation)))
  const exchange = await client.open('/a', { method: 'POST', body: 'Grüße' })
  const response = await exchange.response()
  expect(response.headers.get('x-call')).toBe('1')
  expect(response.text()).toBe('This is call 1\n')
  await exchange.settled
  expect(seen).toEqual([{ id: '1', type: 'http', path: '/a', bytesIn: 7, bytesOut: 15 }])
  expect(exchange.scope).not.toHaveProperty(['observe.id'])
})

test('works for streams and sessions', async () => {
  const seen: Observation[] = []
  const client = clientOf(createApp((observation) => seen.push(observation)))
  const stream = await client.sse('/')
  expect(stream.headers.get('x-call')).toBe('1')
  expect(await stream.next()).toMatchObject({ data: 'Hello' })
  expect(await stream.next()).toBeUndefined()
  await stream.exchange.settled

  const socket = await client.websocket('/')
  expect(socket.headers.get('x-call')).toBe('2')
  socket.send('one')
  expect(await socket.receive()).toBe('one')
  socket.send(Uint8Array.of(1, 2))
  expect(await socket.receive()).toBe('bytes')
  await socket.close()
  await socket.leave()
  expect(seen).toMatchObject([
    { type: 'sse', bytesIn: 0, bytesOut: 5 },
    { type: 'websocket', bytesIn: 5, bytesOut: 8 },
  ])
})

test('what the application throws is reported and thrown again', async () => {
  const seen: Observation[] = []
  const mistake = new Error('a mistake')
  const failing = dispatch({ http: () => Promise.reject(mistake) })
  await using client = testApp(observe((observation) => seen.push(observation))(failing))
  const { status, error } = await client.get('/')
  expect([status, error]).toEqual([500, mistake])
  expect(seen).toMatchObject([{ type: 'http', failure: mistake }])
})

test('layers share the connection, and an event that is sent twice is not changed', async () => {
  const start = { type: 'http.response.start', status: 200, headers: [] } as const
  const connections: unknown[] = []
  const inner = dispatch({
    async http(scope, _receive, send) {
      connections.push(scope['pagi.connection'])
      await send(start)
      await send({ type: 'http.response.body' })
    },
  })
  const client = clientOf(observe(() => {})(inner))
  const exchange = await client.open('/')
  expect((await exchange.head()).headers.get('x-call')).toBe('1')
  expect((await client.get('/')).headers.get('x-call')).toBe('2')
  expect(start.headers).toEqual([])
  expect(connections[0]).toBe(exchange.connection)
})
