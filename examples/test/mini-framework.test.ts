import { expect, test } from 'vitest'
import { EventStream } from './support/event-stream.ts'
import { load, serving } from './support/serve.ts'
import { Socket } from './support/socket.ts'

test('routes by path, with parameters', async () => {
  const { url } = await serving(await load('mini-framework'))
  expect(await (await fetch(url)).text()).toBe('Hello from a framework of fifty lines\n')
  expect(await (await fetch(`${url}/greet/J%C3%BCrgen`)).text()).toBe('Hello, Jürgen!\n')
  expect(await (await fetch(`${url}/users/1`)).json()).toEqual({ name: 'Ada' })
  expect((await fetch(`${url}/users/9`)).status).toBe(404)
})

test('handlers may wait, and read a body', async () => {
  const { url } = await serving(await load('mini-framework'))
  const put = await fetch(`${url}/users/7`, { method: 'PUT', body: 'Jürgen' })
  expect(put.status).toBe(204)
  expect(await (await fetch(`${url}/users/7`)).json()).toEqual({ name: 'Jürgen' })
})

test('a slow request does not hold up a quick one', async () => {
  const { url } = await serving(await load('mini-framework'))
  const order: string[] = []
  const slow = fetch(`${url}/slow?ms=200`).then(() => order.push('slow'))
  const quick = fetch(url).then(() => order.push('quick'))
  await Promise.all([slow, quick])
  expect(order).toEqual(['quick', 'slow'])
})

test('unknown paths are 404, other methods 405 with those that work', async () => {
  const { url } = await serving(await load('mini-framework'))
  expect((await fetch(`${url}/nowhere`)).status).toBe(404)
  expect((await fetch(`${url}/greet/`)).status).toBe(404)
  const response = await fetch(`${url}/users/1`, { method: 'DELETE' })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('GET, HEAD, PUT')
})

test('HEAD is answered like GET, without the body', async () => {
  const { url } = await serving(await load('mini-framework'))
  const response = await fetch(`${url}/users/1`, { method: 'HEAD' })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.text()).toBe('')
})

test('a stream that was asked for is an ordinary response, a WebSocket a 500', async () => {
  const { url } = await serving(await load('mini-framework'))
  const { response } = await EventStream.open(url)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  await expect(Socket.open(url)).rejects.toThrow('Unexpected server response: 500')
})
