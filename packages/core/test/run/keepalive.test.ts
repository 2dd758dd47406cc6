import { describe, expect, test } from 'vitest'
import { ACCEPT, CLOSE, SSE_CLOSE, SSE_PINGS, SSE_START } from '../support/events.ts'
import { turn } from '../support/promises.ts'
import { startSse, startWebSocket } from '../support/runs.ts'
import type { StartedSse, StartedWebSocket } from '../support/runs.ts'

const accepted = async (): Promise<StartedWebSocket> => {
  const scope = startWebSocket()
  await scope.receive() // websocket.connect
  await scope.send(ACCEPT)
  return scope
}

const pings = ({ asked }: { readonly asked: readonly string[] }): number =>
  asked.filter((type) => type === 'ping').length

const keepalive = (interval: number, timeout?: number) => ({
  type: 'websocket.keepalive',
  interval,
  timeout,
})

describe('websocket.keepalive', () => {
  test('pings every interval, in seconds (WS-16)', async () => {
    const scope = await accepted()
    await scope.send(keepalive(10))
    expect(pings(scope)).toBe(0)
    scope.clock.advance(9_999)
    expect(pings(scope)).toBe(0)
    scope.clock.advance(1)
    expect(pings(scope)).toBe(1)
    scope.clock.advance(30_000)
    expect(pings(scope)).toBe(4)
  })

  test('0 stops, and the last one wins', async () => {
    const scope = await accepted()
    await scope.send(keepalive(10))
    await scope.send(keepalive(1))
    scope.clock.advance(2_000)
    expect(pings(scope)).toBe(2)
    await scope.send(keepalive(0))
    scope.clock.advance(60_000)
    expect(pings(scope)).toBe(2)
    expect(scope.clock.pending).toBe(0)
  })

  test('a peer that answers in time lives on', async () => {
    const scope = await accepted()
    await scope.send(keepalive(10, 3))
    for (let round = 0; round < 5; round++) {
      scope.clock.advance(10_000)
      scope.port.pong()
    }
    expect(pings(scope)).toBe(5)
    expect(scope.connection.isConnected).toBe(true)
  })

  test('one that does not is given up after the timeout (WS-17)', async () => {
    const scope = await accepted()
    await scope.send(keepalive(10, 3))
    scope.clock.advance(12_999)
    expect(scope.connection.isConnected).toBe(true)
    scope.clock.advance(1)
    expect(scope.connection.disconnectReason).toBe('keepalive_timeout')
    expect(scope.connection.disconnectDetail).toBeDefined()
  })

  test('a timeout longer than the interval counts from the first unanswered ping', async () => {
    const scope = await accepted()
    await scope.send(keepalive(10, 25))
    scope.clock.advance(34_999)
    expect(pings(scope)).toBe(3)
    expect(scope.connection.isConnected).toBe(true)
    scope.clock.advance(1)
    expect(scope.connection.disconnectReason).toBe('keepalive_timeout')
  })

  test.each([undefined, null, 0])('timeout %o: nobody is given up (WS-18)', async (timeout) => {
    const scope = await accepted()
    await scope.send({ ...keepalive(1), timeout })
    scope.clock.advance(100_000)
    expect(pings(scope)).toBe(100)
    expect(scope.connection.isConnected).toBe(true)
  })

  test.each<readonly [string, (scope: StartedWebSocket) => unknown]>([
    ['the application’s Close', ({ send }: StartedWebSocket) => send(CLOSE)],
    ['the peer’s Close', ({ port }: StartedWebSocket) => port.peerClose(1000)],
    ['a loss', ({ port }: StartedWebSocket) => port.lose()],
    ['abort', ({ connection }: StartedWebSocket) => connection.abort()],
    ['a walk-away', ({ leave }: StartedWebSocket) => leave()],
  ])('%s stops it', async (_, ending) => {
    const scope = await accepted()
    await scope.send(keepalive(1, 1))
    ending(scope)
    await turn()
    scope.port.pong()
    scope.clock.advance(4_000)
    expect(pings(scope)).toBe(0)
    expect(scope.connection.disconnectReason).not.toBe('keepalive_timeout')
  })

  test('is taken and forgotten once the peer’s Close was seen', async () => {
    const scope = await accepted()
    scope.port.peerClose(1000)
    await scope.send(keepalive(1))
    scope.clock.advance(2_000)
    expect(pings(scope)).toBe(0)
  })
})

