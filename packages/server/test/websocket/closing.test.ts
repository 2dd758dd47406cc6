import { expect, test } from 'vitest'
import { UnsupportedScopeError } from '../../src/index.ts'
import type { Application, ServerOptions } from '../../src/index.ts'
import { gate } from '../support/apps.ts'
import { closeFrame, nextFrame, open } from '../support/frames.ts'
import { observeEnd } from '../support/observe-end.ts'
import type { Handed, SeenEnd } from '../support/observe-end.ts'
import { faults } from './faults.ts'
import type { RawClient } from '../support/raw-client.ts'
import { start } from '../support/start.ts'

// T-CLOSE over a socket. Rows 14 to 18 stand in ends.test.ts with those of the other scope types, 17, 19
// and 20 in refusal-ends.test.ts, and 9 for a client that takes nothing in http/timeouts.test.ts. Row 12
// needs a peer that ignores flow control, which TCP does not let it do: core/test/run has it.

interface Row {
  readonly row: number
  readonly name: string
  readonly act?: (handed: Handed) => unknown
  readonly client: (client: RawClient) => unknown
  readonly options?: ServerOptions
  /** What the client reads after the handshake. */
  readonly frames: readonly string[]
  readonly end?: 'fin' | 'rst'
  readonly event: readonly [code: number, reason: string | RegExp]
  readonly token?: RegExp
  readonly cc: number
  readonly complete?: boolean
}

const TIMEOUT = { closeTimeout: 40 }
const appClose = ({ send }: Handed) => send({ type: 'websocket.close', code: 4000, reason: 'bye' })

const rows: readonly Row[] = [
  {
    row: 1,
    name: 'the peer closes with a code and a text',
    client: (client) => client.write(closeFrame(4321, 'grüß dich')),
    frames: ['close 4321'],
    event: [4321, 'grüß dich'],
    cc: 4321,
    complete: true,
  },
  {
    row: 1,
    name: 'the peer closes with 1001 and no text',
    client: (client) => client.write(closeFrame(1001)),
    frames: ['close 1001'],
    event: [1001, ''],
    cc: 1001,
    complete: true,
  },
  {
    row: 2,
    name: 'the peer closes without a code',
    client: (client) => client.write(closeFrame()),
    frames: ['close'],
    event: [1005, ''],
    cc: 1005,
    complete: true,
  },
  {
    row: 3,
    name: 'the application closes and the peer answers',
    act: appClose,
    client: (client) => client.write(closeFrame(4000, 'you too')),
    frames: ['close 4000 bye'],
    event: [4000, 'you too'],
    cc: 4000,
    complete: true,
  },
  {
    row: 3,
    name: 'the application closes and the peer answers without a code',
    act: appClose,
    client: (client) => client.write(closeFrame()),
    frames: ['close 4000 bye'],
    event: [1005, ''],
    cc: 1005,
    complete: true,
  },
  {
    row: 4,
    name: 'the application closes and the peer never answers',
    act: appClose,
    client: () => {},
    options: TIMEOUT,
    frames: ['close 4000 bye'],
    event: [1006, 'close_timeout'],
    token: /^close_timeout$/,
    cc: 1006,
  },
  {
    row: 5,
    name: 'the application closes and the peer just leaves',
    act: appClose,
    client: (client) => client.fin(),
    frames: ['close 4000 bye'],
    event: [1006, 'client_closed'],
    token: /^client_closed$/,
    cc: 1006,
  },
  {
    row: 6,
    name: 'the peer closes and then holds on to its connection',
    client: (client) => client.write(closeFrame(4321, 'text')),
    options: TIMEOUT,
    frames: ['close 4321'],
    event: [4321, 'text'],
    token: /^close_incomplete$/,
    cc: 4321,
  },
  {
    row: 7,
    name: 'the peer leaves without a Close',
    client: (client) => client.fin(),
    frames: [],
    event: [1006, 'client_closed'],
    token: /^client_closed$/,
    cc: 1006,
  },
  {
    row: 8,
    name: 'the peer answers no ping',
    act: ({ send }) => send({ type: 'websocket.keepalive', interval: 0.02, timeout: 0.02 }),
    client: () => {},
    frames: ['ping'],
    event: [1006, 'keepalive_timeout'],
    token: /^keepalive_timeout$/,
    cc: 1006,
  },
  {
    row: 9,
    name: 'nobody says anything',
    client: () => {},
    options: { wsIdleTimeout: 20 },
    frames: [],
    event: [1006, 'idle_timeout'],
    token: /^idle_timeout$/,
    cc: 1006,
  },
  ...faults.map(([row, name, code, bytes]) => ({
    row,
    name,
    client: (client: RawClient) => client.write(bytes),
    options: { wsMaxPayload: 1000 },
    frames: [`close ${code}`],
    event: [code, 'protocol_error'] as const,
    token: /^protocol_error$/,
    cc: 1006,
  })),
]

test.each(rows)('T-CLOSE $row: $name', async (row) => {
  const seen = gate<Promise<SeenEnd>>()
  const app: Application = async (scope, receive, send) => {
    if (scope.type !== 'websocket') throw new UnsupportedScopeError(scope)
    await receive()
    await send({ type: 'websocket.accept' })
    const handed = { scope, receive, send }
    await row.act?.(handed)
    const ending = observeEnd(handed)
    seen.open(ending)
    await ending
  }
  const { connect, log } = await start(app, row.options)
  const client = await connect()
  await open(client)
  if (row.act !== undefined) expect(await nextFrame(client)).toBe(row.frames[0])
  await row.client(client)
  for (const expected of row.act === undefined ? row.frames : [])
    expect(await nextFrame(client)).toBe(expected)
  if (row.row !== 6 && row.row !== 4) {
    await client.end()
    client.fin()
  }
  const end = await seen.promise
  expect(end).toMatchObject({
    isConnected: false,
    responseStarted: true,
    responseComplete: row.complete ?? false,
    closeCode: row.cc,
  })
  if (row.token === undefined) expect(end.disconnectReason).toBeUndefined()
  else expect(end.disconnectReason).toMatch(row.token)
  const [code, reason] = row.event
  const event = { type: 'websocket.disconnect', code, reason }
  expect([end.pending, end.later]).toStrictEqual([event, event])
  expect(client.pending.byteLength).toBe(0) // one Close, and nothing after it
  expect(log.at('error')).toEqual([])
})
