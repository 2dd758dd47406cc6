import { testApp } from '@pagi/testing'
import { expect, test } from 'vitest'
import { clientOf } from './support/client.ts'
import { load } from './support/serve.ts'

const EXAMPLE = 'mini-framework'

test('routes by path, with parameters', async () => {
  const client = clientOf(await load(EXAMPLE))
  expect((await client.get('/')).text()).toBe('Hello from a framework of fifty lines\n')
  expect((await client.get('/greet/J%C3%BCrgen')).text()).toBe('Hello, Jürgen!\n')
  expect((await client.get('/users/1')).json()).toEqual({ name: 'Ada' })
  expect((await client.get('/users/9')).status).toBe(404)
})

test('handlers may wait, and read a body', async () => {
  const client = clientOf(await load(EXAMPLE))
  expect((await client.put('/users/7', { body: 'Jürgen' })).status).toBe(204)
  expect((await client.get('/users/7')).json()).toEqual({ name: 'Jürgen' })
})

test('a slow request does not hold up a quick one', async () => {
  const client = clientOf(await load(EXAMPLE))
  const slow = await client.open('/slow?ms=1')
  expect((await client.get('/')).status).toBe(200)
  expect(slow.complete).toBe(false) // no timer fires before what is ready is done
  expect((await slow.response()).text()).toBe('After 1 ms\n')
})

test('unknown paths are 404, other methods 405 with those that work', async () => {
  const client = clientOf(await load(EXAMPLE))
  expect((await client.get('/nowhere')).status).toBe(404)
  expect((await client.get('/greet/')).status).toBe(404)
  const response = await client.delete('/users/1')
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT'])
})

test('HEAD is answered like GET, without the body', async () => {
  const response = await clientOf(await load(EXAMPLE)).head('/users/1')
  expect([response.status, response.text()]).toEqual([200, ''])
  expect(response.headers.get('content-type')).toBe('application/json')
})

test('a stream that was asked for is an ordinary response, a WebSocket a 500', async () => {
  await using client = testApp(await load(EXAMPLE))
  const stream = await client.sse('/')
  expect(stream.status).toBe(200)
  expect(stream.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  const socket = await client.websocket('/')
  expect((await socket.refusal()).status).toBe(500)
  expect(client.failures).toMatchObject([{ call: 'WebSocket /', kind: 'failed' }])
})
