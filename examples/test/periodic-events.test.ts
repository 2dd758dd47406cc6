import { expect, test } from 'vitest'
import { createApp } from '../14-periodic-events/app.ts'
import { Ticker } from '../14-periodic-events/ticker.ts'
import { EventStream } from './support/event-stream.ts'
import { serving, Watched } from './support/serve.ts'
import { Socket } from './support/socket.ts'

test('one timer ticks for streams and sockets', async () => {
  const { url } = await serving(createApp({ interval: 5 }))
  const stream = await EventStream.open(url)
  const socket = await Socket.open(url)
  const first = await stream.next()
  expect(first.event).toBe('tick')
  expect(Number((await stream.next()).data)).toBeGreaterThan(Number(first.data))
  expect(await socket.next()).toMatch(/^tick \d+$/)
})

test('nothing is left of those who leave, however they do it', async () => {
  const ticker = new Ticker()
  const watched = new Watched(createApp({ interval: 5, ticker }))
  const { url } = await serving(watched.app)
  const stream = await EventStream.open(url)
  const closing = await Socket.open(url)
  const vanishing = await Socket.open(url)
  await stream.next()
  const calls = [
    await watched.call('sse'),
    await watched.call('websocket'),
    await watched.call('websocket'),
  ]
  stream.leave()
  closing.close(1000)
  vanishing.terminate()
  await Promise.all(calls.map(({ settled }) => settled))
  expect(ticker.followers).toBe(0)
})

test('the timer runs from startup to shutdown, which ends the listeners', async () => {
  const ticker = new Ticker()
  const watched = new Watched(createApp({ interval: 5, ticker }))
  const server = await serving(watched.app)
  expect(ticker.isRunning).toBe(true)
  const stream = await EventStream.open(server.url)
  const socket = await Socket.open(server.url)
  await stream.next()
  const { scope, settled } = await watched.call('sse')
  await server.close()
  await settled
  expect(scope['pagi.connection'].disconnectReason).toBe('server_shutdown')
  expect(await socket.closed).toMatchObject({ code: 1012 })
  expect(ticker.isRunning).toBe(false)
})
