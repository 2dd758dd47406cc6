import { request } from 'node:http'
import { expect, test } from 'vitest'
import { load, serving, Watched } from './support/serve.ts'
import { Socket } from './support/socket.ts'

test('path and query are read as text, and the length counts bytes', async () => {
  const { url } = await serving(await load('12-utf8'))
  const response = await fetch(`${url}/caf%C3%A9?name=%E6%97%A5%E6%9C%AC`)
  expect(await response.text()).toBe('/café for 日本\n')
  expect(response.headers.get('content-length')).toBe('18')
})

test('a file name beyond ASCII, and with quotes, is encoded in its header', async () => {
  const { url } = await serving(await load('12-utf8'))
  const { headers } = await fetch(`${url}/?name=J%C3%BCr'(*)`)
  expect(headers.get('content-disposition')).toBe(
    "inline; filename*=UTF-8''J%C3%BCr%27%28%2A%29.txt",
  )
})

test('a name cannot add a header, and half a character does no harm', async () => {
  const { url } = await serving(await load('12-utf8'))
  const response = await fetch(`${url}/?name=a%0D%0Ax-evil:%201%ED%A0%80`)
  expect(response.status).toBe(200)
  expect(response.headers.has('x-evil')).toBe(false)
})

test('a character that is split between two pieces stays whole', async () => {
  const { url } = await serving(await load('12-utf8'))
  const bytes = new TextEncoder().encode('aé👋🏽')
  const pieces = [...bytes].map((byte) => Uint8Array.of(byte))
  const body = ReadableStream.from(pieces)
  const response = await fetch(url, { method: 'POST', body, duplex: 'half' })
  expect(await response.text()).toBe('11 bytes, 4 code points, 3 characters\n')
})

test('bytes that are no UTF-8 are refused, at the end too', async () => {
  const { url } = await serving(await load('12-utf8'))
  for (const bytes of [Uint8Array.of(0x61, 0xff), Uint8Array.of(0x61, 0xc3)]) {
    const response = await fetch(url, { method: 'POST', body: bytes })
    expect(response.status).toBe(400)
  }
})

test('messages are turned character by character', async () => {
  const { url } = await serving(await load('12-utf8'))
  const socket = await Socket.open(url)
  socket.send('Grüße 👋🏽')
  expect(await socket.next()).toBe('👋🏽 eßürG')
  socket.send(Uint8Array.of(1))
  expect(await socket.closed).toEqual({ code: 1003, reason: 'text only, s’il vous plaît' })
})

test('a client who leaves within the body ends the call', async () => {
  const watched = new Watched(await load('12-utf8'))
  const { url } = await serving(watched.app)
  const upload = request(url, { method: 'POST', headers: { 'content-length': '10' } })
  upload.on('error', () => {}) // it is cut on purpose
  upload.write('half')
  const { scope, settled } = await watched.call('http')
  upload.destroy()
  await settled
  expect(scope['pagi.connection'].responseStarted).toBe(false)
})
