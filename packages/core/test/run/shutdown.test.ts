import { describe, expect, test } from 'vitest'
import {
  ACCEPT,
  CLOSE,
  LAST,
  MORE,
  REFUSE,
  SSE_CLOSE,
  SSE_START,
  START,
} from '../support/events.ts'
import { turn } from '../support/promises.ts'
import { startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { AnyRun, Started } from '../support/runs.ts'

// LIFE-22, LIFE-23: what a shutdown that begins, and one that forces, does to each kind of scope.

type Port = { stall(): void; readonly commands: readonly object[] }

interface Row {
  readonly what: string
  readonly start: () => Started<AnyRun, Port>
  readonly before: readonly unknown[]
  /** Whether the beginning ends it already. */
  readonly begin: boolean
}

const ROWS: readonly Row[] = [
  { what: 'http, nothing sent', start: startHttp, before: [], begin: false },
  { what: 'http, started', start: startHttp, before: [START, MORE], begin: false },
  { what: 'http, draining', start: startHttp, before: [START, LAST], begin: false },
  { what: 'sse, nothing sent', start: startSse, before: [], begin: true },
  { what: 'sse, streaming', start: startSse, before: [SSE_START], begin: true },
  {
    what: 'sse, closed and draining',
    start: startSse,
    before: [SSE_START, SSE_CLOSE],
    begin: false,
  },
  { what: 'sse, refusing', start: startSse, before: [START, MORE], begin: false },
  { what: 'websocket, connecting', start: startWebSocket, before: [], begin: true },
  { what: 'websocket, accepted', start: startWebSocket, before: [ACCEPT], begin: true },
  { what: 'websocket, closing', start: startWebSocket, before: [ACCEPT, CLOSE], begin: true },
  { what: 'websocket, refusing', start: startWebSocket, before: [REFUSE, MORE], begin: false },
]

describe.each(ROWS)('$what', ({ start, before, begin }) => {
  const reached = async () => {
    const scope = start()
    scope.port.stall()
    for (const event of before) await scope.send(event)
    return scope
  }

  test(`a shutdown that begins ${begin ? 'ends it' : 'lets it finish'}`, async () => {
    const { run, connection } = await reached()
    run.shutdown('begin')
    await turn()
    expect(connection.isConnected).toBe(!begin)
    expect(connection.disconnectReason).toBe(begin ? 'server_shutdown' : undefined)
  })

  test('one that forces ends it, once, and is no error of the application', async () => {
    const scope = await reached()
    const ends: unknown[] = []
    scope.connection.onEnd((reason) => ends.push(reason))
    scope.run.shutdown('begin')
    scope.run.shutdown('force')
    scope.run.shutdown('force')
    expect(scope.connection.disconnectReason).toBe('server_shutdown')
    expect(scope.connection.disconnectDetail).toBeDefined()
    await scope.fail(new Error('noticed'))
    expect(ends).toEqual(['server_shutdown'])
    expect(scope.log.at('error').filter((line) => !line.includes('after its response'))).toEqual([])
  })

  test('the transport is told that what was taken may still leave', async () => {
    const scope = await reached()
    scope.run.shutdown('force')
    expect(scope.port.commands.at(-1)).toEqual({ type: 'abort', cause: 'shutdown' })
  })
})

test('a refusal or a response that finishes in time ends clean', async () => {
  for (const start of [startHttp, startSse]) {
    const { run, send, connection } = start()
    await send(START)
    run.shutdown('begin')
    await send(LAST)
    run.shutdown('force')
    expect(connection.responseComplete).toBe(true)
  }
})
