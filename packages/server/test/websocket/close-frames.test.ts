import { expect, test } from 'vitest'
import { codeOf, gate, nextTurn, settled, websocket } from '../support/apps.ts'
import { OPCODE, closeFrame, frame, nextFrame, open, text } from '../support/frames.ts'
import { start } from '../support/start.ts'

// What sends and frames do around the closing handshake (WS-19 to WS-30).

test('the application need not help: the server answers a Close and hangs up', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await new Promise(() => {})
    }),
    { shutdownTimeout: 10 },
  )
  const client = await connect()
  await open(client)
  client.write(closeFrame(1000))
  expect(await nextFrame(client)).toBe('close 1000')
  expect(await client.end()).toBe('fin') // WS-30
})

test('the peer’s Close alone does not end the scope, and sends write nothing any more', async () => {
  const seen = gate<unknown>()
  const noticed = gate()
  const { connect } = await start(
    websocket(async ({ 'pagi.connection': connection }, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      while (connection.closeCode === undefined) await nextTurn()
      const before = connection.isConnected
      const sends = [
        await codeOf(send({ type: 'websocket.send', text: 'too late' })),
        await codeOf(send({ type: 'websocket.keepalive', interval: 0.001 })),
        await codeOf(send({ type: 'http.fullflush' })),
        await codeOf(send({ type: 'websocket.close', code: 4000 })), // WS-25
        await codeOf(send({ type: 'websocket.close' })), // WS-24
      ]
      noticed.open()
      seen.open([before, connection.closeCode, connection.closeReason, sends, await receive()])
    }),
  )
  const client = await connect()
  await open(client)
  client.write(closeFrame(1000, 'that is it'))
  expect(await nextFrame(client)).toBe('close 1000')
  await noticed.promise
  client.fin()
  expect(await client.rest()).toBe('')
  expect(await seen.promise).toEqual([
    true, // WS-28
    1000,
    'that is it',
    [undefined, undefined, undefined, undefined, 'ERR_PAGI_EVENT_ORDER'],
    { type: 'websocket.disconnect', code: 1000, reason: 'that is it' },
  ])
})

test('after the application’s own Close nothing may be sent, and what arrives is dropped', async () => {
  const seen = gate<unknown>()
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.keepalive', interval: 0.005 })
      await send({ type: 'websocket.close' })
      const codes = [
        await codeOf(send({ type: 'websocket.send', text: 'x' })),
        await codeOf(send({ type: 'websocket.close' })),
        await codeOf(send({ type: 'websocket.keepalive', interval: 1 })),
      ]
      seen.open([codes, await receive()])
    }),
  )
  const client = await connect()
  await open(client)
  expect(await nextFrame(client)).toBe('close 1000')
  client.write(text('into the void'))
  await settled(() => client.socket.bytesRead)
  client.write(closeFrame(1000))
  client.fin()
  expect(await client.rest()).toBe('') // WS-19: no ping either
  expect(await seen.promise).toEqual([
    ['ERR_PAGI_EVENT_ORDER', 'ERR_PAGI_EVENT_ORDER', 'ERR_PAGI_EVENT_ORDER'],
    { type: 'websocket.disconnect', code: 1000, reason: '' },
  ]) // WS-23
})

test('what was sent before the Close arrives before it', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.send', bytes: Buffer.alloc(300_000, 'x') })
      await send({ type: 'websocket.close', code: 1001, reason: 'done' })
    }),
  )
  const client = await connect()
  await open(client)
  expect(await nextFrame(client)).toBe(`binary ${'x'.repeat(300_000)}`)
  expect(await nextFrame(client)).toBe('close 1001 done')
})

test('a fault before accept is met once the application has answered', async () => {
  const seen = gate<unknown>()
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await nextTurn()
      await send({ type: 'websocket.accept' })
      seen.open(await receive())
    }),
  )
  const client = await connect()
  client.write('GET / HTTP/1.1\r\nhost: t\r\nconnection: upgrade\r\nupgrade: websocket\r\n')
  client.write('sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
  client.write(frame(OPCODE.text, 'x', { masked: false }))
  await client.until('\r\n\r\n')
  expect(await nextFrame(client)).toBe('close 1002')
  expect(await seen.promise).toEqual({
    type: 'websocket.disconnect',
    code: 1002,
    reason: 'protocol_error',
  })
})

test.each(['return', 'throw'])('a %s after the peer’s Close is no walk-away', async (how) => {
  const reason = gate<string | undefined>()
  const { connect, log } = await start(
    websocket(async ({ 'pagi.connection': connection }, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      void connection.ended.then(reason.open)
      while (connection.closeCode === undefined) await nextTurn()
      if (how === 'throw') throw new Error('it broke')
    }),
  )
  const client = await connect()
  await open(client)
  client.write(closeFrame(1000))
  expect(await nextFrame(client)).toBe('close 1000')
  expect(await client.end()).toBe('fin')
  client.fin()
  expect(await reason.promise).toBeUndefined()
  expect(log.at('error')).toHaveLength(how === 'throw' ? 1 : 0)
})

test('a walk-away waits for the peer no longer than the close timeout', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
    }),
    { closeTimeout: 40 },
  )
  const client = await connect()
  await open(client)
  expect(await nextFrame(client)).toBe('close 1011')
  await client.end() // WS-32: although the client never answers
})
