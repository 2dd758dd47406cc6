import { expect, test } from 'vitest'
import { clientOf } from './support/client.ts'
import { load } from './support/serve.ts'

const EXAMPLE = '04-websocket-echo'

test('echoes text as text and binary as binary', async () => {
  const socket = await clientOf(await load(EXAMPLE)).websocket('/echo')
  for (const message of ['Grüße', '', Uint8Array.of(0, 255, 128)]) {
    socket.send(message)
    expect(await socket.receive()).toEqual(message)
  }
})

test('says goodbye to who says bye', async () => {
  const socket = await clientOf(await load(EXAMPLE)).websocket('/echo')
  socket.send('bye')
  expect(await socket.ended()).toEqual({ code: 1000, reason: 'bye', clean: true })
})

test('a client may close whenever it likes', async () => {
  const socket = await clientOf(await load(EXAMPLE)).websocket('/echo')
  expect(await socket.close(3000, 'enough')).toMatchObject({ code: 3000, clean: true })
  await socket.leave()
  expect(socket.reason).toBeUndefined()
})

test('a client that vanishes ends the call', async () => {
  const client = clientOf(await load(EXAMPLE))
  const gone = await client.websocket('/echo')
  await gone.leave()
  expect(gone.reason).toBe('client_closed')

  const silent = await client.websocket('/echo', { answerPings: false })
  await client.advance(40_000)
  await silent.leave()
  expect(silent.reason).toBe('keepalive_timeout')
})

test('another path is refused with an ordinary response', async () => {
  const socket = await clientOf(await load(EXAMPLE)).websocket('/other')
  const refusal = await socket.refusal()
  expect([refusal.status, refusal.text()]).toEqual([404, 'The echo is at /echo\n'])
})

test('who is connected when the server stops is told so', async () => {
  const client = clientOf(await load(EXAMPLE))
  const socket = await client.websocket('/echo')
  await client.close()
  expect(await socket.ended()).toMatchObject({ code: 1012, clean: true })
})
