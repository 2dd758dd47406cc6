import { WebSocketSession } from '../../src/websocket/session.ts'
import type { WebSocketState } from '../../src/websocket/session.ts'
import { cellsOf } from './cells.ts'
import type { Table } from './cells.ts'

// T-WS as the requirements have it, one row per event type. `refusing` rows of body and trailers are
// T-HTTP's own; here stands what a refusal that has just started does with them.

export const WEBSOCKET_STATES = [
  'connecting',
  'accepted',
  'closing',
  'refusing',
  'refused',
] as const satisfies readonly WebSocketState[]

export const WEBSOCKET_EVENTS = [
  'websocket.accept',
  'http.response.start, status >= 300',
  'http.response.start, status < 300',
  'http.response.body',
  'http.response.trailers',
  'websocket.send',
  'websocket.keepalive',
  'websocket.close',
  'http.fullflush',
] as const

export type WebSocketEvent = (typeof WEBSOCKET_EVENTS)[number]

type To = WebSocketState | 'R'
const R = 'R'
const row = (connecting: To, accepted: To, closing: To, refusing: To, refused: To) => ({
  connecting,
  accepted,
  closing,
  refusing,
  refused,
})

export const T_WS: Table<WebSocketEvent, WebSocketState> = {
  'websocket.accept': row('accepted', R, R, R, R),
  'http.response.start, status >= 300': row('refusing', R, R, R, R),
  'http.response.start, status < 300': row(R, R, R, R, R),
  'http.response.body': row(R, R, R, 'refused', R),
  'http.response.trailers': row(R, R, R, R, R), // none due: the refusal declared none
  'websocket.send': row(R, 'accepted', R, R, R),
  'websocket.keepalive': row(R, 'accepted', R, R, R),
  'websocket.close': row(R, 'closing', R, R, R),
  'http.fullflush': row(R, 'accepted', R, 'refusing', R),
}

export const WEBSOCKET_CELLS = cellsOf(WEBSOCKET_EVENTS, WEBSOCKET_STATES, T_WS)

const EVENTS: Readonly<Record<WebSocketEvent, object>> = {
  'websocket.accept': { type: 'websocket.accept' },
  'http.response.start, status >= 300': { type: 'http.response.start', status: 300 },
  'http.response.start, status < 300': { type: 'http.response.start', status: 299 },
  'http.response.body': { type: 'http.response.body', body: 'no' },
  'http.response.trailers': { type: 'http.response.trailers' },
  'websocket.send': { type: 'websocket.send', text: 'hello' },
  'websocket.keepalive': { type: 'websocket.keepalive', interval: 10 },
  'websocket.close': { type: 'websocket.close', code: 3000, reason: 'bye' },
  'http.fullflush': { type: 'http.fullflush' },
}

export const webSocketEvent = (event: WebSocketEvent): object => EVENTS[event]

export const sessionIn = (state: WebSocketState, fullflush = true): WebSocketSession => {
  const session = new WebSocketSession({
    method: 'GET',
    httpVersion: '1.1',
    fullflush,
    subprotocols: ['chat'],
  })
  const path: Readonly<Record<WebSocketState, readonly WebSocketEvent[]>> = {
    connecting: [],
    accepted: ['websocket.accept'],
    closing: ['websocket.accept', 'websocket.close'],
    refusing: ['http.response.start, status >= 300'],
    refused: ['http.response.start, status >= 300', 'http.response.body'],
  }
  for (const event of path[state]) session.send(webSocketEvent(event))
  return session
}
