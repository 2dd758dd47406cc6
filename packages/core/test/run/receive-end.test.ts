import { describe, expect, test } from 'vitest'
import {
  ACCEPT,
  LAST,
  MORE,
  REFUSE,
  SSE_CLOSE,
  SSE_START,
  START,
  bytes,
} from '../support/events.ts'
import { turn, watch } from '../support/promises.ts'
import { POST, startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { AnyRun, Started } from '../support/runs.ts'

// T-RECV: receive at and after the end.

type Scope = Started<AnyRun, { lose(): void }>

interface Row {
  readonly what: string
  readonly start: () => Scope
  readonly before: readonly unknown[]
  readonly end: (scope: Scope) => unknown
  readonly event: unknown
}

const abort = ({ connection }: Scope): void => connection.abort()
const leave = (scope: Scope): Promise<void> => scope.leave()
const lose = ({ port }: Scope): void => port.lose()
const nothing = (): void => {}

const ROWS: readonly Row[] = [
  {
    what: 'http, complete',
    start: startHttp,
    before: [START, LAST],
    end: nothing,
    event: { type: 'http.disconnect' },
  },
  {
    what: 'http, lost',
    start: startHttp,
    before: [START],
    end: lose,
    event: { type: 'http.disconnect' },
  },
  {
    what: 'http, aborted',
    start: startHttp,
    before: [],
    end: abort,
    event: { type: 'http.disconnect' },
  },
  {
    what: 'http, incomplete',
    start: startHttp,
    before: [START, MORE],
    end: leave,
    event: { type: 'http.disconnect' },
  },
  {
    what: 'websocket, refused',
    start: startWebSocket,
    before: [REFUSE, LAST],
    end: nothing,
    event: { type: 'http.disconnect' },
  },
  {
    what: 'websocket, lost',
    start: startWebSocket,
    before: [ACCEPT],
    end: lose,
    event: { type: 'websocket.disconnect', code: 1006, reason: 'client_closed' },
  },
  {
    what: 'websocket, lost in a refusal',
    start: startWebSocket,
    before: [REFUSE],
    end: lose,
    event: { type: 'websocket.disconnect', code: 1006, reason: 'client_closed' },
  },
  {
    what: 'websocket, aborted before accept',
    start: startWebSocket,
    before: [],
    end: abort,
    event: { type: 'websocket.disconnect', code: 1006, reason: 'app_abort' },
  },
  {
    what: 'sse, closed',
    start: startSse,
    before: [SSE_START, SSE_CLOSE],
    end: nothing,
    event: { type: 'sse.disconnect' },
  },
  {
    what: 'sse, refused',
    start: startSse,
    before: [START, LAST],
    end: nothing,
    event: { type: 'sse.disconnect' },
  },
  {
    what: 'sse, lost',
    start: startSse,
    before: [SSE_START],
    end: lose,
    event: { type: 'sse.disconnect', reason: 'client_closed' },
  },
  {
    what: 'sse, incomplete',
    start: startSse,
    before: [SSE_START],
    end: leave,
    event: { type: 'sse.disconnect', reason: 'server_error' },
  },
  {
    what: 'sse, aborted in a refusal',
    start: startSse,
    before: [START],
    end: abort,
    event: { type: 'sse.disconnect', reason: 'app_abort' },
  },
]

describe.each(ROWS)('$what', ({ start, before, end, event }) => {
  test('every pending and every later receive yields the same end event', async () => {
    const scope = start()
    await scope.receive() // the request's one event, or websocket.connect
    const pending = [scope.receive(), scope.receive(), scope.receive()]
    for (const sent of before) await scope.send(sent)
    await end(scope)
    for (const receive of pending) expect(await receive).toStrictEqual(event)
    for (let at = 0; at < 10; at++) expect(await scope.receive()).toStrictEqual(event)
  })
})

describe('what was queued before the end', () => {
  test('websocket messages are delivered first, in order, before either end', async () => {
    for (const closed of [true, false]) {
      const scope = startWebSocket()
      await scope.send(ACCEPT)
      scope.port.message('one')
      scope.port.message(bytes('two'))
      if (closed) scope.port.peerClose(1000)
      scope.port.lose()
      await turn()
      expect(await scope.receive()).toEqual({ type: 'websocket.connect' })
      expect(await scope.receive()).toEqual({ type: 'websocket.receive', text: 'one' })
      expect(await scope.receive()).toEqual({ type: 'websocket.receive', bytes: bytes('two') })
      expect(await scope.receive()).toMatchObject({
        type: 'websocket.disconnect',
        code: closed ? 1000 : 1006,
      })
    }
  })

  // A body piece is in the queue when the receive that asked for it was withdrawn.
  const withQueuedBody = async (scope: ReturnType<typeof startHttp | typeof startSse>) => {
    const away = new AbortController()
    void scope.receive({ signal: away.signal })
    away.abort()
    scope.port.write(bytes('queued'))
    await turn()
  }

  test('request body is delivered before an abnormal end', async () => {
    const scope = startHttp(POST)
    await withQueuedBody(scope)
    scope.port.lose()
    await turn()
    expect(await scope.receive()).toMatchObject({ type: 'http.request', body: bytes('queued') })
    expect(await scope.receive()).toEqual({ type: 'http.disconnect' })
  })

  test('request body is discarded at a clean end', async () => {
    const http = startHttp(POST)
    await withQueuedBody(http)
    await http.send(START)
    await http.send(LAST)
    expect(await http.receive()).toEqual({ type: 'http.disconnect' })
    const sse = startSse(POST)
    await withQueuedBody(sse)
    await sse.send(SSE_START)
    await sse.send(SSE_CLOSE)
    expect(await sse.receive()).toStrictEqual({ type: 'sse.disconnect' })
  })
})

describe('between the terminal event and the end', () => {
  test('a receive waits, and gets what still comes', async () => {
    const scope = startHttp(POST)
    await scope.send(START)
    scope.port.stall()
    await scope.send(LAST)
    const receive = watch(scope.receive())
    await turn()
    expect(receive.state).toBe('pending')
    scope.port.write(bytes('late'))
    await turn()
    expect(receive.fate).toMatchObject({ value: { type: 'http.request' } })
    const next = watch(scope.receive())
    scope.port.drain()
    await turn()
    expect(next.fate).toMatchObject({ value: { type: 'http.disconnect' } })
  })
})

test('a receive begun between an end and its notification gets the end event', async () => {
  const scope = startHttp()
  await scope.receive()
  scope.port.lose()
  expect(await scope.receive()).toEqual({ type: 'http.disconnect' })
})
