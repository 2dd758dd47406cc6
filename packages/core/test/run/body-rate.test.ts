import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/memory/clock.ts'
import { BodyRate } from '../../src/run/body-rate.ts'
import { bytes } from '../support/events.ts'
import { POST, startHttp, startSse } from '../support/runs.ts'

describe('the rate of a request body', () => {
  const make = (bytesPerSecond: number, grace = 5000) => {
    const clock = new ManualClock()
    const rate = new BodyRate({ bytesPerSecond, grace }, clock)
    const waited = (milliseconds: number, came: number): boolean => {
      rate.wait()
      clock.advance(milliseconds)
      rate.came(came)
      return rate.wait()
    }
    return { clock, rate, waited }
  }

  test('is judged once it was waited for longer than the grace, over all that time', () => {
    const { waited } = make(100)
    expect(waited(5000, 1)).toBe(true)
    expect(waited(1, 0)).toBe(false)
  })

  test('is enough at the rate, and too little a byte below it', () => {
    expect(make(100).waited(10_000, 1000)).toBe(true)
    expect(make(100).waited(10_000, 999)).toBe(false)
  })

  test('may be made up for', () => {
    const { waited } = make(100)
    expect(waited(5000, 1)).toBe(true)
    expect(waited(5000, 10_000)).toBe(true)
  })

  test('counts no time in which nobody waits, and all bytes', () => {
    const { clock, rate, waited } = make(100)
    rate.came(500)
    clock.advance(60_000)
    expect(waited(5500, 100)).toBe(true)
    clock.advance(60_000)
    expect(waited(499, 0)).toBe(true)
    expect(waited(2, 0)).toBe(false)
  })

  test('is no matter without a limit', () => {
    expect(make(0, 0).waited(1_000_000, 0)).toBe(true)
  })
})

describe.each([
  ['http', startHttp],
  ['sse', startSse],
] as const)('a body that comes drop by drop: %s', (_type, begin) => {
  const drip = async (rate: number, spacing: number, pieces: number) => {
    const started = begin(POST, { minBodyRate: { bytesPerSecond: rate, grace: 1000 } })
    const { clock, port, receive, connection } = started
    let taken = 0
    while (taken < pieces && connection.isConnected) {
      const event = receive()
      clock.advance(spacing)
      port.write(bytes('x'))
      if ((await event).type.endsWith('.request')) taken += 1
    }
    return { ...started, taken }
  }

  test('is answered 408 when the application waits for more', async () => {
    const { connection, port, receive, taken } = await drip(10, 250, 100)
    expect(taken).toBe(5)
    expect([connection.disconnectReason, connection.disconnectDetail]).toEqual([
      'client_timeout',
      'the request body came more slowly than 10 bytes a second',
    ])
    expect(port.commands[0]).toMatchObject({ type: 'head', status: 408 })
    expect((await receive()).type).toMatch(/\.disconnect$/)
  })

  test('is served at the rate that is asked for, however long it takes', async () => {
    expect((await drip(4, 250, 100)).taken).toBe(100)
  })

  test('is not to blame for what the application takes its time for', async () => {
    const { clock, port, receive, connection } = begin(POST, {
      minBodyRate: { bytesPerSecond: 10, grace: 1000 },
    })
    for (let piece = 0; piece < 10; piece += 1) {
      port.write(bytes('x'))
      clock.advance(10_000)
      await receive()
    }
    expect(connection.isConnected).toBe(true)
  })

  test('that is complete is served, however slowly it came', async () => {
    const { clock, port, receive, connection } = begin(POST, {
      minBodyRate: { bytesPerSecond: 10, grace: 1000 },
    })
    const first = receive()
    clock.advance(60_000)
    port.write(bytes('x'))
    port.endBody()
    expect(await first).toMatchObject({ more: true })
    expect(await receive()).toMatchObject({ more: false })
    expect(connection.isConnected).toBe(true)
  })
})