describe('sse.keepalive', () => {
  const streaming = async (): Promise<StartedSse> => {
    const scope = startSse()
    await scope.send(SSE_START)
    return scope
  }

  test('sends its comment every interval (SSE-16)', async () => {
    const scope = await streaming()
    await scope.send(SSE_PINGS)
    scope.clock.advance(9_999)
    expect(scope.port.body).toBe('')
    scope.clock.advance(1)
    expect(scope.port.body).toBe(':tick\n\n')
    scope.clock.advance(20_000)
    expect(scope.port.body).toBe(':tick\n\n:tick\n\n:tick\n\n')
  })

  test('without a comment a colon and an empty line', async () => {
    const scope = await streaming()
    await scope.send({ type: 'sse.keepalive', interval: 1 })
    scope.clock.advance(1_000)
    expect(scope.port.body).toBe(':\n\n')
  })

  test('0 stops, and the last one wins', async () => {
    const scope = await streaming()
    await scope.send(SSE_PINGS)
    await scope.send({ type: 'sse.keepalive', interval: 1, comment: 'b' })
    scope.clock.advance(1_000)
    await scope.send({ type: 'sse.keepalive', interval: 0 })
    scope.clock.advance(100_000)
    expect(scope.port.body).toBe(':b\n\n')
    expect(scope.clock.pending).toBe(0)
  })

  test.each<readonly [string, (scope: StartedSse) => unknown]>([
    ['sse.close', ({ send }: StartedSse) => send(SSE_CLOSE)],
    ['a loss', ({ port }: StartedSse) => port.lose()],
    ['abort', ({ connection }: StartedSse) => connection.abort()],
    ['an early return', ({ leave }: StartedSse) => leave()],
    ['shutdown', ({ run }: StartedSse) => run.shutdown('begin')],
  ])('%s stops it (SSE-26)', async (_, ending) => {
    const scope = await streaming()
    await scope.send(SSE_PINGS)
    ending(scope)
    await turn()
    expect(scope.clock.pending).toBe(0)
  })

  test('a write that finds the client gone ends the scope and the timer', async () => {
    const scope = await streaming()
    await scope.send(SSE_PINGS)
    const perform = scope.port.perform.bind(scope.port)
    scope.port.perform = (command) => {
      const wait = perform(command)
      if (command.type === 'data') scope.port.lose('write_error', 'EPIPE')
      return wait
    }
    scope.clock.advance(10_000)
    expect(scope.connection.disconnectReason).toBe('write_error')
    await turn()
    expect(scope.clock.pending).toBe(0)
  })

  test('adds nothing to output that waits already, but counts in it (FLOW-12)', async () => {
    const scope = await streaming()
    scope.port.stall()
    await scope.send({ type: 'sse.keepalive', interval: 1, comment: 'x'.repeat(57) })
    scope.clock.advance(1_000)
    expect(scope.transport.bufferedAmount).toBe(60)
    scope.clock.advance(1_000)
    expect(scope.transport.bufferedAmount).toBe(120)
    scope.clock.advance(5_000)
    expect(scope.transport.bufferedAmount).toBe(120)
    scope.port.drain()
    scope.clock.advance(1_000)
    expect(scope.port.body.length).toBe(180)
  })

  test('HEAD discards it', async () => {
    const scope = startSse({ method: 'HEAD' })
    await scope.send(SSE_START)
    await scope.send(SSE_PINGS)
    scope.clock.advance(100_000)
    expect(scope.asked).toEqual(['head'])
  })
})

describe('intervals longer than a timer can be', () => {
  // Node fires a timer of more than 2 ** 31 - 1 ms after one.
  test.each([3_000_000, 1e300, Number.MAX_VALUE])('%d seconds', async (interval) => {
    const longest: number[] = []
    const socket = await accepted()
    const stream = startSse()
    await stream.send(SSE_START)
    for (const { clock } of [socket, stream]) {
      const setTimer = clock.setTimer.bind(clock)
      clock.setTimer = (callback, milliseconds) => {
        longest.push(milliseconds)
        return setTimer(callback, milliseconds)
      }
    }
    await socket.send(keepalive(interval, interval))
    await stream.send({ type: 'sse.keepalive', interval })
    for (const { clock } of [socket, stream]) clock.advance(2_999_000_000)
    expect(Math.max(...longest)).toBeLessThan(2 ** 31)
    expect(pings(socket)).toBe(0)
    expect(stream.port.body).toBe('')
    for (const { clock } of [socket, stream]) clock.advance(1_000_000)
    expect(pings(socket)).toBe(interval === 3_000_000 ? 1 : 0)
    expect(stream.port.body).toBe(interval === 3_000_000 ? ':\n\n' : '')
  })
})

test('an interval shorter than a millisecond is one millisecond', async () => {
  const scope = await accepted()
  await scope.send(keepalive(Number.MIN_VALUE))
  scope.clock.advance(5)
  expect(pings(scope)).toBe(5)
})
