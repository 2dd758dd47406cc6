import { expect, test } from 'vitest'
import { openPage, useBrowser } from './browser.ts'
import { load, scopesOf, serving, withPage } from './serve.ts'

useBrowser()

test('an EventSource comes back and gets what it missed', async () => {
  const { app, next } = scopesOf('sse', withPage(await load('05-sse-broadcaster')))
  const { url } = await serving(app)
  const publish = (body: string): Promise<Response> =>
    fetch(`${url}/messages`, { method: 'POST', body })

  const page = await openPage(url, { expected: /ERR_/ })
  const heard = page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const messages: string[] = []
        const source = new EventSource('/events')
        source.addEventListener('hello', ({ data }) => messages.push(`hello ${data}`))
        source.addEventListener('error', () => messages.push('lost'))
        source.addEventListener('message', ({ data, lastEventId }) => {
          messages.push(`${lastEventId} ${data}`)
          document.title = String(data)
          if (data === 'after') resolve(messages)
        })
      }),
  )

  const first = await next()
  await publish('before\nin two lines')
  await page.waitForFunction(() => document.title.startsWith('before'))
  first['pagi.connection'].abort('the test pulls the plug')
  await publish('meanwhile')

  const second = await next()
  expect(second.headers).toContainEqual(['last-event-id', '1'])
  await publish('after')
  expect(await heard).toEqual([
    'hello after 0',
    '1 before\nin two lines',
    'lost',
    'hello after 1',
    '2 meanwhile',
    '3 after',
  ])
})

test('a refused EventSource does not come back', async () => {
  const { url } = await serving(withPage(await load('05-sse-broadcaster')))
  const page = await openPage(url, { expected: /404/ })
  const state = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const source = new EventSource('/nothing')
        source.addEventListener('error', () => resolve(source.readyState === EventSource.CLOSED))
      }),
  )
  expect(state).toBe(true)
})

test('a WebSocket echoes text as text and binary as binary', async () => {
  const { url } = await serving(withPage(await load('04-websocket-echo')))
  const page = await openPage(url)
  const heard = await page.evaluate(
    (address) =>
      new Promise<unknown[]>((resolve) => {
        const messages: unknown[] = []
        const socket = new WebSocket(address)
        socket.binaryType = 'arraybuffer'
        socket.addEventListener('open', () => {
          socket.send('Grüße')
          socket.send(Uint8Array.of(0, 128, 255))
          socket.send('bye')
        })
        socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) =>
          messages.push(typeof data === 'string' ? data : [...new Uint8Array(data)]),
        )
        socket.addEventListener('close', ({ code, reason, wasClean }) =>
          resolve([...messages, { code, reason, wasClean }]),
        )
      }),
    `${url.replace('http', 'ws')}/echo`,
  )
  expect(heard).toEqual(['Grüße', [0, 128, 255], { code: 1000, reason: 'bye', wasClean: true }])
})

/** How a WebSocket to an address ends: the names of its events, and the code of the last one. */
const ending = (address: string): Promise<(string | number)[]> =>
  new Promise((resolve) => {
    const events: (string | number)[] = []
    const socket = new WebSocket(address)
    for (const name of ['open', 'error']) {
      socket.addEventListener(name, () => {
        events.push(name)
        document.title = name
      })
    }
    socket.addEventListener('close', ({ code }) => resolve([...events, code]))
  })

test('a refused handshake is an error and 1006 to the page', async () => {
  const { url } = await serving(withPage(await load('04-websocket-echo')))
  const page = await openPage(url, { expected: /Unexpected response code: 404/ })
  const address = `${url.replace('http', 'ws')}/other`
  expect(await page.evaluate(ending, address)).toEqual(['error', 1006])
})

test('a WebSocket learns from 1012 that the server stops', async () => {
  const server = await serving(withPage(await load('04-websocket-echo')))
  const page = await openPage(server.url)
  const ended = page.evaluate(ending, `${server.url.replace('http', 'ws')}/echo`)
  await page.waitForFunction(() => document.title === 'open')
  await server.close()
  expect(await ended).toEqual(['open', 1012])
})
