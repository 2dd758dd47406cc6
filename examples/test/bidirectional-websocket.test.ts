import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { load, serving, Watched } from './support/serve.ts'
import { Socket } from './support/socket.ts'

const EXAMPLE = '18-bidirectional-websocket'
const ENDLESS = '999999999'

test('counts, and says when it is done', async () => {
  const { url } = await serving(await load(EXAMPLE))
  const socket = await Socket.open(url)
  socket.send('2')
  for (const text of ['1', '2', 'done']) expect(await socket.next()).toBe(text)
  socket.send('0')
  expect(await socket.next()).toBe('done')
})

test('a new number takes the place of the old one while it counts', async () => {
  const { url } = await serving(await load(EXAMPLE))
  const socket = await Socket.open(url)
  socket.send(ENDLESS)
  expect(await socket.next()).toBe('1')
  socket.send('1')
  let message = await socket.next()
  while (message !== '1') message = await socket.next()
  expect(await socket.next()).toBe('done')
})

test('says goodbye in the middle of counting, and to nonsense', async () => {
  const { url } = await serving(await load(EXAMPLE))
  const leaving = await Socket.open(url)
  leaving.send(ENDLESS)
  await leaving.next()
  leaving.send('bye')
  expect(await leaving.closed).toEqual({ code: 1000, reason: 'bye' })

  const confused = await Socket.open(url)
  confused.send('many')
  expect(await confused.closed).toMatchObject({ code: 1008 })
})

test('a client that closes or vanishes ends the counting', async () => {
  const watched = new Watched(await load(EXAMPLE))
  const { url } = await serving(watched.app)
  for (const leave of ['close', 'terminate'] as const) {
    const socket = await Socket.open(url)
    const { settled } = await watched.call('websocket')
    socket.send(ENDLESS)
    await socket.next()
    socket[leave]()
    await settled
  }
})

test('a client that does not read holds up the counting, and leaves all the same', async () => {
  const watched = new Watched(await load(EXAMPLE))
  const { url } = await serving(watched.app)
  const socket = new WebSocket(url.replace('http', 'ws'))
  socket.on('open', () => {
    socket.pause()
    socket.send(ENDLESS)
  })
  const { scope, settled } = await watched.call('websocket')
  const transport = scope['pagi.transport']
  await new Promise<void>((resolve) => transport?.onHighWater(resolve))
  expect(transport?.bufferedAmount).toBeLessThan(1_000_000)
  socket.terminate()
  await settled
})
