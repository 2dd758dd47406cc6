import { turn, type TestClient } from '@pagi/testing'
import { expect, test } from 'vitest'
import { clientOf } from './support/client.ts'
import { load } from './support/serve.ts'

const EXAMPLE = '05-sse-broadcaster'

const publish = async (client: TestClient, body: string): Promise<string> => {
  const response = await client.post('/messages', { body })
  expect(response.status).toBe(202)
  return response.text()
}

test('everybody who listens gets every message, line by line', async () => {
  const client = clientOf(await load(EXAMPLE))
  const listeners = [await client.sse('/events'), await client.sse('/events')]
  for (const listener of listeners) {
    expect(listener.accepted).toBe(true)
    expect(await listener.next()).toMatchObject({ event: 'hello' })
    expect(listener.retry).toBe(1000)
  }
  expect(await publish(client, 'one\ntwo')).toMatch(/^message \d+ for 2 listeners\n$/)
  for (const listener of listeners) {
    expect(await listener.next()).toMatchObject({ data: 'one\ntwo' })
  }
})

test('who comes back with the last id gets what was missed', async () => {
  const client = clientOf(await load(EXAMPLE))
  const first = await client.sse('/events')
  await first.next()
  await publish(client, 'seen')
  await first.next()
  await first.close()
  await publish(client, 'missed')

  const { lastEventId } = first
  const second = await client.sse('/events', { lastEventId })
  expect(await second.next()).toMatchObject({ event: 'hello', data: `after ${lastEventId}` })
  const missed = { event: 'message', id: String(Number(lastEventId) + 1), data: 'missed' }
  expect(await second.next()).toEqual(missed)
})

test('an id from before a restart brings all that is kept, and nonsense nothing', async () => {
  const client = clientOf(await load(EXAMPLE))
  await publish(client, 'kept')
  const restarted = await client.sse('/events', { lastEventId: '999999' })
  expect(await restarted.next()).toMatchObject({ data: 'after 0' })
  for await (const { data } of restarted) if (data === 'kept') break

  const confused = await client.sse('/events', { lastEventId: 'me' })
  await confused.next()
  await publish(client, 'new')
  expect(await confused.next()).toMatchObject({ data: 'new' })
})

test('nothing is left of a listener who left', async () => {
  const client = clientOf(await load(EXAMPLE))
  const listener = await client.sse('/events')
  await turn()
  expect((await client.get('/')).text()).toBe('1 listeners\n')
  await listener.close()
  expect((await client.get('/')).text()).toBe('0 listeners\n')
})

test('a listener who does not read holds up nobody and fills no memory', async () => {
  const client = clientOf(await load(EXAMPLE))
  const stalled = await client.sse('/events', { stalled: true })
  const quick = await client.sse('/events')
  await quick.next()

  const message = 'x'.repeat(20_000)
  for (let count = 0; count < 40; count += 1) {
    await publish(client, message)
    expect((await quick.next())?.data).toBe(message)
  }
  expect(stalled.exchange.transport.bufferedAmount).toBeLessThan(100_000)
  await stalled.close()
})

test('when there is nothing to tell, a comment keeps the connection', async () => {
  const client = clientOf(await load(EXAMPLE))
  const listener = await client.sse('/events')
  await client.advance(15_000)
  expect(await listener.comment()).toBe('')
})

test('other paths and methods get an ordinary answer', async () => {
  const client = clientOf(await load(EXAMPLE))
  expect((await client.sse('/other')).status).toBe(404)
  expect((await client.get('/other')).status).toBe(404)
  expect((await client.get('/events')).status).toBe(406)
  expect((await client.get('/messages')).status).toBe(405)
})

test('the server stops although somebody listens', async () => {
  const client = clientOf(await load(EXAMPLE))
  const listener = await client.sse('/events')
  await client.close()
  expect(listener.exchange.reason).toBe('server_shutdown')
})
