import type { DisconnectReason } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import { ACCEPT, CLOSE, LAST, MORE, PINGS, REFUSE } from '../support/events.ts'
import { turn } from '../support/promises.ts'
import { CLOSE_TIMEOUT, startWebSocket } from '../support/runs.ts'
import type { StartedWebSocket } from '../support/runs.ts'

// T-CLOSE, row by row: what is written, what websocket.disconnect says, what pagi.connection says.

interface Row {
  readonly row: number
  readonly what: string
  readonly before: readonly unknown[]
  readonly ending: (scope: StartedWebSocket) => unknown
  /** The Close frames written: their codes. */
  readonly frames: readonly (number | undefined)[]
  readonly code: number
  readonly reason: string
  /** Undefined: a clean end. */
  readonly token?: DisconnectReason
  readonly closeCode: number
  readonly closeReason?: string
}

const OPEN = [ACCEPT]
const lost = (reason: DisconnectReason) => (scope: StartedWebSocket) => scope.port.lose(reason)
/** An ending whose reason is its token, and whose code is no peer's. */
const by = (token: DisconnectReason, code = 1006) => ({
  code,
  reason: token,
  token,
  closeCode: 1006,
})

const peerCloses =
  (code: number, reason = '') =>
  ({ port }: StartedWebSocket): void => {
    port.peerClose(code, reason)
    port.lose('client_closed')
  }

