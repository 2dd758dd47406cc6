import { dispatch } from '@pagi/server'
import { expect, test } from 'vitest'
import { createApp } from '../17-event-middleware/app.ts'
import { observe, type Observation } from '../17-event-middleware/observe.ts'
import { EventStream } from './support/event-stream.ts'
import { serving, Watched } from './support/serve.ts'
import { Socket } from './support/socket.ts'

test('counts a request and its response, and gives both the number', async () => {
  const seen: Observation[] = []
  const watched = new Watched(createApp((observation) => seen.push(observation)))
  const { url } = await serving(watched.app)
  const response = await fetch(`${url}/a`, { method: 'POST', body: 'Grüße' })
  expect(response.headers.get('x-call')).toBe('1')
  expect(await response.text()).toBe('This is call 1\n')
  const { scope, settled } = await watched.call('http')
  await settled
  expect(seen).toEqual([{ id: '1', type: 'http', path: '/a', bytesIn: 7, bytesOut: 15 }])
  expect(scope).not.toHaveProperty(['observe.id'])
})

test('works for streams and sessions', async () => {
  const seen: Observation[] = []
  const watched = new Watched(createApp((observation) => seen.push(observation)))
  const { url } = await serving(watched.app)
  const stream = await EventStream.open(url)
  expect(stream.response.headers.get('x-call')).toBe('1')
  expect(await stream.next()).toEqual({ data: 'Hello' })
  await (
    await watched.call('sse')
  ).settled

  const socket = await Socket.open(url)
  socket.send('one')
  expect(await socket.next()).toBe('one')
  socket.send(Uint8Array.of(1, 2))
  expect(await socket.next()).toBe('bytes')
  socket.close()
  await (
    await watched.call('websocket')
  ).settled
  expect(seen).toMatchObject([
    { type: 'sse', bytesIn: 0, bytesOut: 5 },
    { type: 'websocket', bytesIn: 5, bytesOut: 8 },
  ])
})

test('what the application throws is reported and thrown again', async () => {
  const seen: Observation[] = []
  const mistake = new Error('a mistake')
  const failing = dispatch({ http: () => Promise.reject(mistake) })
  const watched = new Watched(observe((observation) => seen.push(observation))(failing))
  const { url } = await serving(watched.app)
  expect((await fetch(url)).status).toBe(500)
  await expect((await watched.call('http')).settled).rejects.toBe(mistake)
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
  const watched = new Watched(observe(() => {})(inner))
  const { url } = await serving(watched.app)
  expect((await fetch(url)).headers.get('x-call')).toBe('1')
  expect((await fetch(url)).headers.get('x-call')).toBe('2')
  expect(start.headers).toEqual([])
  expect(connections[0]).toBe((await watched.call('http')).scope['pagi.connection'])
})
