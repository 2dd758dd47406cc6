import { describe, expect, test } from 'vitest'
import { ACCEPT, CLOSE, PINGS, TEXT } from '../support/events.ts'
import { codeRejected, turn, watch } from '../support/promises.ts'
import { CLOSE_TIMEOUT, startWebSocket } from '../support/runs.ts'
import type { StartedWebSocket } from '../support/runs.ts'

// The Decisions below T-CLOSE, and what may happen while a closing handshake is under way.

const accepted = async (): Promise<StartedWebSocket> => {
  const scope = startWebSocket()
  await scope.receive() // websocket.connect
  await scope.send(ACCEPT)
  return scope
}

describe('a peer’s Close seen before another ending', () => {
  test.each([
    ['fault', ({ port }: StartedWebSocket) => port.fault('protocol', 'data after Close')],
    ['abort', ({ connection }: StartedWebSocket) => connection.abort()],
    ['shutdown', ({ run }: StartedWebSocket) => run.shutdown('force')],
  ])('keeps its values: %s', async (_, ending) => {
    const scope = await accepted()
    scope.port.peerClose(3003, 'peer')
    ending(scope)
    expect(scope.connection.closeCode).toBe(3003)
    expect(scope.connection.closeReason).toBe('peer')
    expect(scope.connection.disconnectReason).not.toBeUndefined()
    expect(await scope.receive()).toEqual({
      type: 'websocket.disconnect',
      code: 3003,
      reason: 'peer',
    })
    expect(scope.asked.filter((type) => type === 'close')).toHaveLength(1)
  })

  test('is no walk-away when the application returns or throws then', async () => {
    for (const settle of ['leave', 'fail'] as const) {
      const scope = await accepted()
      scope.port.peerClose(1000)
      await scope[settle](new Error('bug'))
      expect(scope.connection.isConnected).toBe(true)
      if (settle === 'leave') expect(scope.log.at('error')).toEqual([])
      scope.port.lose()
      expect(scope.connection.responseComplete).toBe(true)
    }
  })

  test('is not waited for again by a shutdown that begins', async () => {
    const scope = await accepted()
    scope.port.peerClose(1000)
    scope.run.shutdown('begin')
    expect(scope.connection.isConnected).toBe(true)
    scope.port.lose()
    expect(scope.connection.responseComplete).toBe(true)
  })
})

describe('after the application’s own Close', () => {
  test.each([
    ['protocol_error', ({ port }: StartedWebSocket) => port.fault('protocol', 'x')],
    ['protocol_error', ({ port }: StartedWebSocket) => port.fault('utf8', 'x')],
    ['server_shutdown', ({ run }: StartedWebSocket) => run.shutdown('begin')],
  ])('no second one is sent: %s', async (token, ending) => {
    const scope = await accepted()
    await scope.send(CLOSE)
    ending(scope)
    await turn()
    expect(scope.asked.filter((type) => type === 'close')).toHaveLength(1)
    expect(await scope.receive()).toEqual({
      type: 'websocket.disconnect',
      code: 1006,
      reason: token,
    })
    expect(scope.clock.pending).toBe(0)
  })

  test('data of the peer is discarded (WS-23), and a fault in it cannot overflow the queue', async () => {
    const scope = await accepted()
    scope.port.message('before')
    await scope.send(CLOSE)
    for (let at = 0; at < 20; at++) scope.port.message('after')
    scope.port.peerClose(1000)
    scope.port.lose()
    expect(await scope.receive()).toEqual({ type: 'websocket.receive', text: 'before' })
    expect(await scope.receive()).toMatchObject({ type: 'websocket.disconnect', code: 1000 })
  })

  test('returning or throwing changes nothing (HTTP-79), but a throw is logged', async () => {
    const scope = await accepted()
    await scope.send(CLOSE)
    await scope.fail(new Error('late'))
    expect(scope.connection.isConnected).toBe(true)
    expect(scope.log.at('error')).toHaveLength(1)
    scope.port.peerClose(1000)
    scope.port.lose()
    expect(scope.connection.responseComplete).toBe(true)
  })

  test('keepalive stops (WS-19)', async () => {
    const scope = await accepted()
    await scope.send(PINGS)
    await scope.send(CLOSE)
    scope.clock.advance(CLOSE_TIMEOUT - 1)
    expect(scope.asked).not.toContain('ping')
    expect(scope.connection.isConnected).toBe(true)
  })

  test('a reader that had been paused goes on, or the answer would never be seen', async () => {
    const scope = await accepted()
    for (let at = 0; at < 6; at++) scope.port.message('x')
    expect(scope.port.paused).toBe(true)
    await scope.send(CLOSE)
    expect(scope.port.paused).toBe(false)
  })
})

