import { describe, expect, test } from 'vitest'
import type { WebSocketState } from '../../src/websocket/session.ts'
import { codeThrown } from '../support/promises.ts'
import {
  T_WS,
  WEBSOCKET_CELLS,
  WEBSOCKET_EVENTS,
  WEBSOCKET_STATES,
  sessionIn,
  webSocketEvent,
} from './t-websocket.ts'
import type { WebSocketEvent } from './t-websocket.ts'

const NEXT_VALID: Readonly<Record<WebSocketState, WebSocketEvent | undefined>> = {
  connecting: 'websocket.accept',
  accepted: 'websocket.close',
  closing: undefined,
  refusing: 'http.response.body',
  refused: undefined,
}

const TERMINAL: ReadonlySet<WebSocketState> = new Set(['closing', 'refused'])

describe('T-WS', () => {
  test.each(WEBSOCKET_CELLS)('$event in $from: $to', ({ event, from, to }) => {
    const session = sessionIn(from)
    expect(session.state).toBe(from)
    const code = codeThrown(() => session.send(webSocketEvent(event)))
    if (to === 'R') {
      const invalid = from === 'connecting' && event === 'http.response.start, status < 300'
      expect(code).toBe(invalid ? 'ERR_PAGI_INVALID_EVENT' : 'ERR_PAGI_EVENT_ORDER') // REF-05
      expect(session.state).toBe(from)
      const next = NEXT_VALID[from]
      if (next === undefined) return
      session.send(webSocketEvent(next))
      expect(session.state).toBe(T_WS[next][from])
    } else {
      expect(code).toBeUndefined()
      expect(session.state).toBe(to)
    }
    expect(session.terminal).toBe(TERMINAL.has(session.state))
  })

  test.each(WEBSOCKET_STATES)('http.fullflush in %s is unknown when not advertised', (state) => {
    const session = sessionIn(state, false)
    const code = codeThrown(() => session.send({ type: 'http.fullflush' }))
    expect(code).toBe('ERR_PAGI_UNKNOWN_EVENT')
    expect(session.state).toBe(state)
  })

  test.each(['websocket.http.response.start', 'websocket.http.response.body', 'sse.start'])(
    '%s is no event of this scope',
    (type) => {
      for (const state of WEBSOCKET_STATES)
        expect(codeThrown(() => sessionIn(state).send({ type }))).toBe('ERR_PAGI_UNKNOWN_EVENT')
    },
  )
})

describe('T-WS, accepted, the peer’s Close seen', () => {
  const closedByPeer = () => {
    const session = sessionIn('accepted')
    session.peerClosed(3001, 'peer')
    return session
  }

  const EXPECTED: Readonly<Record<WebSocketEvent, 'nothing' | 'R'>> = {
    'websocket.accept': 'R',
    'http.response.start, status >= 300': 'R',
    'http.response.start, status < 300': 'R',
    'http.response.body': 'R',
    'http.response.trailers': 'R',
    'websocket.send': 'nothing',
    'websocket.keepalive': 'nothing',
    'websocket.close': 'nothing',
    'http.fullflush': 'nothing',
  }

  test.each(WEBSOCKET_EVENTS)('%s', (event) => {
    const session = closedByPeer()
    if (EXPECTED[event] === 'R') {
      expect(codeThrown(() => session.send(webSocketEvent(event)))).toBe('ERR_PAGI_EVENT_ORDER')
      expect(session.state).toBe('accepted')
    } else {
      expect(session.send(webSocketEvent(event))).toEqual({ type: 'nothing' })
      expect(session.state).toBe(event === 'websocket.close' ? 'closing' : 'accepted')
    }
  })

  test('a second websocket.close rejects', () => {
    const session = closedByPeer()
    session.send(webSocketEvent('websocket.close'))
    expect(codeThrown(() => session.send(webSocketEvent('websocket.close')))).toBe(
      'ERR_PAGI_EVENT_ORDER',
    )
  })

  test('what the peer said is neither taken back nor replaced', () => {
    const session = closedByPeer()
    expect(session.peerClosed(3002, 'again')).toBeUndefined()
    expect(session.peerClose).toEqual({ code: 3001, reason: 'peer' })
  })
})

describe('one Close per direction', () => {
  test('the reply to the peer’s Close repeats its code and not its text', () => {
    expect(sessionIn('accepted').peerClosed(3001, 'peer')).toEqual({
      type: 'close',
      code: 3001,
      reason: '',
    })
  })

  test('a Close without a code is answered by one without (WS-33)', () => {
    expect(sessionIn('accepted').peerClosed(1005, '')).toEqual({
      type: 'close',
      code: undefined,
      reason: '',
    })
  })

  test('the answer to the application’s own Close is not answered', () => {
    const session = sessionIn('closing')
    expect(session.closed).toBe(false)
    expect(session.peerClosed(3000, '')).toBeUndefined()
    expect(session.closed).toBe(true)
  })
})
