import type { DisconnectReason } from '@pagi/spec'
import { ACCEPT, CLOSE, MORE, PINGS, REFUSE } from '../support/events.ts'
import { CLOSE_TIMEOUT } from '../support/runs.ts'
import type { StartedWebSocket } from '../support/runs.ts'

// T-CLOSE as the requirements have it, in every variation that a row names. Row 20 has no event.

/** What `websocket.disconnect` and `pagi.connection` say; no token: a clean end. */
export interface Told {
  readonly code: number
  readonly reason: string
  readonly closeCode: number
  readonly closeReason?: string | undefined
  readonly token?: DisconnectReason
}

type Ending = (scope: StartedWebSocket) => unknown

export interface Row {
  readonly row: number
  readonly what: string
  readonly before: readonly unknown[]
  readonly ending: Ending
  /** The codes of the Close frames the server writes. */
  readonly frames: readonly (number | undefined)[]
  readonly told: Told
}

const row = (
  number: number,
  what: string,
  before: readonly unknown[],
  ending: Ending,
  frames: readonly (number | undefined)[],
  told: Told,
): Row => ({ row: number, what, before, ending, frames, told })

/** An ending whose reason is its token, and whose code is no peer's. */
const by = (token: DisconnectReason, code = 1006): Told => ({
  code,
  reason: token,
  token,
  closeCode: 1006,
})

/** The peer's own values. */
const own = (code: number, reason = ''): Told => ({
  code,
  reason,
  closeCode: code,
  closeReason: code === 1005 ? undefined : reason,
})

const incomplete = (told: Told): Told => ({ ...told, token: 'close_incomplete' })

const lost =
  (reason: DisconnectReason): Ending =>
  ({ port }) =>
    port.lose(reason)

const peerCloses =
  (code: number, reason = '', then: DisconnectReason = 'client_closed'): Ending =>
  ({ port }) => {
    port.peerClose(code, reason)
    port.lose(then)
  }

const peerLingers =
  (code: number, reason = ''): Ending =>
  ({ port, clock }) => {
    port.peerClose(code, reason)
    clock.advance(CLOSE_TIMEOUT)
  }

const lingersAlone: Ending = async ({ port, clock, leave }) => {
  port.peerClose(1001)
  await leave()
  clock.advance(CLOSE_TIMEOUT)
}

const passes =
  (milliseconds: number): Ending =>
  ({ clock }) =>
    clock.advance(milliseconds)

const fault =
  (kind: 'protocol' | 'utf8' | 'size'): Ending =>
  ({ port }) =>
    port.fault(kind, kind)

const overflows: Ending = ({ port }) => {
  for (let at = 0; at < 9; at++) port.message('x')
}

const leaves: Ending = ({ leave }) => leave()
const throws: Ending = ({ fail }) => fail(new Error('bug'))
const aborts: Ending = ({ connection }) => connection.abort('x')
const stops: Ending = ({ run }) => run.shutdown('begin')
const forced: Ending = ({ run }) => run.shutdown('force')

const OPEN = [ACCEPT]
const CLOSED = [ACCEPT, CLOSE]
const REFUSING = [REFUSE, MORE]

export const ROWS: readonly Row[] = [
  row(1, 'the peer closes', OPEN, peerCloses(3001, 'text'), [3001], own(3001, 'text')),
  row(1, 'the peer gives no text', OPEN, peerCloses(1001), [1001], own(1001)),
  row(1, 'a reset then is a closing', OPEN, peerCloses(4000, '', 'read_error'), [4000], own(4000)),
  row(2, 'the peer gives no code', OPEN, peerCloses(1005), [undefined], own(1005)),
  row(3, 'the peer answers', CLOSED, peerCloses(1000, 'ok'), [1000], own(1000, 'ok')),
  row(3, 'the peer answers without a code', CLOSED, peerCloses(1005), [1000], own(1005)),
  row(4, 'the peer never answers', CLOSED, passes(CLOSE_TIMEOUT), [1000], by('close_timeout')),
  row(5, 'FIN before the answer', CLOSED, lost('client_closed'), [1000], by('client_closed')),
  row(5, 'a reset before the answer', CLOSED, lost('read_error'), [1000], by('read_error')),
  row(6, 'never closes', OPEN, peerLingers(3002, 'x'), [3002], incomplete(own(3002, 'x'))),
  row(6, 'never closes after our Close', CLOSED, peerLingers(1000), [1000], incomplete(own(1000))),
  row(6, 'never closes, app gone', OPEN, lingersAlone, [1001], incomplete(own(1001))),
  row(7, 'FIN', OPEN, lost('client_closed'), [], by('client_closed')),
  row(7, 'a reset', OPEN, lost('read_error'), [], by('read_error')),
  row(7, 'a write fails', OPEN, lost('write_error'), [], by('write_error')),
  row(8, 'no pong', [ACCEPT, PINGS], passes(15_000), [], by('keepalive_timeout')),
  row(9, 'idle', OPEN, lost('idle_timeout'), [], by('idle_timeout')),
  row(9, 'write timeout', OPEN, lost('write_timeout'), [], by('write_timeout')),
  row(10, 'a bad frame', OPEN, fault('protocol'), [1002], by('protocol_error', 1002)),
  row(11, 'bad UTF-8', OPEN, fault('utf8'), [1007], by('protocol_error', 1007)),
  row(12, 'the queue overflows', OPEN, overflows, [1008], by('queue_overflow', 1008)),
  row(13, 'a frame too large', OPEN, fault('size'), [1009], by('protocol_error', 1009)),
  row(14, 'the application returns', OPEN, leaves, [1011], by('server_error', 1011)),
  row(14, 'the application throws', OPEN, throws, [1011], by('server_error', 1011)),
  row(15, 'shutdown', OPEN, stops, [1012], by('server_shutdown', 1012)),
  row(16, 'abort', OPEN, aborts, [], by('app_abort')),
  row(17, 'lost before accept', [], lost('client_closed'), [], by('client_closed')),
  row(17, 'timeout before accept', [], lost('idle_timeout'), [], by('idle_timeout')),
  row(17, 'shutdown before accept', [], stops, [], by('server_shutdown')),
  row(17, 'abort before accept', [], aborts, [], by('app_abort')),
  row(17, 'lost in a refusal', REFUSING, lost('client_closed'), [], by('client_closed')),
  row(17, 'shutdown in a refusal', REFUSING, forced, [], by('server_shutdown')),
  row(17, 'abort in a refusal', REFUSING, aborts, [], by('app_abort')),
  row(18, 'returns before accept', [], leaves, [], by('server_error')),
  row(18, 'throws before accept', [], throws, [], by('server_error')),
  row(19, 'returns in a refusal', REFUSING, leaves, [], by('server_error')),
]
