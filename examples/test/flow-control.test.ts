import { expect, test } from 'vitest'
import { createApp } from '../13-flow-control/app.ts'
import { EventStream } from './support/event-stream.ts'
import { serving, Watched } from './support/serve.ts'

const set = async (url: string, body: string): Promise<string> =>
  (await fetch(url, { method: 'POST', body })).text()

const slow = async (url: string): Promise<string> => (await fetch(url)).text()

test('a reader sees each change, and a new one the newest at once', async () => {
  const { url } = await serving(createApp())
  expect(await set(url, '0 : 0')).toBe('state 1\n')
  const first = await EventStream.open(url)
  expect(await first.next()).toEqual({ id: '1', data: '0 : 0' })
  await set(url, '1 : 0')
  expect(await first.next()).toEqual({ id: '2', data: '1 : 0' })
  const second = await EventStream.open(url)
  expect(await second.next()).toEqual({ id: '2', data: '1 : 0' })
})

test('a slow reader gets the newest state and no backlog', { timeout: 30_000 }, async () => {
  const watched = new Watched(createApp())
  const { url } = await serving(watched.app)
  const reader = await EventStream.open(url)
  const { scope } = await watched.call('sse')
  const transport = scope['pagi.transport']

  const states = 60
  for (let count = 1; count < states; count += 1) await set(url, 'x'.repeat(500_000))
  await set(url, 'the last')
  const caughtUp = new Promise<void>((resolve) => void transport?.onDrain(resolve))
  expect(await slow(url)).toBe('1 slow\n')
  expect(transport?.bufferedAmount).toBeLessThan(1_500_000)

  let events = 1
  await reader.until(({ data }) => {
    if (data !== 'the last') events += 1
    return data === 'the last'
  })
  expect(events).toBeLessThan(states)
  await caughtUp
  expect(await slow(url)).toBe('0 slow\n')
})

test('one who leaves while being slow is slow no more', { timeout: 30_000 }, async () => {
  const watched = new Watched(createApp())
  const { url } = await serving(watched.app)
  const reader = await EventStream.open(url)
  const { settled } = await watched.call('sse')
  while ((await slow(url)) === '0 slow\n') await set(url, 'x'.repeat(500_000))
  reader.leave()
  await settled
  expect(await slow(url)).toBe('0 slow\n')
})
