import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/memory/clock.ts'
import { Timeout, Wait } from '../../src/run/timeouts.ts'
import {
  ACCEPT,
  CLOSE,
  LAST,
  SSE_CLOSE,
  SSE_DATA,
  SSE_PINGS,
  SSE_START,
  START,
  TEXT,
  bytes,
  chunk,
} from '../support/events.ts'
import { turn, watch } from '../support/promises.ts'
import { POST, runApp, makeHttp, startHttp, startSse, startWebSocket } from '../support/runs.ts'

describe('waits of one length', () => {
  const make = (milliseconds = 100) => {
    const clock = new ManualClock()
    const timeout = new Timeout(clock, milliseconds)
    const expired: string[] = []
    const wait = (name: string): Wait => new Wait(timeout, () => expired.push(name))
    return { clock, timeout, expired, wait }
  }

  test('share one timer, and each expires in its own time', () => {
    const { clock, expired, wait } = make()
    const [one, two, three] = [wait('one'), wait('two'), wait('three')]
    one.start()
    clock.advance(40)
    two.start()
    three.start()
    expect(clock.pending).toBe(1)
    clock.advance(59)
    expect(expired).toEqual([])
    clock.advance(1)
    expect(expired).toEqual(['one'])
    expect([one.running, two.running]).toEqual([false, true])
    clock.advance(39)
    expect(expired).toEqual(['one'])
    clock.advance(1)
    expect(expired).toEqual(['one', 'two', 'three'])
    expect(clock.pending).toBe(0)
  })

  test('one that begins again has all the time before it', () => {
    const { clock, expired, wait } = make()
    const [one, two] = [wait('one'), wait('two')]
    one.start()
    two.start()
    clock.advance(99)
    one.start()
    clock.advance(1)
    expect(expired).toEqual(['two'])
    clock.advance(99)
    expect(expired).toEqual(['two', 'one'])
  })

  test('one that begins anew when it expires delays nobody', () => {
    const { clock, timeout, expired, wait } = make()
    const again: Wait = new Wait(timeout, () => {
      expired.push('again')
      if (expired.length < 3) again.start()
    })
    again.start()
    clock.advance(10)
    wait('next').start()
    clock.advance(100)
    expect(expired).toEqual(['again', 'next'])
    clock.advance(90)
    expect(expired).toEqual(['again', 'next', 'again'])
  })

  test('one that is stopped does not expire, and the timer lapses', () => {
    const { clock, expired, wait } = make()
    const one = wait('one')
    one.start()
    one.stop()
    clock.advance(1000)
    expect([expired, clock.pending]).toEqual([[], 0])
  })

  test('all end with their server', () => {
    const { clock, timeout, expired, wait } = make()
    wait('one').start()
    timeout.close()
    expect(clock.pending).toBe(0)
    clock.advance(1000)
    expect(expired).toEqual([])
  })

  test('without a length nothing expires, and no timer is made', () => {
    const { clock, wait } = make(0)
    wait('one').start()
    expect(clock.pending).toBe(0)
  })
})

