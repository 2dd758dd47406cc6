import { describe, expect, test } from 'vitest'
import type { HeaderList } from '@pagi/spec'
import {
  ACCEPT,
  CLOSE,
  iterable,
  fh,
  LAST,
  MORE,
  REFUSE,
  SSE_CLOSE,
  SSE_DATA,
  SSE_START,
  START,
} from '../support/events.ts'
import { turn } from '../support/promises.ts'
import { POST, startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { StartedHttp, StartedSse, StartedWebSocket } from '../support/runs.ts'

// Whoever keeps a log of scopes is told of each start and each end, of whatever type and kind, once.

type Started = StartedHttp | StartedSse | StartedWebSocket

const watched = <Scope extends Started>(scope: Scope): { scope: Scope; told: unknown[] } => {
  const told: unknown[] = []
  const { run } = scope
  run.witness = {
    started: (status: number, headers: HeaderList) =>
      void told.push(headers.length === 0 ? status : [status, headers.length]),
    ended: () => void told.push(run.end.reason ?? 'complete'),
  }
  return { scope, told }
}

const sent = async ({ send }: Started, ...events: readonly unknown[]): Promise<void> => {
  for (const event of events) await send(event)
}

describe('a witness', () => {
  test.each<[string, () => Started, (scope: Started) => unknown, unknown[]]>([
    ['a response', startHttp, (scope) => sent(scope, START, LAST), [200, 'complete']],
    ['a response nobody sent', startHttp, ({ leave }) => leave(), [[500, 1], 'server_error']],
    ['a failure', startHttp, ({ fail }) => fail(new Error('x')), [[500, 1], 'server_error']],
    [
      'a response left incomplete',
      startHttp,
      async (scope) => {
        await sent(scope, START, MORE)
        await scope.leave()
      },
      [200, 'server_error'],
    ],
    ['an abort', startHttp, ({ connection }) => connection.abort(), ['app_abort']],
    ['a stream', startSse, (scope) => sent(scope, SSE_START, SSE_CLOSE), [[200, 2], 'complete']],
    ['a refused stream', startSse, (scope) => sent(scope, REFUSE, LAST), [403, 'complete']],
    [
      'a stream at the shutdown',
      startSse,
      async (scope) => {
        await sent(scope, SSE_START)
        scope.run.shutdown('begin')
      },
      [[200, 2], 'server_shutdown'],
    ],
    [
      'a refused handshake',
      startWebSocket,
      (scope) => sent(scope, REFUSE, LAST),
      [403, 'complete'],
    ],
    [
      'a handshake nobody answers',
      startWebSocket,
      ({ leave }) => leave(),
      [[500, 1], 'server_error'],
    ],
    [
      'a session at the shutdown',
      startWebSocket,
      async (scope) => {
        await sent(scope, ACCEPT)
        scope.run.shutdown('begin')
      },
      [101, 'server_shutdown'],
    ],
  ])('of %s', async (_what, start, act, expected) => {
    const { scope, told } = watched(start())
    await act(scope)
    await turn()
    await scope.leave()
    scope.run.shutdown('force')
    await turn()
    expect(told).toEqual(expected)
  })

  test('of a client that leaves, in the same turn, and not before its facts are final', async () => {
    const { scope, told } = watched(startHttp())
    scope.port.lose('client_closed', 'ECONNRESET')
    expect(told).toEqual([])
    await Promise.resolve()
    expect(told).toEqual(['client_closed'])
    expect(scope.run.end.detail).toBe('ECONNRESET')
  })

  test('of a refusal, whose answer it has seen', async () => {
    const { scope, told } = watched(startHttp(POST))
    scope.run.refuse(413, 'too large')
    await turn()
    expect(told).toEqual([[413, 1], 'body_too_large'])
  })

  test('of a session that both sides have closed, with its code', async () => {
    const { scope, told } = watched(startWebSocket())
    await sent(scope, ACCEPT)
    expect(scope.run.endCode).toBeUndefined()
    await sent(scope, CLOSE)
    scope.port.peerClose(1000)
    scope.port.lose()
    await turn()
    expect(told).toEqual([101, 'complete'])
    expect(scope.run.endCode).toBe(1000)
  })

  test.each<[string, (scope: StartedWebSocket) => unknown, number | undefined]>([
    ['closed by the peer', ({ port }) => port.peerClose(4321), 4321],
    ['lost', () => undefined, 1006],
    ['broken', ({ port }) => port.fault('protocol', 'a reserved opcode'), 1002],
  ])('a session that was %s ends with a code', async (_how, act, code) => {
    const { scope } = watched(startWebSocket())
    await sent(scope, ACCEPT)
    await act(scope)
    scope.port.lose()
    await turn()
    expect(scope.run.endCode).toBe(code)
  })

  test('a session that never was has no code', async () => {
    const { scope } = watched(startWebSocket())
    await sent(scope, REFUSE, LAST)
    await turn()
    expect(scope.run.endCode).toBeUndefined()
  })
})

describe('bytes of the body', () => {
  test('are those the transport was given, whoever they are from', async () => {
    const whole = startHttp()
    await sent(whole, START, MORE, LAST)
    expect(whole.run.bodyBytes).toBe(7)
    const source = startHttp()
    await sent(source, START, fh(iterable(new Uint8Array(10), new Uint8Array(5))))
    expect(source.run.bodyBytes).toBe(15)
    const head = startHttp({ method: 'HEAD' })
    await sent(head, START, LAST)
    expect(head.run.bodyBytes).toBe(0)
    const refused = startHttp()
    refused.run.refuse(400, 'malformed')
    expect(refused.run.bodyBytes).toBe('400 Bad Request\n'.length)
    const stream = startSse()
    await sent(stream, SSE_START, SSE_DATA)
    expect(stream.run.bodyBytes).toBe('data: hello\n\n'.length)
  })
})
