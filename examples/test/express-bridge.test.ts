import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { load, serving } from './support/serve.ts'

test('Express, a feed and a WebSocket share their messages', async () => {
  const { url } = await serving(await load('09-express-bridge'))

  const feed = await fetch(url, { headers: { accept: 'text/event-stream' } })
  const reader = feed.body?.pipeThrough(new TextDecoderStream()).getReader()
  const heard = async (): Promise<unknown> => (await reader?.read())?.value

  const posted = await fetch(url, { method: 'POST', body: 'one' })
  expect([posted.status, await posted.text()]).toEqual([201, 'That was number 1\n'])
  expect(posted.headers.get('x-powered-by')).toBe('Express')
  expect(await heard()).toBe('data: one\n\n')

  const socket = new WebSocket(url.replace('http', 'ws'))
  await once(socket, 'open')
  socket.send('two')
  const [answer] = await once(socket, 'message')
  expect(String(answer)).toBe('That was number 2')
  expect(await heard()).toBe('data: two\n\n')
  socket.close()

  expect(await (await fetch(url)).text()).toBe('one\ntwo\n')
  expect((await fetch(url, { method: 'POST' })).status).toBe(422)
  expect((await fetch(`${url}/nowhere`)).status).toBe(404)
  await reader?.cancel()
})
