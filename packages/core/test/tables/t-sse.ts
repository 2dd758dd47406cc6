import { SseStream } from '../../src/sse/stream.ts'
import type { SseState } from '../../src/sse/stream.ts'
import { cellsOf } from './cells.ts'
import type { Table } from './cells.ts'

// T-SSE as the requirements have it, one row per event type; see t-websocket.ts for `refusing`.

export const SSE_STATES = [
  'initial',
  'streaming',
  'closed',
  'refusing',
  'refused',
] as const satisfies readonly SseState[]

export const SSE_EVENTS = [
  'sse.start',
  'sse.send',
  'sse.comment',
  'sse.keepalive',
  'sse.close',
  'http.response.start',
  'http.response.body',
  'http.response.trailers',
  'http.fullflush',
] as const

export type SseEvent = (typeof SSE_EVENTS)[number]

type To = SseState | 'R'
const R = 'R'
const row = (initial: To, streaming: To, closed: To, refusing: To, refused: To) => ({
  initial,
  streaming,
  closed,
  refusing,
  refused,
})

export const T_SSE: Table<SseEvent, SseState> = {
  'sse.start': row('streaming', R, R, R, R),
  'sse.send': row(R, 'streaming', R, R, R),
  'sse.comment': row(R, 'streaming', R, R, R),
  'sse.keepalive': row(R, 'streaming', R, R, R),
  'sse.close': row(R, 'closed', 'closed', R, R), // a second one resolves and is ignored
  'http.response.start': row('refusing', R, R, R, R),
  'http.response.body': row(R, R, R, 'refused', R),
  'http.response.trailers': row(R, R, R, R, R),
  'http.fullflush': row(R, 'streaming', R, 'refusing', R),
}

export const SSE_CELLS = cellsOf(SSE_EVENTS, SSE_STATES, T_SSE)

const FIELDS: Readonly<Record<SseEvent, object>> = {
  'sse.start': {},
  'sse.send': { data: 'hello' },
  'sse.comment': { comment: 'note' },
  'sse.keepalive': { interval: 10 },
  'sse.close': {},
  'http.response.start': { status: 200 },
  'http.response.body': { body: 'no' },
  'http.response.trailers': { headers: [] },
  'http.fullflush': {},
}

export const sseEvent = (event: SseEvent): object => ({ type: event, ...FIELDS[event] })

export const streamIn = (state: SseState, fullflush = true): SseStream => {
  const stream = new SseStream({ method: 'GET', httpVersion: '1.1', fullflush })
  const path: Readonly<Record<SseState, readonly SseEvent[]>> = {
    initial: [],
    streaming: ['sse.start'],
    closed: ['sse.start', 'sse.close'],
    refusing: ['http.response.start'],
    refused: ['http.response.start', 'http.response.body'],
  }
  for (const event of path[state]) stream.send(sseEvent(event))
  return stream
}
