import { expect, test } from 'vitest'
import type { TransportState } from '../../src/index.ts'
import { eventually, gate, nextTurn, settled, websocket } from '../support/apps.ts'
import { closeFrame, frame, nextFrame, open, OPCODE, readFrame, text } from '../support/frames.ts'
import { start } from '../support/start.ts'

const KB = 1024
const MB = 1024 * KB

test('a client that does not read holds the sends back, and gets all of them once it does', async () => {
  const message = Buffer.alloc(64 * KB, 'x')
  const count = 256
  let sent = 0
  let transport: TransportState | undefined
  const marks: string[] = []
  const { connect } = await start(
    websocket(async (scope, receive, send) => {
      transport = scope['pagi.transport']
      transport?.onHighWater(() => marks.push('high'))
      transport?.onDrain(() => marks.push('low'))
      await receive()
      await send({ type: 'websocket.accept' })
      await receive()
      for (; sent < count; sent++) await send({ type: 'websocket.send', bytes: message })
      await send({ type: 'websocket.close' })
    }),
  )
  const client = await connect()
  await open(client)
  client.stall()
  client.write(text('go'))
  await eventually(() => marks.includes('high') && sent > 0)
  expect(await settled(() => sent)).toBeLessThan(count)
  expect(transport?.bufferedAmount).toBeLessThan(MB)
  client.resume()
  for (let at = 0; at < count; at++)
    expect((await readFrame(client)).payload.byteLength).toBe(message.byteLength)
  expect(await nextFrame(client)).toBe('close 1000')
  expect(marks).toContain('low')
})

test('a send that waits is released when the client vanishes', async () => {
  const reason = gate<string | undefined>()
  let sent = 0
  const { connect } = await start(
    websocket(async ({ 'pagi.connection': connection }, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      while (connection.isConnected) {
        await send({ type: 'websocket.send', bytes: Buffer.alloc(64 * KB) })
        sent += 1
      }
      reason.open(connection.disconnectReason)
    }),
  )
  const client = await connect()
  await open(client)
  client.stall()
  await eventually(() => sent > 0)
  await settled(() => sent)
  client.reset()
  expect(await reason.promise).toMatch(/^(client_closed|read_error|write_error)$/)
})

// WS-36: reading stops well before the queue is full.
test.each([
  ['many small messages', { wsMaxQueue: 10 }, text('x'.repeat(10))],
  ['few large messages', { wsMaxPayload: '1mb' }, text('x'.repeat(256 * KB))],
] as const)(
  'an application that does not receive stops the reading: %s',
  async (_what, options, message) => {
    const go = gate()
    const counted = gate<number>()
    const { connect } = await start(
      websocket(async ({ 'pagi.connection': connection }, receive, send) => {
        await receive()
        await send({ type: 'websocket.accept' })
        await go.promise
        expect(connection.isConnected).toBe(true)
        let count = 0
        while ((await receive()).type === 'websocket.receive') count += 1
        counted.open(count)
      }),
      options,
    )
    const client = await connect()
    await open(client)
    const batch = Buffer.concat(
      Array.from({ length: Math.ceil(MB / message.byteLength) }, () => message),
    )
    const batches = 16
    for (let at = 0; at < batches; at++) client.socket.write(batch)
    expect(await settled(() => client.socket.writableLength)).toBeGreaterThan(batches * MB * 0.2)
    go.open()
    client.write(closeFrame(1000))
    client.fin()
    const total = (batches * batch.byteLength) / message.byteLength
    expect(await counted.promise).toBe(total) // none was lost, none came twice
  },
)

test('pongs go out although the application does not receive', async () => {
  const { connect } = await start(
    websocket(async ({ 'pagi.connection': connection }, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await connection.ended
    }),
  )
  const client = await connect()
  await open(client)
  client.write(Buffer.concat([text('unread'), frame(OPCODE.ping, '1')]))
  expect(await nextFrame(client)).toBe('pong 1')
})

test('a client that leaves is noticed as soon as reading goes on', async () => {
  const seen = gate<unknown>()
  const { connect } = await start(
    websocket(async ({ 'pagi.connection': connection }, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      for (let turn = 0; turn < 20; turn++) await nextTurn()
      const texts = []
      for (;;) {
        const event = await receive()
        if (event.type !== 'websocket.receive') break
        texts.push(event.text)
      }
      seen.open([texts, connection.disconnectReason])
    }),
    { wsMaxQueue: 2 },
  )
  const client = await connect()
  await open(client)
  client.write(Buffer.concat([text('1'), text('2'), text('3'), text('4')]))
  client.fin()
  expect(await seen.promise).toEqual([['1', '2', '3', '4'], 'client_closed'])
})

test('http.fullflush is accepted while the socket is open', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.send', text: 'now' })
      await send({ type: 'http.fullflush' })
      await receive()
    }),
  )
  const client = await connect()
  await open(client)
  expect(await nextFrame(client)).toBe('text now')
})

// RFC 6455 5.5.3: of many pings the most recent one may be answered alone.
test('pings of a client that does not read pile up no pongs', async () => {
  let transport: TransportState | undefined
  const { connect } = await start(
    websocket(async (scope, receive, send) => {
      transport = scope['pagi.transport']
      await receive()
      await send({ type: 'websocket.accept' })
      await receive()
      await send({ type: 'websocket.close' })
    }),
  )
  const client = await connect()
  await open(client)
  client.stall()
  const pings = Buffer.concat(
    Array.from({ length: 10_000 }, () => frame(OPCODE.ping, 'x'.repeat(120))),
  )
  for (let at = 0; at < 20; at++) client.socket.write(pings)
  client.write(frame(OPCODE.ping, 'the last one'))
  await eventually(() => client.socket.writableLength === 0)
  expect(await settled(() => transport?.bufferedAmount ?? 0)).toBeLessThan(MB)
  client.resume()
  await client.until('the last one')
  client.write(text('done'))
  expect(await nextFrame(client)).toBe('close 1000')
})
