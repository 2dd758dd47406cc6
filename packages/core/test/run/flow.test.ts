import { describe, expect, test } from 'vitest'
import { FlowControl } from '../../src/connection/flow.ts'
import { START, chunk } from '../support/events.ts'
import { loosely } from '../support/loosely.ts'
import { turn } from '../support/promises.ts'
import { MARKS, startHttp } from '../support/runs.ts'

// pagi.transport: FLOW-03 to FLOW-12.

const stalled = async () => {
  const scope = startHttp()
  await scope.send(START)
  scope.port.stall()
  const calls: string[] = []
  const note = (name: string) => () => {
    calls.push(name)
  }
  return { ...scope, calls, note }
}

test('bufferedAmount and the marks are read live (FLOW-03, FLOW-04)', async () => {
  const { transport, port, send } = await stalled()
  expect(transport.highWaterMark).toBe(MARKS.high)
  expect(transport.lowWaterMark).toBe(MARKS.low)
  expect(transport.bufferedAmount).toBe(0)
  await send(chunk(30))
  expect(transport.bufferedAmount).toBe(30)
  port.drain(10)
  expect(transport.bufferedAmount).toBe(20)
  port.drain()
  expect(transport.bufferedAmount).toBe(0)
})

describe('onHighWater (FLOW-07)', () => {
  test('is called once when the amount reaches the mark', async () => {
    const { transport, send, calls, note } = await stalled()
    transport.onHighWater(note('high'))
    await send(chunk(99))
    expect(calls).toEqual([])
    void send(chunk(1))
    expect(calls).toEqual(['high'])
    void send(chunk(500))
    await turn()
    expect(calls).toEqual(['high'])
  })

  test('at registration when the mark was reached before', async () => {
    const { transport, send, calls, note } = await stalled()
    void send(chunk(100))
    transport.onHighWater(note('high'))
    expect(calls).toEqual(['high'])
  })
})

describe('onDrain (FLOW-08)', () => {
  test('is called once when the amount has fallen below the low mark after a high', async () => {
    const { transport, port, send, calls, note } = await stalled()
    transport.onDrain(note('drain'))
    void send(chunk(100))
    port.drain(60)
    expect(calls).toEqual([]) // 40 is not below 40
    port.drain(1)
    expect(calls).toEqual(['drain'])
    port.drain()
    expect(calls).toEqual(['drain'])
  })

  test('never merely for being low', async () => {
    const { transport, port, send, calls, note } = await stalled()
    transport.onDrain(note('drain'))
    await send(chunk(99))
    port.drain()
    expect(calls).toEqual([])
  })

  test('sends are released with it', async () => {
    const { transport, port, send, calls, note } = await stalled()
    transport.onDrain(note('drain'))
    const sent = send(chunk(100))
    port.drain()
    await sent.then(note('sent'))
    expect(calls).toEqual(['drain', 'sent'])
  })
})

test('the pair re-arms after each cycle, callbacks in registration order (FLOW-09)', async () => {
  const { transport, port, send, calls, note } = await stalled()
  transport.onHighWater(note('high 1'))
  transport.onDrain(note('drain 1'))
  transport.onDrain(note('drain 2'))
  transport.onHighWater(note('high 2'))
  const cycle = ['high 1', 'high 2', 'drain 1', 'drain 2']
  for (let round = 1; round <= 3; round++) {
    void send(chunk(100))
    port.drain()
    await turn()
    port.stall()
    expect(calls).toEqual(Array.from({ length: round }, () => cycle).flat())
  }
})

test('callbacks are given no arguments', async () => {
  const { transport, port, send } = await stalled()
  const given: unknown[] = []
  transport.onHighWater((...args: readonly unknown[]) => given.push(args))
  transport.onDrain((...args: readonly unknown[]) => given.push(args))
  void send(chunk(100))
  port.drain()
  expect(given).toEqual([[], []])
})

test('one registered by another waits for its own turn', async () => {
  const { transport, port, send, calls, note } = await stalled()
  transport.onHighWater(() => {
    note('high')()
    transport.onHighWater(note('inner high')) // at once, as the mark is reached; not twice
  })
  const again = (): void => {
    note('drain')()
    transport.onDrain(again)
  }
  transport.onDrain(again)
  void send(chunk(100))
  expect(calls).toEqual(['high', 'inner high'])
  port.drain()
  expect(calls).toEqual(['high', 'inner high', 'drain'])
})

test('unregistered they are not called, also by one before them', async () => {
  const { transport, send, calls, note } = await stalled()
  const callback = note('high')
  const unregister = transport.onHighWater(() => {
    calls.push('first')
    other()
    unregister()
  })
  const other = transport.onHighWater(callback)
  transport.onHighWater(callback)
  void send(chunk(100))
  expect(calls).toEqual(['first', 'high'])
  unregister()
})

test('one that throws or rejects stops nobody, and is logged (CONN-21)', async () => {
  const { transport, send, calls, note, log } = await stalled()
  const onHighWater = loosely(transport, 'onHighWater')
  onHighWater(() => {
    throw new Error('thrown')
  })
  onHighWater(async () => {
    throw new Error('rejected')
  })
  // a promise of another realm is none of ours, and still must not go unhandled
  const foreign: unknown = Object.create(null, Object.getOwnPropertyDescriptors(Promise.prototype))
  onHighWater(() => Object.setPrototypeOf(Promise.reject(new Error('foreign')), Object(foreign)))
  onHighWater(note('after'))
  void send(chunk(100))
  await turn()
  expect(calls).toEqual(['after'])
  expect(log.at('error')).toHaveLength(3)
  expect(() => onHighWater('no function')).toThrow(TypeError)
})

describe('the end of the scope (FLOW-11)', () => {
  test('fires no drain callback, and drops what was registered', async () => {
    const { transport, port, send, connection, calls, note } = await stalled()
    transport.onDrain(note('drain'))
    transport.onHighWater(note('high'))
    void send(chunk(100))
    expect(calls).toEqual(['high'])
    connection.abort()
    port.drain()
    await turn()
    port.drain()
    transport.onHighWater(note('late high'))
    transport.onDrain(note('late drain'))
    port.drain()
    await turn()
    expect(calls).toEqual(['high'])
  })
})

test('without a low mark the drain is reported at the latest at nothing (FLOW-06)', () => {
  let amount = 0
  const flow = new FlowControl(
    { high: 10, low: 0 },
    { bufferedAmount: () => amount, callbackFailed: () => {} },
  )
  let drains = 0
  flow.onDrain(() => {
    drains += 1
  })
  amount = 10
  flow.wrote()
  expect(flow.engaged).toBe(true)
  amount = 1
  flow.drained()
  expect(drains).toBe(0)
  amount = 0
  flow.drained()
  expect(drains).toBe(1)
  expect(flow.engaged).toBe(false)
})

test('a transport that cannot measure holds no send back', () => {
  const flow = new FlowControl(MARKS, { bufferedAmount: () => undefined, callbackFailed: () => {} })
  flow.wrote()
  expect(flow.amount).toBe(0)
  expect(flow.engaged).toBe(false)
})
