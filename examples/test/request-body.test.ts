import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { load, serving, Watched } from './support/serve.ts'

test('counts the bytes of a body and gives the text back', async () => {
  const { url } = await serving(await load('03-request-body'))
  const response = await fetch(url, { method: 'POST', body: 'Grüße' })
  expect(await response.text()).toBe('7 bytes: Grüße\n')
})

test('a body in many pieces is read to its end', async () => {
  const { url } = await serving(await load('03-request-body'))
  const body = 'x'.repeat(1_000_000)
  const response = await fetch(url, { method: 'POST', body })
  expect(await response.text()).toBe(`1000000 bytes: ${body}\n`)
})

test('no body is no bytes', async () => {
  const { url } = await serving(await load('03-request-body'))
  expect(await (await fetch(url, { method: 'POST' })).text()).toBe('0 bytes: \n')
})

test('another method is told which one to use', async () => {
  const { url } = await serving(await load('03-request-body'))
  const response = await fetch(url)
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('POST')
})

test('a client that leaves in the middle of its body gets no answer, and is no fault', async () => {
  const watched = new Watched(await load('03-request-body'))
  const server = await serving(watched.app)
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf')
  const { scope, settled } = await watched.call('http')
  socket.destroy()
  await settled
  expect(scope['pagi.connection'].responseStarted).toBe(false)
})
