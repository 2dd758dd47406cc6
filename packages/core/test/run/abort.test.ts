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
  chunk,
} from '../support/events.ts'
import { loosely } from '../support/loosely.ts'
import { turn } from '../support/promises.ts'
import { POST, startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { AnyRun, Started } from '../support/runs.ts'

// CONN-34 to CONN-38: abort in every state.

type Scope = Started<AnyRun, { readonly commands: readonly { readonly type: string }[] }>

const STATES: readonly (readonly [string, () => Scope, readonly unknown[]])[] = [
  ['http, initial', () => startHttp(), []],
  ['http, started', () => startHttp(), [START]],
  ['http, inline', () => startHttp(), [START, MORE]],
  ['http, trailers-due', () => startHttp(), [{ ...START, trailers: true }, LAST]],
  ['sse, initial', () => startSse(), []],
  ['sse, streaming', () => startSse(), [SSE_START]],
  ['sse, refusing', () => startSse(), [START, MORE]],
  ['websocket, connecting', () => startWebSocket(), []],
  ['websocket, accepted', () => startWebSocket(), [ACCEPT]],
  ['websocket, closing', () => startWebSocket(), [ACCEPT, CLOSE]],
  ['websocket, refusing', () => startWebSocket(), [REFUSE, MORE]],
]

describe.each(STATES)('%s', (_, start, events) => {
  const reached = async (): Promise<Scope> => {
    const scope = start()
    for (const event of events) await scope.send(event)
    return scope
  }

  test('ends the scope at once, with the detail, and cuts the transport', async () => {
    const { connection, asked, port } = await reached()
    const before = asked.length
    const started = connection.responseStarted
    const returned: unknown = connection.abort('no longer wanted')
    expect(returned).toBeUndefined()
    expect(connection.isConnected).toBe(false)
    expect(connection.disconnectReason).toBe('app_abort')
    expect(connection.disconnectDetail).toBe('no longer wanted')
    expect(connection.responseStarted).toBe(started)
    expect(connection.responseComplete).toBe(false)
    expect(asked.slice(before)).toEqual(['abort']) // no Close frame, no response (CONN-35)
    expect(port.commands.at(-1)).toEqual({ type: 'abort', cause: 'app_abort' })
  })

  test('once; again it changes nothing', async () => {
    const { connection, asked, run } = await reached()
    connection.abort()
    const before = asked.length
    connection.abort('again')
    run.shutdown('force')
    await turn()
    expect(connection.disconnectDetail).toBeUndefined()
    expect(asked).toHaveLength(before)
  })

  test('leaves nothing running and nothing in the log', async () => {
    const { connection, leave, clock, log } = await reached()
    connection.abort()
    await leave()
    await turn()
    expect(clock.pending).toBe(0)
    expect(log.at('error')).toEqual([])
    expect(log.at('warn')).toEqual([])
  })

  test('within a callback of pagi.transport or right after a send', async () => {
    const { connection, send, asked } = await reached()
    void send({ type: 'no.such.event' })
    connection.abort()
    await turn()
    expect(asked.filter((type) => type === 'abort')).toHaveLength(1)
  })
})

test.each([
  ['http', () => startHttp(), [START, LAST]],
  ['sse', () => startSse(), [SSE_START, SSE_CLOSE]],
  ['websocket', () => startWebSocket(), [REFUSE, LAST]],
] as const)('%s: after a clean end abort does nothing (CONN-38)', async (_, start, events) => {
  const { connection, send, asked } = start()
  for (const event of events) await send(event)
  const before = asked.length
  connection.abort('late')
  await turn()
  expect(connection.responseComplete).toBe(true)
  expect(connection.disconnectReason).toBeUndefined()
  expect(connection.signal.aborted).toBe(false)
  expect(asked).toHaveLength(before)
})

test('abort does not wait for output in flight', async () => {
  const { connection, port, send } = startHttp()
  await send(START)
  port.stall()
  void send(chunk(500))
  connection.abort()
  expect(port.commands.at(-1)).toMatchObject({ type: 'abort' })
})

test('abort from an onHighWater callback, inside the send that crossed the mark', async () => {
  const { connection, transport, port, send } = startHttp()
  transport.onHighWater(() => connection.abort('too slow'))
  await send(START)
  port.stall()
  await expect(send(chunk(500))).resolves.toBeUndefined()
  expect(connection.disconnectReason).toBe('app_abort')
})

test('the detail must be a string', () => {
  const { connection } = startHttp()
  expect(() => loosely(connection, 'abort')(5)).toThrow(/detail must be a string, got number/)
  expect(connection.isConnected).toBe(true)
})

describe('a request body over the limit (HTTP-31)', () => {
  test('declared: answered with 413 without the application', () => {
    const { run, port, connection, asked } = startHttp({ contentLength: 1001 })
    expect(run.refuseOversized()).toBe(true)
    expect(port.commands[0]).toMatchObject({ type: 'head', status: 413, close: true })
    expect(asked).toEqual(['head', 'data'])
    expect(connection.disconnectReason).toBe('body_too_large')
  })

  test.each([undefined, 0, 1000])('declared %o: not refused', (contentLength) => {
    const { run, asked } = startHttp({ contentLength })
    expect(run.refuseOversized()).toBe(false)
    expect(asked).toEqual([])
  })

  test.each([
    ['http', () => startHttp(POST), START],
    ['sse', () => startSse(POST), SSE_START],
  ] as const)(
    '%s, undeclared: 413 before the start, cut short after it',
    async (_, start, event) => {
      for (const started of [false, true]) {
        const scope = start()
        if (started) await scope.send(event)
        scope.port.write(new Uint8Array(600))
        scope.port.write(new Uint8Array(600))
        expect(await scope.receive()).toMatchObject({ more: true })
        const over = scope.receive()
        expect(scope.connection.disconnectReason).toBe('body_too_large')
        expect(scope.connection.disconnectDetail).toContain('1000')
        expect(scope.asked).toEqual(started ? ['head', 'abort'] : ['head', 'data'])
        expect(scope.port.commands[0]).toMatchObject({ status: started ? 200 : 413 })
        expect((await over).type).toMatch(/disconnect$/)
        await scope.leave()
        expect(scope.log.at('error')).toEqual([])
      }
    },
  )

  test('exactly the limit passes', async () => {
    const { port, receive, connection } = startHttp(POST)
    port.write(new Uint8Array(1000))
    port.endBody()
    expect(await receive()).toMatchObject({ type: 'http.request', more: true })
    expect(await receive()).toMatchObject({ type: 'http.request', more: false })
    expect(connection.isConnected).toBe(true)
  })
})
