import { expect, test } from 'vitest'
import { EventStream } from './support/event-stream.ts'
import { load, serving, Watched } from './support/serve.ts'

const publish = async (url: string, body: string): Promise<string> => {
  const response = await fetch(`${url}/messages`, { method: 'POST', body })
  expect(response.status).toBe(202)
  return response.text()
}

test('everybody who listens gets every message, line by line', async () => {
  const { url } = await serving(await load('05-sse-broadcaster'))
  const ada = await EventStream.open(`${url}/events`)
  const grace = await EventStream.open(`${url}/events`)
  for (const listener of [ada, grace]) {
    expect(listener.response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(await listener.next()).toMatchObject({ event: 'hello', retry: '1000' })
  }
  expect(await publish(url, 'one\ntwo')).toMatch(/^message \d+ for 2 listeners\n$/)
  for (const listener of [ada, grace]) {
    expect(await listener.next()).toMatchObject({ data: 'one\ntwo' })
  }
})

test('who comes back with the last id gets what was missed', async () => {
  const { url } = await serving(await load('05-sse-broadcaster'))
  const first = await EventStream.open(`${url}/events`)
  await first.next()
  await publish(url, 'seen')
  const { id = '' } = await first.next()
  first.leave()
  await publish(url, 'missed')

  const second = await EventStream.open(`${url}/events`, { 'last-event-id': id })
  expect(await second.next()).toMatchObject({ event: 'hello', data: `after ${id}` })
  expect(await second.next()).toEqual({ id: String(Number(id) + 1), data: 'missed' })
})

test('an id from before a restart brings all that is kept, and nonsense nothing', async () => {
  const { url } = await serving(await load('05-sse-broadcaster'))
  await publish(url, 'kept')
  const restarted = await EventStream.open(`${url}/events`, { 'last-event-id': '999999' })
  expect(await restarted.next()).toMatchObject({ data: 'after 0' })
  await restarted.until(({ data }) => data === 'kept')

  const confused = await EventStream.open(`${url}/events`, { 'last-event-id': 'me' })
  await confused.next()
  await publish(url, 'new')
  expect(await confused.next()).toMatchObject({ data: 'new' })
})

test('nothing is left of a listener who left', async () => {
  const watched = new Watched(await load('05-sse-broadcaster'))
  const { url } = await serving(watched.app)
  const listener = await EventStream.open(`${url}/events`)
  await listener.next()
  const { settled } = await watched.call('sse')
  expect(await (await fetch(url)).text()).toBe('1 listeners\n')
  listener.leave()
  await settled
  expect(await (await fetch(url)).text()).toBe('0 listeners\n')
})

test('a listener who does not read holds up nobody and fills no memory', async () => {
  const watched = new Watched(await load('05-sse-broadcaster'))
  const { url } = await serving(watched.app)
  const stalled = await EventStream.open(`${url}/events`)
  await stalled.next()
  const { scope, settled } = await watched.call('sse')
  const quick = await EventStream.open(`${url}/events`)
  await quick.next()

  const message = 'x'.repeat(500_000)
  for (let count = 0; count < 40; count += 1) {
    await publish(url, message)
    expect((await quick.next()).data).toBe(message)
  }
  expect(scope['pagi.transport']?.bufferedAmount).toBeLessThan(1_500_000)
  stalled.leave()
  await settled
})

test('other paths and methods get an ordinary answer', async () => {
  const { url } = await serving(await load('05-sse-broadcaster'))
  expect((await EventStream.open(`${url}/other`)).response.status).toBe(404)
  expect((await fetch(`${url}/other`)).status).toBe(404)
  expect((await fetch(`${url}/events`)).status).toBe(406)
  expect((await fetch(`${url}/messages`)).status).toBe(405)
})

test('the server stops although somebody listens', async () => {
  const watched = new Watched(await load('05-sse-broadcaster'))
  const server = await serving(watched.app)
  const listener = await EventStream.open(`${server.url}/events`)
  await listener.next()
  const { scope, settled } = await watched.call('sse')
  await server.close()
  await settled
  expect(scope['pagi.connection'].disconnectReason).toBe('server_shutdown')
})
