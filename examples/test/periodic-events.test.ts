import { turn } from '@pagi/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from '../14-periodic-events/app.ts'
import { Ticker } from '../14-periodic-events/ticker.ts'
import { clientOf } from './support/client.ts'

/** Lets one tick come. */
function clock(): () => void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  return () => vi.advanceTimersByTime(1000)
}

test('one timer ticks for streams and sockets', async () => {
  const tick = clock()
  const client = clientOf(createApp())
  const stream = await client.sse('/')
  const socket = await client.websocket('/')
  for (const count of ['1', '2']) {
    tick()
    expect(await stream.next()).toMatchObject({ event: 'tick', data: count })
    expect(await socket.receive()).toBe(`tick ${count}`)
  }
})

test('nothing is left of those who leave, however they do it', async () => {
  clock()
  const ticker = new Ticker()
  const client = clientOf(createApp({ ticker }))
  const stream = await client.sse('/')
  const closing = await client.websocket('/')
  const vanishing = await client.websocket('/')
  await turn()
  expect(ticker.followers).toBe(3)
  await stream.close()
  await closing.close(1000)
  await closing.leave()
  await vanishing.leave()
  expect(ticker.followers).toBe(0)
})

test('the timer runs from startup to shutdown, which ends the listeners', async () => {
  clock()
  const ticker = new Ticker()
  const client = clientOf(createApp({ ticker }))
  await client.start()
  expect(ticker.isRunning).toBe(true)
  const stream = await client.sse('/')
  const socket = await client.websocket('/')
  await client.close()
  expect(stream.exchange.reason).toBe('server_shutdown')
  expect(await socket.ended()).toMatchObject({ code: 1012 })
  expect(ticker.isRunning).toBe(false)
})
