import { expect, test } from 'vitest'
import { clientOf } from './support/client.ts'
import { load } from './support/serve.ts'

const EXAMPLE = '12-utf8'

test('path and query are read as text, and the length counts bytes', async () => {
  const client = clientOf(await load(EXAMPLE))
  const response = await client.get('/caf%C3%A9?name=%E6%97%A5%E6%9C%AC')
  expect(response.text()).toBe('/café for 日本\n')
  expect(response.headers.get('content-length')).toBe('18')
})

test('a file name beyond ASCII, and with quotes, is encoded in its header', async () => {
  const { headers } = await clientOf(await load(EXAMPLE)).get("/?name=J%C3%BCr'(*)")
  expect(headers.get('content-disposition')).toBe(
    "inline; filename*=UTF-8''J%C3%BCr%27%28%2A%29.txt",
  )
})

test('a name cannot add a header, and half a character does no harm', async () => {
  const client = clientOf(await load(EXAMPLE))
  const response = await client.get('/?name=a%0D%0Ax-evil:%201%ED%A0%80')
  expect(response.status).toBe(200)
  expect(response.headers.has('x-evil')).toBe(false)
})

test('a character that is split between two pieces stays whole', async () => {
  const pieces = [...new TextEncoder().encode('aé👋🏽')].map((byte) => Uint8Array.of(byte))
  const response = await clientOf(await load(EXAMPLE)).post('/', { body: pieces })
  expect(response.text()).toBe('11 bytes, 4 code points, 3 characters\n')
})

test('bytes that are no UTF-8 are refused, at the end too', async () => {
  const client = clientOf(await load(EXAMPLE))
  for (const body of [Uint8Array.of(0x61, 0xff), Uint8Array.of(0x61, 0xc3)]) {
    expect((await client.post('/', { body })).status).toBe(400)
  }
})

test('messages are turned character by character', async () => {
  const socket = await clientOf(await load(EXAMPLE)).websocket('/')
  socket.send('Grüße 👋🏽')
  expect(await socket.receive()).toBe('👋🏽 eßürG')
  socket.send(Uint8Array.of(1))
  const reason = 'text only, s’il vous plaît'
  expect(await socket.ended()).toEqual({ code: 1003, reason, clean: true })
})

test('a client who leaves within the body ends the call', async () => {
  const client = clientOf(await load(EXAMPLE))
  const upload = await client.open('/', { method: 'POST', stream: true })
  await upload.write('half')
  await upload.leave()
  expect(upload.connection.responseStarted).toBe(false)
})