const ROWS: readonly Row[] = [
  {
    row: 1,
    what: 'the peer closes',
    before: OPEN,
    ending: peerCloses(3001, 'peer'),
    frames: [3001],
    code: 3001,
    reason: 'peer',
    closeCode: 3001,
    closeReason: 'peer',
  },
  {
    row: 1,
    what: 'the peer closes without a text',
    before: OPEN,
    ending: peerCloses(1001),
    frames: [1001],
    code: 1001,
    reason: '',
    closeCode: 1001,
    closeReason: '',
  },
  {
    row: 1,
    what: 'the reset after both Close frames is a closing',
    before: OPEN,
    ending: ({ port }) => {
      port.peerClose(4000, 'x')
      port.lose('read_error')
    },
    frames: [4000],
    code: 4000,
    reason: 'x',
    closeCode: 4000,
    closeReason: 'x',
  },
  {
    row: 2,
    what: 'the peer closes without a code',
    before: OPEN,
    ending: peerCloses(1005),
    frames: [undefined],
    code: 1005,
    reason: '',
    closeCode: 1005,
  },
  {
    row: 3,
    what: 'the peer answers',
    before: [ACCEPT, CLOSE],
    ending: peerCloses(1000, 'ok'),
    frames: [1000],
    code: 1000,
    reason: 'ok',
    closeCode: 1000,
    closeReason: 'ok',
  },
  {
    row: 3,
    what: 'the peer answers without a code',
    before: [ACCEPT, CLOSE],
    ending: peerCloses(1005),
    frames: [1000],
    code: 1005,
    reason: '',
    closeCode: 1005,
  },
  {
    row: 4,
    what: 'the peer never answers',
    before: [ACCEPT, CLOSE],
    ending: ({ clock }) => clock.advance(CLOSE_TIMEOUT),
    frames: [1000],
    ...by('close_timeout'),
  },
  {
    row: 5,
    what: 'lost before the answer',
    before: [ACCEPT, CLOSE],
    ending: lost('client_closed'),
    frames: [1000],
    ...by('client_closed'),
  },
  {
    row: 5,
    what: 'reset before the answer',
    before: [ACCEPT, CLOSE],
    ending: lost('read_error'),
    frames: [1000],
    ...by('read_error'),
  },
  {
    row: 6,
    what: 'the transport never closes',
    before: OPEN,
    ending: ({ port, clock }) => {
      port.peerClose(3002, 'peer')
      clock.advance(CLOSE_TIMEOUT)
    },
    frames: [3002],
    code: 3002,
    reason: 'peer',
    token: 'close_incomplete',
    closeCode: 3002,
    closeReason: 'peer',
  },
  {
    row: 6,
    what: 'it does not after the answer either',
    before: [ACCEPT, CLOSE],
    ending: ({ port, clock }) => {
      port.peerClose(1000)
      clock.advance(CLOSE_TIMEOUT)
    },
    frames: [1000],
    code: 1000,
    reason: '',
    token: 'close_incomplete',
    closeCode: 1000,
    closeReason: '',
  },
  {
    row: 6,
    what: 'nor when the application has left',
    before: OPEN,
    ending: async ({ port, clock, leave }) => {
      port.peerClose(1001)
      await leave()
      clock.advance(CLOSE_TIMEOUT)
    },
    frames: [1001],
    code: 1001,
    reason: '',
    token: 'close_incomplete',
    closeCode: 1001,
    closeReason: '',
  },
  {
    row: 7,
    what: 'FIN',
    before: OPEN,
    ending: lost('client_closed'),
    frames: [],
    ...by('client_closed'),
  },
  {
    row: 7,
    what: 'reset',
    before: OPEN,
    ending: lost('read_error'),
    frames: [],
    ...by('read_error'),
  },
  {
    row: 7,
    what: 'a write fails',
    before: OPEN,
    ending: lost('write_error'),
    frames: [],
    ...by('write_error'),
  },
  {
    row: 8,
    what: 'no pong',
    before: [ACCEPT, PINGS],
    ending: ({ clock }) => clock.advance(15_000),
    frames: [],
    ...by('keepalive_timeout'),
  },
  {
    row: 9,
    what: 'idle',
    before: OPEN,
    ending: lost('idle_timeout'),
    frames: [],
    ...by('idle_timeout'),
  },
  {
    row: 9,
    what: 'write timeout',
    before: OPEN,
    ending: lost('write_timeout'),
    frames: [],
    ...by('write_timeout'),
  },
  {
    row: 10,
    what: 'a bad frame',
    before: OPEN,
    ending: ({ port }) => port.fault('protocol', 'RSV1'),
    frames: [1002],
    ...by('protocol_error', 1002),
  },
  {
    row: 11,
    what: 'bad UTF-8',
    before: OPEN,
    ending: ({ port }) => port.fault('utf8', 'text'),
    frames: [1007],
    ...by('protocol_error', 1007),
  },
  {
    row: 12,
    what: 'the queue overflows',
    before: OPEN,
    ending: ({ port }) => {
      for (let at = 0; at < 9; at++) port.message('x')
    },
    frames: [1008],
    ...by('queue_overflow', 1008),
  },
  {
    row: 13,
    what: 'a frame too large',
    before: OPEN,
    ending: ({ port }) => port.fault('size', 'too large'),
    frames: [1009],
    ...by('protocol_error', 1009),
  },
  {
    row: 14,
    what: 'the application returns',
    before: OPEN,
    ending: ({ leave }) => leave(),
    frames: [1011],
    ...by('server_error', 1011),
  },
  {
    row: 14,
    what: 'the application throws',
    before: OPEN,
    ending: ({ fail }) => fail(new Error('bug')),
    frames: [1011],
    ...by('server_error', 1011),
  },
  {
    row: 15,
    what: 'shutdown',
    before: OPEN,
    ending: ({ run }) => run.shutdown('begin'),
    frames: [1012],
    ...by('server_shutdown', 1012),
  },
  {
    row: 16,
    what: 'abort',
    before: OPEN,
    ending: ({ connection }) => connection.abort('x'),
    frames: [],
    ...by('app_abort'),
  },
  {
    row: 17,
    what: 'lost before accept',
    before: [],
    ending: lost('client_closed'),
    frames: [],
    ...by('client_closed'),
  },
  {
    row: 17,
    what: 'timeout before accept',
    before: [],
    ending: lost('idle_timeout'),
    frames: [],
    ...by('idle_timeout'),
  },
  {
    row: 17,
    what: 'shutdown before accept',
    before: [],
    ending: ({ run }) => run.shutdown('begin'),
    frames: [],
    ...by('server_shutdown'),
  },
  {
    row: 17,
    what: 'abort before accept',
    before: [],
    ending: ({ connection }) => connection.abort(),
    frames: [],
    ...by('app_abort'),
  },
  {
    row: 17,
    what: 'lost in a refusal',
    before: [REFUSE, MORE],
    ending: lost('client_closed'),
    frames: [],
    ...by('client_closed'),
  },
  {
    row: 17,
    what: 'shutdown in a refusal',
    before: [REFUSE, MORE],
    ending: ({ run }) => run.shutdown('force'),
    frames: [],
    ...by('server_shutdown'),
  },
  {
    row: 17,
    what: 'abort in a refusal',
    before: [REFUSE, MORE],
    ending: ({ connection }) => connection.abort(),
    frames: [],
    ...by('app_abort'),
  },
  {
    row: 18,
    what: 'returns before accept',
    before: [],
    ending: ({ leave }) => leave(),
    frames: [],
    ...by('server_error'),
  },
  {
    row: 18,
    what: 'throws before accept',
    before: [],
    ending: ({ fail }) => fail(new Error('bug')),
    frames: [],
    ...by('server_error'),
  },
  {
    row: 19,
    what: 'returns in a refusal',
    before: [REFUSE, MORE],
    ending: ({ leave }) => leave(),
    frames: [],
    ...by('server_error'),
  },
]

