import { expect, test } from 'vitest'
import { load, serving, Watched } from './support/serve.ts'
import { Socket } from './support/socket.ts'

test('echoes text as text and binary as binary', async () => {
  const { url } = await serving(await load('04-websocket-echo'))
  const socket = await Socket.open(`${url}/echo`)
  socket.send('Grüße')
  expect(await socket.next()).toBe('Grüße')
  socket.send('')
  expect(await socket.next()).toBe('')
  socket.send(Uint8Array.of(0, 255, 128))
  expect(await socket.next()).toEqual(Buffer.from([0, 255, 128]))
})

test('says goodbye to who says bye', async () => {
  const { url } = await serving(await load('04-websocket-echo'))
  const socket = await Socket.open(`${url}/echo`)
  socket.send('bye')
  expect(await socket.closed).toEqual({ code: 1000, reason: 'bye' })
})

test('a client may close whenever it likes', async () => {
  const watched = new Watched(await load('04-websocket-echo'))
  const { url } = await serving(watched.app)
  const socket = await Socket.open(`${url}/echo`)
  const { scope, settled } = await watched.call('websocket')
  socket.close(3000, 'enough')
  await settled
  expect(await socket.closed).toMatchObject({ code: 3000 })
  expect(scope['pagi.connection'].disconnectReason).toBeUndefined()
})

test('a client that vanishes ends the call', async () => {
  const watched = new Watched(await load('04-websocket-echo'))
  const { url } = await serving(watched.app)
  const socket = await Socket.open(`${url}/echo`)
  const { scope, settled } = await watched.call('websocket')
  socket.terminate()
  await settled
  expect(scope['pagi.connection'].disconnectReason).toBeDefined()
})

test('another path is refused with an ordinary response', async () => {
  const { url } = await serving(await load('04-websocket-echo'))
  await expect(Socket.open(`${url}/other`)).rejects.toThrow('Unexpected server response: 404')
})

test('who is connected when the server stops is told so', async () => {
  const server = await serving(await load('04-websocket-echo'))
  const socket = await Socket.open(`${server.url}/echo`)
  await server.close()
  expect(await socket.closed).toMatchObject({ code: 1012 })
})