describe('while the server waits for the answer to its own Close', () => {
  test('a reader that had been paused goes on', async () => {
    const scope = await accepted()
    for (let at = 0; at < 6; at++) scope.port.message('x')
    await scope.leave()
    expect(scope.port.paused).toBe(false)
    expect(await scope.receive()).toMatchObject({ text: 'x' })
  })

  test('the answer leads to the hang-up', async () => {
    const scope = await accepted()
    await scope.leave()
    expect(scope.asked).toEqual(['accept', 'close'])
    scope.port.peerClose(1011)
    expect(scope.asked).toEqual(['accept', 'close', 'hang-up'])
    scope.port.lose()
    expect(scope.clock.pending).toBe(0)
    expect(scope.connection.disconnectReason).toBe('server_error')
    expect(scope.connection.closeCode).toBe(1006)
  })

  test('no answer within the bound: the transport is cut', async () => {
    const scope = await accepted()
    await scope.leave()
    scope.clock.advance(CLOSE_TIMEOUT)
    expect(scope.asked).toEqual(['accept', 'close', 'abort'])
  })

  test('what the peer still sends reaches nobody', async () => {
    const scope = await accepted()
    await scope.leave()
    scope.port.message('late')
    scope.port.pong()
    scope.port.fault('protocol', 'late')
    expect(await scope.receive()).toMatchObject({ type: 'websocket.disconnect', code: 1011 })
    expect(scope.clock.pending).toBe(1)
  })

  test('a bad frame ends the wait, as nothing behind it can be read', async () => {
    const scope = await accepted()
    await scope.leave()
    scope.port.fault('protocol', 'late')
    expect(scope.asked).toEqual(['accept', 'close', 'hang-up'])
    scope.clock.advance(CLOSE_TIMEOUT)
    expect(scope.asked).toEqual(['accept', 'close', 'hang-up', 'abort'])
    expect(await scope.receive()).toMatchObject({ type: 'websocket.disconnect', code: 1011 })
  })
})

test('after abort nothing is written, whatever the peer still does', async () => {
  const scope = await accepted()
  await scope.send(PINGS)
  scope.connection.abort()
  const before = [...scope.asked]
  expect(before.at(-1)).toBe('abort')
  await turn()
  scope.port.message('late')
  scope.port.pong()
  scope.port.peerClose(1000)
  scope.port.fault('utf8', 'late')
  scope.clock.advance(100_000)
  scope.run.shutdown('begin')
  scope.run.shutdown('force')
  expect(scope.asked).toEqual(before)
  expect(scope.clock.pending).toBe(0)
})

test('a second Close of the peer is not answered again', async () => {
  const scope = await accepted()
  scope.port.peerClose(1000)
  const before = [...scope.asked]
  scope.port.peerClose(1001)
  expect(scope.asked).toEqual(before)
})

test('websocket.disconnect comes at the end of the scope, not at the peer’s Close (WS-21)', async () => {
  const scope = await accepted()
  const receive = watch(scope.receive())
  scope.port.peerClose(3001, 'peer')
  await turn()
  expect(receive.state).toBe('pending')
  expect(scope.connection.closeCode).toBe(3001)
  await scope.send(TEXT) // resolves, writes nothing
  await scope.send(CLOSE)
  expect(await codeRejected(scope.send(TEXT))).toBe('ERR_PAGI_EVENT_ORDER')
  expect(scope.asked).toEqual(['accept', 'close', 'hang-up'])
  scope.port.lose()
  await turn()
  expect(receive.fate).toMatchObject({ value: { type: 'websocket.disconnect', code: 3001 } })
})
