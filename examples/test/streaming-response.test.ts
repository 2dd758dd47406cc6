import { connect } from 'node:net'
import { once } from 'node:events'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { load, serving, Watched } from './support/serve.ts'

test('streams a line per number', async () => {
  const { url } = await serving(await load('02-streaming-response'))
  const response = await fetch(`${url}/?count=3`)
  expect(response.headers.get('transfer-encoding')).toBe('chunked')
  expect(await response.text()).toBe('1\n2\n3\n')
})

test('a count that is none gives five lines', async () => {
  const { url } = await serving(await load('02-streaming-response'))
  expect(await (await fetch(`${url}/?count=many`)).text()).toBe('1\n2\n3\n4\n5\n')
  expect(await (await fetch(`${url}/?count=0`)).text()).toBe('')
})

test('trailers go to those who ask for them', async () => {
  const { url } = await serving(await load('02-streaming-response'))
  const asked = await request(`${url}/?count=7`, { headers: { te: 'trailers' } })
  await asked.body.text()
  expect(asked.headers['trailer']).toBe('x-lines')
  expect(asked.trailers).toEqual({ 'x-lines': '7' })

  const unasked = await request(`${url}/?count=7`)
  await unasked.body.text()
  expect(unasked.trailers).toEqual({})
})

test('HEAD gets the head', async () => {
  const { url } = await serving(await load('02-streaming-response'))
  const response = await fetch(url, { method: 'HEAD' })
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
})

test('HTTP/1.0, which has no trailers, gets the lines', async () => {
  const server = await serving(await load('02-streaming-response'))
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write('GET /?count=2 HTTP/1.0\r\nhost: x\r\nte: trailers\r\n\r\n')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'end')
  socket.destroy()
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.\d 200 OK\r\n.*\r\n\r\n1\n2\n$/s)
})

test('a reader who stops reading stops the counting, and one who leaves ends it', async () => {
  const watched = new Watched(await load('02-streaming-response'))
  const { url } = await serving(watched.app)
  const leaving = new AbortController()
  const response = await fetch(`${url}/?count=100000000`, { signal: leaving.signal })
  expect(response.status).toBe(200)

  const { scope, settled } = await watched.call('http')
  const transport = scope['pagi.transport']
  await new Promise<void>((resolve) => transport?.onHighWater(resolve))
  expect(transport?.bufferedAmount).toBeLessThan(1_000_000)

  leaving.abort()
  await settled
  expect(scope['pagi.connection'].responseComplete).toBe(false)
})
