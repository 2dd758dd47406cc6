import { describe, expect, test } from 'vitest'
import { codeThrown } from '../support/promises.ts'
import {
  DECLARED_CELLS,
  FLUSHING,
  HTTP_CELLS,
  HTTP_STATES,
  NEXT_VALID,
  RESPONDERS,
  T_HTTP,
  bringTo,
  carryOut,
  httpEvent,
} from './t-http.ts'
import type { Responder } from './t-http.ts'

const expectUnharmed = (responder: Responder, state: (typeof HTTP_STATES)[number]): void => {
  expect(responder.exchange.state).toBe(state)
  const next = NEXT_VALID[state]
  if (next === undefined) return
  carryOut(responder, httpEvent(next))
  expect(responder.exchange.state).toBe(T_HTTP[next][state])
}

// The whole table three times: a refusal of a handshake or of a stream is the same machine.
describe.each(Object.entries(RESPONDERS))('T-HTTP on %s', (scope, make) => {
  const cells = HTTP_CELLS.filter(
    // before a refusal has started, T-WS and T-SSE have the word
    ({ from }) => scope === 'http' || from !== 'initial',
  )

  test.each(cells)('$event in $from: $to', ({ event, from, to }) => {
    const responder = make()
    bringTo(responder, from)
    expect(responder.exchange.state).toBe(from)
    if (to === 'R') {
      expect(codeThrown(() => responder.send(httpEvent(event)))).toBe('ERR_PAGI_EVENT_ORDER')
      expectUnharmed(responder, from)
    } else {
      carryOut(responder, httpEvent(event))
      expect(responder.exchange.state).toBe(to)
    }
  })

  test.each(DECLARED_CELLS)('(1) $event in $from, trailers declared: trailers-due', (cell) => {
    const responder = make()
    bringTo(responder, cell.from, true)
    carryOut(responder, httpEvent(cell.event))
    expect(responder.exchange.state).toBe('trailers-due')
    expect(responder.exchange.terminal).toBe(false)
    responder.send(httpEvent('http.response.trailers'))
    expect(responder.exchange.state).toBe('complete')
    expect(responder.exchange.terminal).toBe(true)
  })

  test.each(HTTP_STATES)('http.fullflush in %s rejects as unknown when not advertised', (state) => {
    const responder = make({ ...FLUSHING, fullflush: false })
    bringTo(responder, state)
    const code = codeThrown(() => responder.send({ type: 'http.fullflush' }))
    expect(code).toBe('ERR_PAGI_UNKNOWN_EVENT')
    expectUnharmed(responder, state)
  })
})

describe('T-HTTP (2): whether trailers can be sent', () => {
  const LENGTH = [['content-length', '3']]
  test.each([
    { version: '1.1', what: 'chunked', taken: true },
    { version: '1.1', what: 'content-length', headers: LENGTH, taken: false },
    { version: '1.0', what: 'no length', taken: false },
    { version: '1.0', what: 'content-length', headers: LENGTH, taken: false },
    { version: '2', what: 'no length', taken: true },
    { version: '2', what: 'content-length', headers: LENGTH, taken: true },
    { version: '1.1', what: 'HEAD', method: 'HEAD', taken: true },
    { version: '1.1', what: 'HEAD, length', method: 'HEAD', headers: LENGTH, taken: true },
    { version: '1.1', what: '204', status: 204, taken: true },
    { version: '1.1', what: '304, length', status: 304, headers: LENGTH, taken: true },
    { version: '1.0', what: '304', status: 304, taken: true },
    { version: '1.0', what: 'HEAD', method: 'HEAD', taken: true },
  ])(
    'HTTP/$version, $what: $taken',
    ({ version, method = 'GET', status = 200, headers, taken }) => {
      const { exchange, send } = RESPONDERS.http({ method, httpVersion: version })
      send({ type: 'http.response.start', status, headers: headers ?? [], trailers: true })
      send({ type: 'http.response.body', body: 'abc' })
      const code = codeThrown(() => send(httpEvent('http.response.trailers')))
      expect(code).toBe(taken ? undefined : 'ERR_PAGI_TRAILERS')
      expect(exchange.state).toBe(taken ? 'complete' : 'trailers-due')
    },
  )

  test('malformed trailers leave them due', () => {
    const { exchange, send } = RESPONDERS.http()
    send({ type: 'http.response.start', status: 200, trailers: true })
    send(httpEvent('http.response.body, last'))
    const bad = { type: 'http.response.trailers', headers: [['x-a', 'a\r\nb']] }
    expect(codeThrown(() => send(bad))).toBe('ERR_PAGI_INVALID_HEADER')
    expect(exchange.state).toBe('trailers-due')
    expect(send(httpEvent('http.response.trailers'))).toEqual({
      type: 'end',
      trailers: [['x-sum', '1']],
    })
  })
})

test('a source that never ends well leaves the response broken, and an order error says so', () => {
  const responder = RESPONDERS.http()
  bringTo(responder, 'broken')
  expect(responder.exchange.terminal).toBe(false)
  expect(() => responder.send(httpEvent('http.response.body, last'))).toThrow(/state broken/)
})