describe('a request body that stalls', () => {
  const over = { timeouts: { body: 100 } }

  test('is a 408 and client_timeout while nothing was started', async () => {
    const { clock, connection, port, receive } = startHttp(POST, over)
    const event = watch(receive())
    clock.advance(100)
    await turn()
    expect(connection.disconnectReason).toBe('client_timeout') // CONN-31
    expect(connection.disconnectDetail).toMatch(/\b100 ms$/) // CONN-09
    expect(event.fate).toEqual({ state: 'resolved', value: { type: 'http.disconnect' } })
    expect(port.commands[0]).toMatchObject({ type: 'head', status: 408, close: true })
    expect(connection.responseStarted).toBe(true)
  })

  test('cuts a response that has begun', async () => {
    const { clock, connection, port, receive, send } = startHttp(POST, over)
    await send(START)
    void receive()
    clock.advance(100)
    expect(connection.disconnectReason).toBe('client_timeout')
    expect(port.commands.map(({ type }) => type)).toEqual(['head', 'abort'])
  })

  test('has all the time again after every piece', async () => {
    const { clock, connection, port, receive } = startHttp(POST, over)
    for (let piece = 0; piece < 3; piece++) {
      const event = receive()
      clock.advance(99)
      port.write(bytes('x'))
      expect(await event).toMatchObject({ type: 'http.request', more: true })
    }
    expect(connection.isConnected).toBe(true)
  })

  test('is of no concern while the application does not ask for it (HTTP-97)', async () => {
    const { clock, connection, port, receive } = startHttp(POST, over)
    clock.advance(1000)
    port.write(bytes('x'))
    await receive()
    clock.advance(1000)
    expect(connection.isConnected).toBe(true)
  })

  test('nor once the receive that waited was withdrawn, until the next one', async () => {
    const { clock, connection, receive } = startHttp(POST, over)
    const controller = new AbortController()
    const first = watch(receive({ signal: controller.signal }))
    controller.abort()
    clock.advance(1000)
    expect(connection.isConnected).toBe(true)
    void receive()
    clock.advance(99)
    expect(connection.isConnected).toBe(true)
    clock.advance(1)
    expect(connection.disconnectReason).toBe('client_timeout')
    await turn()
    expect(first.state).toBe('rejected')
  })

  test('nor when it is complete and the application waits for the end', async () => {
    const { clock, connection, port, receive } = startHttp(POST, over)
    const last = receive()
    port.endBody()
    expect(await last).toMatchObject({ more: false })
    void receive()
    clock.advance(1000)
    expect(connection.isConnected).toBe(true)
  })

  test('nor when there is none: no request without a body costs a timer', async () => {
    const made = makeHttp({}, over)
    await runApp(made, async (_scope, receive, send) => {
      await receive()
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'ok' })
      expect(made.settings.clock.pending).toBe(0)
    })
    expect(made.run.connection.responseComplete).toBe(true)
  })

  test('nor after the end of the scope', async () => {
    const { clock, connection, port, receive } = startHttp(POST, over)
    void receive()
    port.lose('client_closed')
    await turn()
    clock.advance(1000)
    expect(connection.disconnectReason).toBe('client_closed')
    expect(port.commands).toEqual([])
  })

  test('and on an event stream it is the same', async () => {
    const { clock, connection, port, receive } = startSse(POST, over)
    const event = watch(receive())
    clock.advance(100)
    await turn()
    expect(event.fate).toMatchObject({ value: { reason: 'client_timeout' } })
    expect(port.commands[0]).toMatchObject({ type: 'head', status: 408 })
    expect(connection.isConnected).toBe(false)
  })
})

describe('a client that takes nothing', () => {
  const over = { timeouts: { write: 100 } }

  test.each([
    ['http', () => startHttp({}, over), [START, chunk(200)]],
    ['sse', () => startSse({}, over), [SSE_START, { type: 'sse.send', data: 'x'.repeat(200) }]],
    [
      'websocket',
      () => startWebSocket({}, over),
      [ACCEPT, { type: 'websocket.send', text: 'x'.repeat(200) }],
    ],
  ] as const)('%s: above the high mark it is given up', async (_type, begin, [first, second]) => {
    const { clock, connection, port, send } = begin()
    await send(first)
    port.stall()
    const waiting = watch(send(second))
    clock.advance(99)
    expect(connection.isConnected).toBe(true)
    clock.advance(1)
    await turn()
    expect(connection.disconnectReason).toBe('write_timeout')
    expect(connection.disconnectDetail).toMatch(/\b100 ms$/)
    expect(waiting.state).toBe('resolved') // CORE-24
    expect(port.commands.at(-1)).toEqual({ type: 'abort', cause: 'stalled' })
  })

  test('is told apart from one that is slow', async () => {
    const { clock, connection, port, send } = startHttp({}, over)
    await send(START)
    port.stall()
    void send(chunk(1000))
    for (let turns = 0; turns < 5; turns++) {
      clock.advance(90)
      port.drain(1)
    }
    expect(connection.isConnected).toBe(true)
    clock.advance(200)
    expect(connection.disconnectReason).toBe('write_timeout')
  })

  test('may leave little waiting, as long as the response goes on', async () => {
    const { clock, connection, port, send } = startHttp({}, over)
    await send(START)
    port.stall()
    void send(chunk(99))
    clock.advance(1000)
    expect(connection.isConnected).toBe(true)
  })

  test('but not at its end', async () => {
    const { clock, connection, port, send } = startHttp({}, over)
    await send(START)
    port.stall()
    void send(LAST)
    clock.advance(100)
    expect(connection.disconnectReason).toBe('write_timeout')
    expect(connection.responseComplete).toBe(false)
  })

  test('nor of what the server says itself', async () => {
    const { clock, connection, port, leave } = startHttp({}, over)
    port.stall()
    await leave()
    expect(connection.disconnectReason).toBe('server_error')
    expect(port.commands.map(({ type }) => type)).toEqual(['head', 'data'])
    clock.advance(100)
    expect(port.commands.at(-1)).toEqual({ type: 'abort', cause: 'stalled' })
    expect(connection.disconnectReason).toBe('server_error') // CONN-30
  })

  test('is forgiven when it goes on', async () => {
    const { clock, connection, port, send } = startHttp({}, over)
    await send(START)
    port.stall()
    const sent = watch(send(chunk(200)))
    clock.advance(99)
    port.drain()
    await turn()
    expect(sent.state).toBe('resolved')
    await send(LAST)
    clock.advance(1000)
    expect(connection.responseComplete).toBe(true)
  })
})

