import { describe, expect, test } from 'vitest'
import {
  ACCEPT,
  CLOSE,
  LAST,
  MORE,
  SSE_CLOSE,
  SSE_DATA,
  SSE_START,
  START,
  bytes,
  chunk,
} from '../support/events.ts'
import { codeRejected, turn, watch } from '../support/promises.ts'
import { startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { StartedHttp } from '../support/runs.ts'

// T-SETTLE, row by row, as far as sends go; receives are in receive-end.test.ts.

const started = async (): Promise<StartedHttp> => {
  const scope = startHttp()
  await scope.send(START)
  return scope
}

describe('a send that fails its checks', () => {
  test('rejects when its turn comes, not before', async () => {
    const { port, send } = await started()
    port.stall()
    const waiting = watch(send(chunk(200)))
    const bad = watch(send({ type: 'http.response.body', body: 5 }))
    await turn()
    expect(waiting.state).toBe('pending')
    expect(bad.state).toBe('pending')
    port.drain()
    await turn()
    expect(waiting.state).toBe('resolved')
    expect(bad.state).toBe('rejected')
  })

  test('stays rejected through the end of the scope (CORE-25)', async () => {
    const { connection, send } = await started()
    const bad = send({ type: 'no.such.event' })
    connection.abort()
    expect(await codeRejected(bad)).toBe('ERR_PAGI_UNKNOWN_EVENT')
    expect(await codeRejected(bad)).toBe('ERR_PAGI_UNKNOWN_EVENT')
  })

  test('never throws, and ignored raises no unhandled rejection (CORE-20, CORE-41)', async () => {
    const { send } = await started()
    for (const event of [undefined, null, 5, {}, { type: 'x' }, START]) void send(event)
    await turn()
  })

  test.each([
    [false, 'debug'],
    [true, 'warn'],
  ] as const)('is logged (development: %o, at %s)', async (development, level) => {
    const { send, log } = startHttp({}, { development })
    await codeRejected(send({ type: 'no.such.event' }))
    expect(log.at(level)).toEqual([expect.stringContaining('no.such.event')])
  })
})

describe('a send that is accepted', () => {
  test('resolves at once when nothing waits', async () => {
    const { send } = await started()
    const sent = watch(send(MORE))
    await Promise.resolve()
    await Promise.resolve()
    expect(sent.state).toBe('resolved')
  })

  test('resolves with undefined', async () => {
    const { send } = await started()
    await expect(send(MORE)).resolves.toBeUndefined()
  })

  test('below the high mark resolves with output queued, also text', async () => {
    const { port, send } = await started()
    port.stall()
    await send(chunk(99))
    expect(port.bufferedAmount).toBe(99)
  })

  test('with bytes of the application may wait for the write that reads them', async () => {
    const { port, send } = await started()
    port.stall()
    const body = bytes('mine')
    const sent = watch(send({ type: 'http.response.body', body, more: true }))
    await turn()
    expect(sent.state).toBe('pending')
    port.drain()
    await turn()
    expect(sent.state).toBe('resolved')
  })

  test('at the high mark waits until the amount fell below the low one (FLOW-05, FLOW-06)', async () => {
    const { port, send } = await started()
    port.stall()
    const sent = watch(send(chunk(100)))
    port.drain(60)
    await turn()
    expect(sent.state).toBe('pending') // 40 is not below 40
    port.drain(1)
    await turn()
    expect(sent.state).toBe('resolved')
  })

  test.each([
    ['http', () => startHttp(), START, chunk(300), LAST],
    ['sse', () => startSse(), SSE_START, { ...SSE_DATA, data: 'x'.repeat(300) }, SSE_CLOSE],
    [
      'websocket',
      () => startWebSocket(),
      ACCEPT,
      { type: 'websocket.send', text: 'x'.repeat(300) },
      CLOSE,
    ],
  ] as const)(
    '%s: a terminal one resolves above the mark',
    async (_, start, first, big, terminal) => {
      const { port, send } = start()
      await send(first)
      port.stall()
      const waiting = watch(send(big))
      const last = watch(send(terminal))
      await turn()
      expect([waiting.state, last.state]).toEqual(['pending', 'pending'])
      port.drain(290) // 10 are left
      await turn()
      expect([waiting.state, last.state]).toEqual(['resolved', 'resolved'])
    },
  )
})

describe('sends that overlap (CORE-32)', () => {
  test('are processed and settle in call order', async () => {
    const { port, send } = startHttp()
    port.stall()
    const order: string[] = []
    const note = (name: string, sent: Promise<void>) =>
      sent.then(
        () => order.push(name),
        () => order.push(`${name} rejected`),
      )
    const all = [
      note('start', send(START)),
      note('big', send(chunk(200))),
      note('again', send(START)),
      note('more', send(chunk(1))),
      note('unknown', send({ type: 'x' })),
      note('last', send(LAST)),
      note('after', send(LAST)),
    ]
    await turn()
    expect(order).toEqual(['start'])
    port.drain()
    await Promise.all(all)
    expect(order).toEqual([
      'start',
      'big',
      'again rejected',
      'more',
      'unknown rejected',
      'last',
      'after rejected',
    ])
    expect(port.body).toBe(`${'x'.repeat(201)}end`)
  })

  test('each waits anew above the mark', async () => {
    const { port, send } = await started()
    port.stall()
    const sends = [1, 2, 3].map(() => watch(send(chunk(200))))
    for (const passed of [1, 2, 3]) {
      await turn()
      expect(sends.filter(({ state }) => state === 'resolved')).toHaveLength(passed - 1)
      port.drain(port.bufferedAmount - 39)
    }
    await turn()
    expect(sends.filter(({ state }) => state === 'resolved')).toHaveLength(3)
  })
})

describe('the end of the scope', () => {
  test('resolves a send that waits, and those behind it unprocessed', async () => {
    const { port, send, connection } = await started()
    port.stall()
    const sends = [chunk(200), chunk(1), { type: 'no.such.event' }, START].map((event) =>
      watch(send(event)),
    )
    await turn()
    const before = [...port.commands]
    connection.abort()
    await turn()
    expect(sends.map(({ state }) => state)).toEqual(Array(4).fill('resolved'))
    expect(port.commands).toEqual([...before, { type: 'abort', cause: 'app_abort' }])
  })

  test('makes every later send a no-op, malformed ones included (CORE-26)', async () => {
    const { port, send } = await started()
    port.lose()
    for (const event of [MORE, START, { type: 'x' }, undefined, { type: START.type, status: 'x' }])
      await expect(send(event)).resolves.toBeUndefined()
  })

  test('that follows an own terminal event leaves the tables in force (1.1)', async () => {
    const http = await started()
    http.port.stall()
    await http.send(LAST)
    http.port.lose()
    expect(await codeRejected(http.send(LAST))).toBe('ERR_PAGI_EVENT_ORDER')

    const sse = startSse()
    await sse.send(SSE_START)
    await sse.send(SSE_CLOSE)
    expect(sse.connection.responseComplete).toBe(true)
    expect(await codeRejected(sse.send(SSE_DATA))).toBe('ERR_PAGI_EVENT_ORDER')
    await expect(sse.send(SSE_CLOSE)).resolves.toBeUndefined() // SSE-20

    const websocket = startWebSocket()
    await websocket.send(ACCEPT)
    await websocket.send(CLOSE)
    websocket.port.lose()
    expect(await codeRejected(websocket.send(CLOSE))).toBe('ERR_PAGI_EVENT_ORDER')
  })

  test('a send made between the end and its notification resolves after the callbacks', async () => {
    const { port, send, connection } = await started()
    const order: string[] = []
    connection.onDisconnect(() => order.push('onDisconnect'))
    port.lose()
    await send(MORE)
    order.push('send')
    expect(order).toEqual(['onDisconnect', 'send'])
  })
})
