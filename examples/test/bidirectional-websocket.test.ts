import { expect, test } from 'vitest'
import { clientOf } from './support/client.ts'
import { load } from './support/serve.ts'

const EXAMPLE = '18-bidirectional-websocket'
const ENDLESS = '999999999'

test('counts, and says when it is done', async () => {
  const socket = await clientOf(await load(EXAMPLE)).websocket('/')
  socket.send('2')
  for (const text of ['1', '2', 'done']) expect(await socket.receive()).toBe(text)
  socket.send('0')
  expect(await socket.receive()).toBe('done')
})

test('a new number takes the place of the old one while it counts', async () => {
  const socket = await clientOf(await load(EXAMPLE)).websocket('/')
  socket.send(ENDLESS)
  expect(await socket.receive()).toBe('1')
  socket.send('1')
  for await (const message of socket) if (message === '1') break
  expect(await socket.receive()).toBe('done')
})

test('says goodbye in the middle of counting, and to nonsense', async () => {
  const client = clientOf(await load(EXAMPLE))
  const leaving = await client.websocket('/')
  leaving.send(ENDLESS)
  await leaving.receive()
  leaving.send('bye')
  expect(await leaving.ended()).toEqual({ code: 1000, reason: 'bye', clean: true })

  const confused = await client.websocket('/')
  confused.send('many')
  expect(await confused.ended()).toMatchObject({ code: 1008 })
})

test('a client that closes or vanishes ends the counting', async () => {
  const client = clientOf(await load(EXAMPLE))
  for (const closes of [true, false]) {
    const socket = await client.websocket('/')
    socket.send(ENDLESS)
    await socket.receive()
    if (closes) await socket.close()
    await socket.leave()
  }
})

test('a client that does not read holds up the counting, and leaves all the same', async () => {
  const client = clientOf(await load(EXAMPLE), { writeHighWatermark: 1000 })
  const socket = await client.websocket('/', { stalled: true })
  socket.send(ENDLESS)
  await new Promise<void>((resolve) => socket.transport.onHighWater(resolve))
  await client.advance(0)
  expect(socket.transport.bufferedAmount).toBeLessThan(1010)
  await socket.leave()
})