describe('a quiet event stream', () => {
  const over = { timeouts: { sseIdle: 100 } }

  test('is ended, with its reason in the event', async () => {
    const { clock, connection, port, receive, send } = startSse({}, over)
    await receive()
    const event = watch(receive())
    clock.advance(1000)
    expect(connection.isConnected).toBe(true) // HTTP-97: nothing was started
    await send(SSE_START)
    clock.advance(100)
    await turn()
    expect(connection.disconnectReason).toBe('idle_timeout')
    expect(event.fate).toEqual({
      state: 'resolved',
      value: { type: 'sse.disconnect', reason: 'idle_timeout' },
    })
    expect(port.commands.at(-1)).toMatchObject({ type: 'abort' })
  })

  test('is not quiet while events or keepalive comments leave', async () => {
    const { clock, connection, send } = startSse({}, { timeouts: { sseIdle: 11_000 } })
    await send(SSE_START)
    clock.advance(10_999)
    await send(SSE_DATA)
    clock.advance(10_999)
    await send(SSE_PINGS) // every 10 s
    clock.advance(100_000)
    expect(connection.isConnected).toBe(true)
  })

  test('that was closed is not timed any more', async () => {
    const { clock, connection, port, send } = startSse({}, over)
    await send(SSE_START)
    port.stall()
    await send(SSE_DATA)
    await send(SSE_CLOSE)
    clock.advance(1000)
    expect(connection.isConnected).toBe(true)
    port.drain()
    await turn()
    expect(connection.responseComplete).toBe(true)
  })
})

describe('a quiet WebSocket', () => {
  const over = { timeouts: { webSocketIdle: 100 } }

  test('is ended without a Close frame (T-CLOSE 9)', async () => {
    const { clock, connection, port, receive, send } = startWebSocket({}, over)
    await receive()
    clock.advance(1000)
    expect(connection.isConnected).toBe(true) // not accepted yet
    await send(ACCEPT)
    const event = watch(receive())
    clock.advance(100)
    await turn()
    expect(connection).toMatchObject({ disconnectReason: 'idle_timeout', closeCode: 1006 })
    expect(event.fate).toMatchObject({
      value: { type: 'websocket.disconnect', code: 1006, reason: 'idle_timeout' },
    })
    expect(port.commands.map(({ type }) => type)).toEqual(['accept', 'abort'])
  })

  test('is not quiet while either side says something', async () => {
    const { clock, connection, port, send } = startWebSocket({}, over)
    await send(ACCEPT)
    for (const say of [
      () => port.message('hello'),
      () => port.ping(),
      () => port.pong(),
      () => void send(TEXT),
    ]) {
      clock.advance(99)
      say()
    }
    clock.advance(99)
    expect(connection.isConnected).toBe(true)
    clock.advance(1)
    expect(connection.disconnectReason).toBe('idle_timeout')
  })

  test('is not timed in the closing handshake (WS-19)', async () => {
    for (const begin of ['application', 'peer'] as const) {
      const { clock, connection, port, send } = startWebSocket({}, over)
      await send(ACCEPT)
      if (begin === 'application') await send(CLOSE)
      else port.peerClose(1000)
      port.pong()
      clock.advance(1000)
      expect(connection.isConnected).toBe(true)
    }
  })
})
