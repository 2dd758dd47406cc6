import { HttpExchange } from '../../src/http/exchange.ts'
import type { ExchangeOptions, HttpState } from '../../src/http/exchange.ts'
import { SseStream } from '../../src/sse/stream.ts'
import { WebSocketSession } from '../../src/websocket/session.ts'
import { bytes, fh, iterable } from '../support/events.ts'
import { cellsOf } from './cells.ts'
import type { Table } from './cells.ts'

// T-HTTP as the requirements have it, written down again here. `broken` is its Decision below the table.

export const HTTP_STATES = [
  'initial',
  'started',
  'inline',
  'trailers-due',
  'complete',
  'broken',
] as const satisfies readonly HttpState[]

export const HTTP_EVENTS = [
  'http.response.start',
  'http.response.body, more',
  'http.response.body, last',
  'http.response.body, fh',
  'http.response.trailers',
  'http.fullflush',
] as const

export type HttpEvent = (typeof HTTP_EVENTS)[number]

const R = 'R'
const row = <Value>(
  initial: Value,
  started: Value,
  inline: Value,
  due: Value,
  complete: Value,
  broken: Value,
) => ({ initial, started, inline, 'trailers-due': due, complete, broken })

export const T_HTTP: Table<HttpEvent, HttpState> = {
  'http.response.start': row<HttpState | 'R'>('started', R, R, R, R, R),
  'http.response.body, more': row<HttpState | 'R'>(R, 'inline', 'inline', R, R, R),
  'http.response.body, last': row<HttpState | 'R'>(R, 'complete', 'complete', R, R, R),
  'http.response.body, fh': row<HttpState | 'R'>(R, 'complete', R, R, R, R),
  'http.response.trailers': row<HttpState | 'R'>(R, R, R, 'complete', R, R),
  'http.fullflush': row<HttpState | 'R'>(R, 'started', 'inline', 'trailers-due', R, R),
}

export const HTTP_CELLS = cellsOf(HTTP_EVENTS, HTTP_STATES, T_HTTP)

/** (1): the cells that lead to `complete`, when the start declared trailers. */
export const DECLARED_CELLS = HTTP_CELLS.filter(
  ({ event, to }) => to === 'complete' && event !== 'http.response.trailers',
)

export const httpEvent = (event: HttpEvent, status = 403): unknown => {
  switch (event) {
    case 'http.response.start':
      return { type: 'http.response.start', status }
    case 'http.response.body, more':
      return { type: 'http.response.body', body: 'part', more: true }
    case 'http.response.body, last':
      return { type: 'http.response.body', body: 'end' }
    case 'http.response.body, fh':
      return fh(iterable(bytes('file')))
    case 'http.response.trailers':
      return { type: 'http.response.trailers', headers: [['x-sum', '1']] }
    case 'http.fullflush':
      return { type: 'http.fullflush' }
  }
}

/** A machine that takes response events: an http scope's own, or the one inside a refusal. */
export interface Responder {
  readonly send: (event: unknown) => { readonly type: string }
  readonly exchange: HttpExchange
}

export const FLUSHING: ExchangeOptions = { method: 'GET', httpVersion: '1.1', fullflush: true }

export const RESPONDERS: Readonly<
  Record<'http' | 'websocket' | 'sse', (options?: ExchangeOptions) => Responder>
> = {
  http: (options = FLUSHING) => {
    const exchange = new HttpExchange(options)
    return { send: (event) => exchange.send(event), exchange }
  },
  websocket: (options = FLUSHING) => {
    const session = new WebSocketSession({ ...options, subprotocols: [] })
    return { send: (event) => session.send(event), exchange: session.refusal }
  },
  sse: (options = FLUSHING) => {
    const stream = new SseStream(options)
    return { send: (event) => stream.send(event), exchange: stream.refusal }
  },
}

/** Sends an event and carries a source through, as the run loop does. */
export const carryOut = ({ send, exchange }: Responder, event: unknown): void => {
  if (send(event).type !== 'source') return
  if (exchange.suppressed) {
    exchange.skipSource()
    return
  }
  exchange.beginSource(undefined, bytes('file'))
  exchange.sourcePiece(bytes('file'))
  exchange.endSource()
}

/** Brings a fresh machine into a state; `trailers` are declared where that changes nothing else. */
export const bringTo = (responder: Responder, state: HttpState, trailers = false): void => {
  if (state === 'initial') return
  const declared = trailers || state === 'trailers-due'
  responder.send({ type: 'http.response.start', status: 403, trailers: declared })
  if (state === 'inline') responder.send(httpEvent('http.response.body, more'))
  if (state === 'complete' || state === 'trailers-due')
    responder.send(httpEvent('http.response.body, last'))
  if (state === 'broken') {
    responder.send(httpEvent('http.response.body, fh'))
    responder.exchange.beginSource(undefined, bytes('file'))
  }
}

/** What a machine still takes in a state, to show that a rejection has not harmed it. */
export const NEXT_VALID: Readonly<Record<HttpState, HttpEvent | undefined>> = {
  initial: 'http.response.start',
  started: 'http.response.body, last',
  inline: 'http.response.body, last',
  'trailers-due': 'http.response.trailers',
  complete: undefined,
  broken: undefined,
}
