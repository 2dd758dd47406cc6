import { describe, expect, test } from 'vitest'
import { ACCEPT, CLOSE, PINGS, SSE_DATA, SSE_START, START, chunk } from '../support/events.ts'
import { turn } from '../support/promises.ts'
import { Recorder, abnormal } from '../support/recorder.ts'
import { CLOSE_TIMEOUT, POST, startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { AnyRun, Started, StartedHttp, StartedSse, StartedWebSocket } from '../support/runs.ts'

// T-ORDER: one order for every scope type and every cause.

const BIG = 'x'.repeat(150)

type Cause<Scope> = readonly [token: string, cause: (scope: Scope) => unknown]

/** Two receives and two sends are pending; the facts must change with the cause, the rest follow. */
const expectOrder = async <Scope extends Started<AnyRun, unknown>>(
  scope: Scope,
  sends: readonly unknown[],
  [token, cause]: Cause<Scope>,
): Promise<void> => {
  const { connection, receive, send } = scope
  const recorder = new Recorder(connection)
  recorder.received('receive 1', receive())
  recorder.received('receive 2', receive())
  sends.forEach((event, at) => recorder.sent(`send ${at + 1}`, send(event)))
  await turn()
  expect(recorder.entries).toEqual([])
  expect(connection.isConnected).toBe(true)
  cause(scope)
  if (connection.isConnected)
    await turn() // causes of the clock or of the application's own
  else {
    expect(connection.disconnectReason).toBe(token)
    expect(recorder.entries).toEqual([])
    await turn()
  }
  const type = recorder.entries.find((entry) => entry.startsWith('receive 1'))?.slice(10) ?? ''
  expect(type).toMatch(/^(http|sse|websocket)\.disconnect$/)
  expect(recorder.entries).toEqual(
    abnormal(
      token,
      [`receive 1 ${type}`, `receive 2 ${type}`],
      sends.map((_, at) => `send ${at + 1}`),
    ),
  )
  expect(connection.isConnected).toBe(false)
  expect(connection.responseComplete).toBe(false)
  expect(connection.disconnectReason).toBe(token)
}

describe('http', () => {
  const CAUSES: readonly Cause<StartedHttp>[] = [
    ['client_closed', ({ port }) => port.lose()],
    ['read_error', ({ port }) => port.lose('read_error', 'ECONNRESET')],
    ['write_error', ({ port }) => port.lose('write_error')],
    ['write_timeout', ({ port }) => port.lose('write_timeout')],
    ['client_timeout', ({ port }) => port.lose('client_timeout')],
    ['protocol_error', ({ port }) => port.lose('protocol_error')],
    ['app_abort', ({ connection }) => connection.abort('enough')],
    ['server_shutdown', ({ run }) => run.shutdown('force')],
    ['body_too_large', ({ port }) => port.write(new Uint8Array(1001))],
  ]

  test.each(CAUSES)('%s with sends pending', async (...cause) => {
    const scope = startHttp(POST)
    await scope.send(START)
    scope.port.stall()
    await expectOrder(scope, [chunk(150), chunk(1)], cause)
  })

  test.each([
    ...CAUSES,
    ['server_error', ({ leave }) => leave()],
    ['server_error', ({ fail }) => fail(new Error('bug'))],
  ] satisfies readonly Cause<StartedHttp>[])('%s before the start', async (...cause) => {
    await expectOrder(startHttp(POST), [], cause)
  })
})

describe('sse', () => {
  const CAUSES: readonly Cause<StartedSse>[] = [
    ['client_closed', ({ port }) => port.lose()],
    ['app_abort', ({ connection }) => connection.abort()],
    ['server_shutdown', ({ run }) => run.shutdown('begin')],
    ['body_too_large', ({ port }) => port.write(new Uint8Array(1001))],
  ]

  test.each(CAUSES)('%s with sends pending', async (...cause) => {
    const scope = startSse(POST)
    await scope.send(SSE_START)
    scope.port.stall()
    await expectOrder(scope, [{ type: 'sse.send', data: BIG }, SSE_DATA], cause)
  })

  test.each([
    ...CAUSES,
    ['server_error', ({ leave }) => leave()],
    ['server_error', ({ fail }) => fail(new Error('bug'))],
  ] satisfies readonly Cause<StartedSse>[])('%s while streaming', async (...cause) => {
    const scope = startSse(POST)
    await scope.send(SSE_START)
    await expectOrder(scope, [], cause)
  })
})

describe('websocket', () => {
  const CAUSES: readonly Cause<StartedWebSocket>[] = [
    ['client_closed', ({ port }) => port.lose()],
    ['idle_timeout', ({ port }) => port.lose('idle_timeout')],
    ['write_timeout', ({ port }) => port.lose('write_timeout')],
    ['protocol_error', ({ port }) => port.fault('protocol', 'a reserved bit')],
    ['protocol_error', ({ port }) => port.fault('utf8', 'not UTF-8')],
    ['protocol_error', ({ port }) => port.fault('size', 'too long')],
    ['app_abort', ({ connection }) => connection.abort()],
    ['server_shutdown', ({ run }) => run.shutdown('begin')],
    ['keepalive_timeout', ({ clock }) => clock.advance(20_000)],
    [
      'close_incomplete',
      ({ port, clock }) => {
        port.peerClose(1000)
        clock.advance(CLOSE_TIMEOUT)
      },
    ],
  ]

  const accepted = async (): Promise<StartedWebSocket> => {
    const scope = startWebSocket()
    await scope.receive() // websocket.connect
    await scope.send(ACCEPT)
    await scope.send(PINGS)
    return scope
  }

  test.each(CAUSES)('%s with sends pending', async (...cause) => {
    const scope = await accepted()
    scope.port.stall()
    await expectOrder(scope, [{ type: 'websocket.send', text: BIG }, ACCEPT], cause)
  })

  test.each([
    ...CAUSES,
    ['server_error', ({ leave }) => leave()],
    ['server_error', ({ fail }) => fail(new Error('bug'))],
  ] satisfies readonly Cause<StartedWebSocket>[])('%s', async (...cause) => {
    await expectOrder(await accepted(), [], cause)
  })

  test('close_timeout after the application’s own close', async () => {
    const scope = await accepted()
    await scope.send(CLOSE)
    await expectOrder(scope, [], ['close_timeout', ({ clock }) => clock.advance(CLOSE_TIMEOUT)])
  })

  test('queue_overflow, which nobody is waiting to receive', async () => {
    const { connection, port } = await accepted()
    const recorder = new Recorder(connection)
    for (let at = 0; at < 9; at++) port.message('more')
    expect(connection.disconnectReason).toBe('queue_overflow')
    await turn()
    expect(recorder.entries).toEqual(abnormal('queue_overflow'))
  })
})

test('an end found inside the application’s own send is told after that call', async () => {
  const { connection, port, send } = startHttp()
  await send(START)
  const perform = port.perform.bind(port)
  port.perform = (command) => {
    const wait = perform(command)
    port.lose('write_error', 'EPIPE')
    return wait
  }
  const recorder = new Recorder(connection)
  const sent = send(chunk(1))
  expect(connection.isConnected).toBe(false)
  expect(connection.disconnectReason).toBe('write_error')
  expect(connection.disconnectDetail).toBe('EPIPE')
  expect(recorder.entries).toEqual([])
  recorder.sent('send', sent)
  await turn()
  expect(recorder.entries).toEqual(
    abnormal('write_error', [], ['send']).toSorted(byOrder(recorder)),
  )
  expect(recorder.entries.indexOf('send')).toBeGreaterThan(
    recorder.entries.indexOf('onEnd write_error'),
  )
})

/** Promise continuations among themselves may come in any order. */
const byOrder =
  ({ entries }: Recorder) =>
  (one: string, other: string): number =>
    entries.indexOf(one) - entries.indexOf(other)
