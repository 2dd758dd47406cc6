import { expect, test } from 'vitest'
import { gate, websocket } from '../support/apps.ts'
import { OPCODE, frame, nextFrame, open, text } from '../support/frames.ts'
import { intervals } from '../support/intervals.ts'
import { start } from '../support/start.ts'

// WS-16 to WS-18. Intervals are seconds, and may be fractions of one.

test('pings come at the interval, and pongs keep the socket', async () => {
  const { connect } = await start(
    websocket(async ({ 'pagi.connection': connection }, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.keepalive', interval: 0.01, timeout: 5 })
      await receive()
      await send({ type: 'websocket.send', text: String(connection.isConnected) })
      await send({ type: 'websocket.close' })
    }),
  )
  const client = await connect()
  await open(client)
  for (let at = 0; at < 5; at++) {
    expect(await nextFrame(client)).toBe('ping')
    client.write(frame(OPCODE.pong))
  }
  client.write(text('done'))
  let next = await nextFrame(client)
  while (next === 'ping') next = await nextFrame(client)
  expect(next).toBe('text true')
})

test('without a timeout a silent peer is never given up', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.keepalive', interval: 0.005 })
      await receive()
    }),
  )
  const client = await connect()
  await open(client)
  for (let at = 0; at < 10; at++) expect(await nextFrame(client)).toBe('ping')
  expect(client.ending).toBeUndefined() // WS-18
})

test('the last keepalive wins, and 0 stops', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.keepalive', interval: 0.001 })
      await send({ type: 'websocket.keepalive', interval: 0 })
      await receive()
      await send({ type: 'websocket.keepalive', interval: 3600 })
      await send({ type: 'websocket.keepalive', interval: 0.005 })
    }),
  )
  const client = await connect()
  await open(client)
  // Nothing is due any more when a timer of a later moment has run.
  await intervals()
  expect(client.pending.byteLength).toBe(0)
  client.write(text('go'))
  expect(await nextFrame(client)).toBe('close 1011') // the application left, and took the pings along
})

test('an interval longer than a timer can hold does not ping at once', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.keepalive', interval: 1e9, timeout: 1e9 })
      await receive()
      await send({ type: 'websocket.close' })
    }),
  )
  const client = await connect()
  await open(client)
  await intervals()
  client.write(text('and?'))
  expect(await nextFrame(client)).toBe('close 1000')
})

test('a peer that answers too late is given up without a Close', async () => {
  const seen = gate<unknown>()
  const { connect } = await start(
    websocket(async ({ 'pagi.connection': connection }, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.keepalive', interval: 0.01, timeout: 0.03 })
      seen.open([await receive(), connection.disconnectReason])
    }),
  )
  const client = await connect()
  await open(client)
  client.write(frame(OPCODE.pong)) // before any ping: answers none
  const event = { type: 'websocket.disconnect', code: 1006, reason: 'keepalive_timeout' }
  expect(await seen.promise).toEqual([event, 'keepalive_timeout'])
  await client.end()
  while (client.pending.byteLength > 0) expect(await nextFrame(client)).toBe('ping') // WS-17
})
