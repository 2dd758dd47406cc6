import type { TestClient } from '@pagi/testing'
import { expect, test } from 'vitest'
import { createApp } from '../13-flow-control/app.ts'
import { clientOf } from './support/client.ts'

const set = async (client: TestClient, body: string): Promise<string> =>
  (await client.post('/', { body })).text()

const slow = async (client: TestClient): Promise<string> => (await client.get('/')).text()

test('a reader sees each change, and a new one the newest at once', async () => {
  const client = clientOf(createApp())
  expect(await set(client, '0 : 0')).toBe('state 1\n')
  const first = await client.sse('/')
  expect(await first.next()).toMatchObject({ id: '1', data: '0 : 0' })
  await set(client, '1 : 0')
  expect(await first.next()).toMatchObject({ id: '2', data: '1 : 0' })
  const second = await client.sse('/')
  expect(await second.next()).toMatchObject({ id: '2', data: '1 : 0' })
})

test('a slow reader gets the newest state and no backlog', async () => {
  const client = clientOf(createApp(), { writeHighWatermark: 1000, writeLowWatermark: 100 })
  const reader = await client.sse('/', { stalled: true })
  for (let count = 1; count <= 60; count += 1) await set(client, 'x'.repeat(600))
  await set(client, 'the last')
  expect(await slow(client)).toBe('1 slow\n')
  expect(reader.exchange.transport.bufferedAmount).toBeLessThan(1300)

  reader.exchange.resume()
  for (const id of ['1', '2', '61']) expect(await reader.next()).toMatchObject({ id })
  expect(await reader.comment()).toBe('skipped 58')
  expect(await slow(client)).toBe('0 slow\n')
})

test('one who leaves while being slow is slow no more', async () => {
  const client = clientOf(createApp(), { writeHighWatermark: 1000 })
  const reader = await client.sse('/', { stalled: true })
  await set(client, 'x'.repeat(1000))
  expect(await slow(client)).toBe('1 slow\n')
  await reader.close()
  expect(await slow(client)).toBe('0 slow\n')
})
