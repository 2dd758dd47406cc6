import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { EventStream } from './support/event-stream.ts'
import { load, serving, Watched } from './support/serve.ts'
import { Socket } from './support/socket.ts'

test('serves its page from a file', async () => {
  const { url } = await serving(await load('welcome'))
  const page = await readFile(new URL('../welcome/index.html', import.meta.url), 'utf8')
  const response = await fetch(url)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(await response.text()).toBe(page)

  const head = await fetch(url, { method: 'HEAD' })
  expect(head.status).toBe(200)
  expect(await head.text()).toBe('')
})

test('the page needs nothing from elsewhere', async () => {
  const page = await readFile(new URL('../welcome/index.html', import.meta.url), 'utf8')
  expect(page).not.toMatch(/(src|@import|url\()\s*=?\s*["'(]?(https?:)?\/\//)
  expect([...page.matchAll(/<(link|script|img|iframe)\b[^>]*https?:/g)].map(String)).toEqual([
    expect.stringContaining('data:image/svg+xml'),
  ])
})

test('greets', async () => {
  const { url } = await serving(await load('welcome'))
  expect(await (await fetch(`${url}/hello?name=J%C3%BCrgen`)).text()).toBe('Hello, Jürgen!\n')
  expect(await (await fetch(`${url}/hello`)).text()).toBe('Hello, world!\n')
})

test('says what is wrong with other requests', async () => {
  const { url } = await serving(await load('welcome'))
  expect((await fetch(`${url}/nothing`)).status).toBe(404)
  expect((await fetch(`${url}/constructor`)).status).toBe(404)
  const post = await fetch(url, { method: 'POST', body: 'x' })
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  expect((await fetch(`${url}/feed`)).status).toBe(406)
  const chat = await fetch(`${url}/chat`)
  expect([chat.status, chat.headers.get('upgrade')]).toEqual([426, 'websocket'])
  expect((await EventStream.open(`${url}/nothing`)).response.status).toBe(404)
  await expect(Socket.open(`${url}/nothing`)).rejects.toThrow('404')
})

test('the feed tells what happens, and goes on where it stopped', async () => {
  const { url } = await serving(await load('welcome'))
  const first = await EventStream.open(`${url}/feed`)
  expect(await first.next()).toMatchObject({ event: 'hello', retry: '500' })
  await fetch(`${url}/hello`)
  const isHello = ({ data }: { data?: string }): boolean => data?.includes('GET /hello') === true
  const seen = await first.until(isHello)
  first.leave()

  await fetch(`${url}/hello?again`)
  const second = await EventStream.open(`${url}/feed`, { 'last-event-id': seen.id ?? '' })
  expect(Number((await second.until(isHello)).id)).toBeGreaterThan(Number(seen.id))
})

test('the feed tells the time', async () => {
  const { url } = await serving(await load('welcome'))
  const feed = await EventStream.open(`${url}/feed`)
  const tick = await feed.until(({ event }) => event === 'tick')
  expect(JSON.parse(tick.data ?? '')).toMatchObject({ kind: 'tick', watching: 1 })
})

test('what one says in the chat, all hear, and those who come later too', async () => {
  const { url } = await serving(await load('welcome'))
  const ada = await Socket.open(`${url}/chat`)
  const grace = await Socket.open(`${url}/chat`)
  ada.send(JSON.stringify({ from: 'Ada', text: 'Hello?' }))
  for (const socket of [ada, grace, await Socket.open(`${url}/chat`)]) {
    const message: unknown = JSON.parse(String(await socket.next()))
    expect(message).toMatchObject({ from: 'Ada', text: 'Hello?' })
  }
})

test('nonsense in the chat closes the socket, and says what was expected', async () => {
  const { url } = await serving(await load('welcome'))
  for (const nonsense of ['hello', '{}', '{"from":"","text":"x"}', Uint8Array.of(1)]) {
    const socket = await Socket.open(`${url}/chat`)
    socket.send(nonsense)
    expect(await socket.closed).toMatchObject({ code: 1007, reason: /expected \{"from", "text"\}/ })
  }
})

test('nobody who leaves is waited for', async () => {
  const watched = new Watched(await load('welcome'))
  const { url } = await serving(watched.app)
  const polite = await Socket.open(`${url}/chat`)
  const { settled: first } = await watched.call('websocket')
  polite.close(1000)
  await first
  const rude = await Socket.open(`${url}/chat`)
  const { settled: second } = await watched.call('websocket')
  rude.terminate()
  await second
})

test('the server stops although everything is open', async () => {
  const server = await serving(await load('welcome'))
  const socket = await Socket.open(`${server.url}/chat`)
  const feed = await EventStream.open(`${server.url}/feed`)
  await feed.next()
  await server.close()
  expect(await socket.closed).toMatchObject({ code: 1012 })
})
