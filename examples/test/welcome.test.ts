import { readFile } from 'node:fs/promises'
import type { TestEventStream } from '@pagi/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { clientOf } from './support/client.ts'
import { openEventStream } from './support/event-stream.ts'
import { load, serving } from './support/serve.ts'
import { Socket } from './support/socket.ts'

const EXAMPLE = 'welcome'

test('serves its page from a file', async () => {
  const client = clientOf(await load(EXAMPLE))
  const page = await readFile(new URL('../welcome/index.html', import.meta.url), 'utf8')
  const response = await client.get('/')
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.text()).toBe(page)

  const head = await client.head('/')
  expect([head.status, head.text()]).toEqual([200, ''])
})

test('the page needs nothing from elsewhere', async () => {
  const page = await readFile(new URL('../welcome/index.html', import.meta.url), 'utf8')
  expect(page).not.toMatch(/(src|@import|url\()\s*=?\s*["'(]?(https?:)?\/\//)
  expect([...page.matchAll(/<(link|script|img|iframe)\b[^>]*https?:/g)].map(String)).toEqual([
    expect.stringContaining('data:image/svg+xml'),
  ])
})

test('greets', async () => {
  const client = clientOf(await load(EXAMPLE))
  expect((await client.get('/hello?name=J%C3%BCrgen')).text()).toBe('Hello, Jürgen!\n')
  expect((await client.get('/hello')).text()).toBe('Hello, world!\n')
})

test('says what is wrong with other requests', async () => {
  const client = clientOf(await load(EXAMPLE))
  expect((await client.get('/nothing')).status).toBe(404)
  expect((await client.get('/constructor')).status).toBe(404)
  const post = await client.post('/', { body: 'x' })
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  expect((await client.get('/feed')).status).toBe(406)
  const chat = await client.get('/chat')
  expect([chat.status, chat.headers.get('upgrade')]).toEqual([426, 'websocket'])
  expect((await client.sse('/nothing')).status).toBe(404)
  const socket = await client.websocket('/nothing')
  expect((await socket.refusal()).status).toBe(404)
})

test('the feed tells what happens, and goes on where it stopped', async () => {
  const client = clientOf(await load(EXAMPLE))
  const hello = async (stream: TestEventStream): Promise<number> => {
    for await (const { id, data } of stream) if (data.includes('GET /hello')) return Number(id)
    throw new Error('the stream has ended')
  }
  const first = await client.sse('/feed')
  expect(await first.next()).toMatchObject({ event: 'hello' })
  expect(first.retry).toBe(500)
  await client.get('/hello')
  const seen = await hello(first)
  await first.close()

  await client.get('/hello?again')
  const second = await client.sse('/feed', { lastEventId: first.lastEventId })
  expect(await hello(second)).toBe(seen + 1)
})

test('the feed tells the time', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const client = clientOf(await load(EXAMPLE))
  const feed = await client.sse('/feed')
  await feed.next()
  vi.advanceTimersByTime(1000)
  const tick = await feed.next()
  expect(tick?.event).toBe('tick')
  expect(JSON.parse(tick?.data ?? '')).toMatchObject({ kind: 'tick', watching: 1 })
})

test('what one says in the chat, all hear, and those who come later too', async () => {
  const client = clientOf(await load(EXAMPLE))
  const ada = await client.websocket('/chat')
  const grace = await client.websocket('/chat')
  ada.sendJson({ from: 'Ada', text: 'Hello?' })
  for (const socket of [ada, grace]) {
    expect(await socket.receiveJson()).toMatchObject({ from: 'Ada', text: 'Hello?' })
  }
  const late = await client.websocket('/chat')
  expect(await late.receiveJson()).toMatchObject({ from: 'Ada', text: 'Hello?' })
})

test('nonsense in the chat closes the socket, and says what was expected', async () => {
  const client = clientOf(await load(EXAMPLE))
  for (const nonsense of ['hello', '{}', '{"from":"","text":"x"}', Uint8Array.of(1)]) {
    const socket = await client.websocket('/chat')
    socket.send(nonsense)
    const reason: unknown = expect.stringMatching(/expected \{"from", "text"\}/)
    expect(await socket.ended()).toEqual({ code: 1007, reason, clean: true })
  }
})

test('nobody who leaves is waited for', async () => {
  const client = clientOf(await load(EXAMPLE))
  const polite = await client.websocket('/chat')
  await polite.close(1000)
  await polite.leave()
  const rude = await client.websocket('/chat')
  await rude.leave()
})

test('a real server stops although everything is open', async () => {
  const server = await serving(await load(EXAMPLE))
  const socket = await Socket.open(`${server.url}/chat`)
  await openEventStream(`${server.url}/feed`)
  await server.close()
  expect(await socket.closed).toMatchObject({ code: 1012 })
})