const started = async (before: readonly unknown[]): Promise<StartedWebSocket> => {
  const scope = startWebSocket()
  await scope.receive() // websocket.connect
  for (const event of before) await scope.send(event)
  return scope
}

const framesOf = ({ port }: StartedWebSocket) =>
  port.commands.flatMap((command) => (command.type === 'close' ? [command.code] : []))

describe.each(ROWS)('T-CLOSE $row: $what', (row) => {
  const { before, ending, frames, code, reason, token } = row

  test('facts, frames and event', async () => {
    const scope = await started(before)
    const pending = row.row === 12 ? undefined : scope.receive()
    await ending(scope)
    await turn()
    const { connection } = scope
    expect(connection.isConnected).toBe(false)
    expect(connection.disconnectReason).toBe(token)
    expect(connection.responseComplete).toBe(token === undefined)
    expect(connection.closeCode).toBe(row.closeCode)
    expect(connection.closeReason).toBe(row.closeReason)
    expect(framesOf(scope)).toEqual(frames)
    const end = { type: 'websocket.disconnect', code, reason }
    if (pending === undefined)
      for (let at = 0; at < 8; at++) expect(await scope.receive()).toMatchObject({ text: 'x' })
    else expect(await pending).toEqual(end)
    expect(await scope.receive()).toEqual(end)
    expect(await scope.receive()).toEqual(end)
  })

  test('every wait is bounded, and no timer is left', async () => {
    const scope = await started(before)
    await ending(scope)
    await turn()
    const abortsBefore = scope.port.commands.filter(({ type }) => type === 'abort').length
    expect(scope.clock.pending).toBeLessThanOrEqual(1)
    scope.clock.advance(CLOSE_TIMEOUT)
    expect(scope.clock.pending).toBe(0)
    expect(abortsBefore).toBeLessThanOrEqual(1)
    expect(scope.port.commands.filter(({ type }) => type === 'abort').length).toBeLessThanOrEqual(1)
  })
})

test('the rows of T-CLOSE under test are 1 to 19; row 20 is below', () => {
  const rows = new Set(ROWS.map(({ row }) => row))
  expect([...rows].toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 19 }, (_, at) => at + 1),
  )
})

describe('T-CLOSE 20: a completed refusal', () => {
  test('is a clean end with an advisory 1006 and no event of its own', async () => {
    const scope = await started([REFUSE, LAST])
    await turn()
    const { connection, receive } = scope
    expect(connection.responseComplete).toBe(true)
    expect(connection.disconnectReason).toBeUndefined()
    expect(connection.closeCode).toBe(1006)
    expect(connection.closeReason).toBeUndefined()
    expect(await receive()).toEqual({ type: 'http.disconnect' })
    expect(framesOf(scope)).toEqual([])
    expect(scope.clock.pending).toBe(0)
  })
})
