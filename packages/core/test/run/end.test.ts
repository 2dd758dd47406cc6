import { describe, expect, test } from 'vitest'
import {
  ACCEPT,
  CLOSE,
  LAST,
  MORE,
  REFUSE,
  SSE_CLOSE,
  SSE_DATA,
  SSE_START,
  START,
  TRAILERS,
} from '../support/events.ts'
import { turn } from '../support/promises.ts'
import { POST, startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { AnyRun, Started } from '../support/runs.ts'

// T-END: started, clean end, abnormal end.

type Scope = Started<AnyRun, unknown>

/** Counts which of the two families was called, and how often. */
const families = ({ connection }: Scope): { complete: number; lost: number; ended: number } => {
  const counts = { complete: 0, lost: 0, ended: 0 }
  connection.onComplete(() => {
    counts.complete += 1
  })
  connection.onDisconnect(() => {
    counts.lost += 1
  })
  connection.onEnd(() => {
    counts.ended += 1
  })
  return counts
}

const CLEAN = { complete: 1, lost: 0, ended: 1 }
const ABNORMAL = { complete: 0, lost: 1, ended: 1 }
const NONE = { complete: 0, lost: 0, ended: 0 }

describe('responseStarted', () => {
  test.each([
    ['http', () => startHttp(), START],
    ['websocket, accepted', () => startWebSocket(), ACCEPT],
    ['websocket, refused', () => startWebSocket(), REFUSE],
    ['sse', () => startSse(), SSE_START],
    ['sse, refused', () => startSse(), START],
  ] as const)(
    '%s: true when send has returned, for the rest of the scope',
    async (_, start, event) => {
      const { connection, send } = start()
      expect(connection.responseStarted).toBe(false)
      const sent = send(event)
      expect(connection.responseStarted).toBe(true)
      await sent
      connection.abort()
      expect(connection.responseStarted).toBe(true)
    },
  )

  test('stays false when the start was rejected', async () => {
    const { connection, send } = startHttp()
    await expect(send({ ...START, status: 99 })).rejects.toThrow(/status/)
    expect(connection.responseStarted).toBe(false)
  })

  test('is true after a 500 and a 413 of the server’s own (CONN-10)', async () => {
    const early = startHttp()
    await early.leave()
    expect(early.connection.responseStarted).toBe(true)
    const large = startHttp(POST)
    void large.receive()
    large.port.write(new Uint8Array(1001))
    expect(large.connection.responseStarted).toBe(true)
  })
})

describe('the clean end', () => {
  const ENDS: readonly (readonly [string, () => Scope, readonly unknown[]])[] = [
    ['http', () => startHttp(), [START, MORE, LAST]],
    ['http with trailers', () => startHttp(), [{ ...START, trailers: true }, LAST, TRAILERS]],
    ['http, HEAD', () => startHttp({ method: 'HEAD' }), [START, LAST]],
    ['sse', () => startSse(), [SSE_START, SSE_DATA, SSE_CLOSE]],
    ['sse, refused', () => startSse(), [START, LAST]],
    ['websocket, refused', () => startWebSocket(), [REFUSE, LAST]],
  ]

  test.each(ENDS)('%s: when the terminal event was output', async (_, start, events) => {
    const scope = start()
    const counts = families(scope)
    for (const [at, event] of events.entries()) {
      expect(scope.connection.isConnected).toBe(true)
      await scope.send(event)
      expect(scope.connection.responseComplete).toBe(at === events.length - 1)
    }
    expect(scope.connection.isConnected).toBe(false)
    expect(scope.connection.disconnectReason).toBeUndefined()
    expect(scope.connection.disconnectDetail).toBeUndefined()
    await turn()
    expect(counts).toEqual(CLEAN)
  })

  test.each(ENDS)(
    '%s: a later throw, abort or shutdown changes nothing',
    async (_, start, events) => {
      const scope = start()
      const counts = families(scope)
      for (const event of events) await scope.send(event)
      scope.connection.abort('late')
      scope.run.shutdown('force')
      await scope.fail(new Error('late'))
      await turn()
      expect(scope.connection.responseComplete).toBe(true)
      expect(scope.connection.disconnectReason).toBeUndefined()
      expect(counts).toEqual(CLEAN)
      expect(scope.log.at('error')).toHaveLength(1) // HTTP-80
    },
  )

  test('waits for stalled output, and a loss before that is abnormal', async () => {
    const { port, connection, ...rest } = startHttp()
    const counts = families({ port, connection, ...rest })
    await rest.send(START)
    port.stall()
    await rest.send(LAST)
    await rest.leave()
    expect(connection.isConnected).toBe(true)
    expect(rest.log.at('error')).toEqual([])
    port.lose('write_error')
    await turn()
    expect(connection.disconnectReason).toBe('write_error')
    expect(counts).toEqual(ABNORMAL)
  })

  test('is not reached by a terminal event that rejected', async () => {
    const { send, connection } = startHttp()
    await send({ ...START, headers: [['content-length', '9']] })
    await expect(send(LAST)).rejects.toThrow(/content-length/)
    expect(connection.isConnected).toBe(true)
  })
})

describe('an incomplete response', () => {
  const UNFINISHED: readonly (readonly [string, () => Scope, readonly unknown[]])[] = [
    ['http, nothing of the body', () => startHttp(), [START]],
    ['http, part of the body', () => startHttp(), [START, MORE]],
    ['http, trailers due', () => startHttp(), [{ ...START, trailers: true }, LAST]],
    ['sse', () => startSse(), [SSE_START, SSE_DATA]],
    ['sse, refused', () => startSse(), [START, MORE]],
    ['websocket', () => startWebSocket(), [ACCEPT]],
    ['websocket, refused', () => startWebSocket(), [REFUSE, MORE]],
  ]

  test.each(UNFINISHED)(
    '%s: server_error when the application returns',
    async (_, start, events) => {
      const scope = start()
      const counts = families(scope)
      for (const event of events) await scope.send(event)
      await scope.leave()
      await turn()
      expect(scope.connection.disconnectReason).toBe('server_error')
      expect(scope.connection.responseComplete).toBe(false)
      expect(counts).toEqual(ABNORMAL)
      expect(scope.log.at('error')).toHaveLength(1) // HTTP-77
      expect(scope.asked).not.toContain('end') // HTTP-74
    },
  )

  test.each(UNFINISHED)('%s: and when it throws, with its message', async (_, start, events) => {
    const scope = start()
    for (const event of events) await scope.send(event)
    await scope.fail(new Error('no such thing'))
    expect(scope.connection.disconnectReason).toBe('server_error')
    expect(scope.connection.disconnectDetail).toContain('no such thing')
    expect(scope.log.at('error')).toHaveLength(1)
  })

  test.each(UNFINISHED)(
    '%s: nothing is logged as an error after the client went',
    async (_, start, events) => {
      for (const settle of ['leave', 'fail'] as const) {
        const scope = start()
        for (const event of events) await scope.send(event)
        scope.connection.abort()
        await scope[settle](new Error('noticed'))
        expect(scope.log.at('error')).toEqual([]) // HTTP-78, CONN-37
        expect(scope.log.at('warn')).toEqual([])
        expect(scope.connection.disconnectReason).toBe('app_abort')
      }
    },
  )
})

test('websocket: neither Close alone ends the scope, both and the transport do (WS-28)', async () => {
  for (const ours of [true, false]) {
    const scope = startWebSocket()
    const counts = families(scope)
    await scope.send(ACCEPT)
    if (ours) await scope.send(CLOSE)
    else scope.port.peerClose(1000)
    await turn()
    expect(scope.connection.isConnected).toBe(true)
    if (ours) scope.port.peerClose(1000)
    await turn()
    expect(scope.connection.isConnected).toBe(true)
    expect(counts).toEqual(NONE)
    scope.port.lose()
    await turn()
    expect(counts).toEqual(CLEAN)
  }
})

test('the first outcome wins for ever (CONN-30)', async () => {
  const scope = startHttp()
  const counts = families(scope)
  await scope.send(START)
  scope.port.lose('read_error', 'first')
  scope.port.lose('write_error', 'second')
  scope.connection.abort('third')
  scope.run.shutdown('force')
  await scope.fail(new Error('fourth'))
  await turn()
  expect(scope.connection.disconnectReason).toBe('read_error')
  expect(scope.connection.disconnectDetail).toBe('first')
  expect(counts).toEqual(ABNORMAL)
})
