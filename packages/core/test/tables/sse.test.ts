import { describe, expect, test } from 'vitest'
import { SseStream } from '../../src/sse/stream.ts'
import type { SseState } from '../../src/sse/stream.ts'
import { codeThrown } from '../support/promises.ts'
import { SSE_CELLS, SSE_STATES, T_SSE, sseEvent, streamIn } from './t-sse.ts'
import type { SseEvent } from './t-sse.ts'

const NEXT_VALID: Readonly<Record<SseState, SseEvent | undefined>> = {
  initial: 'sse.start',
  streaming: 'sse.close',
  closed: 'sse.close',
  refusing: 'http.response.body',
  refused: undefined,
}

describe('T-SSE', () => {
  test.each(SSE_CELLS)('$event in $from: $to', ({ event, from, to }) => {
    const stream = streamIn(from)
    expect(stream.state).toBe(from)
    const code = codeThrown(() => stream.send(sseEvent(event)))
    if (to === 'R') {
      expect(code).toBe('ERR_PAGI_EVENT_ORDER')
      expect(stream.state).toBe(from)
      const next = NEXT_VALID[from]
      if (next === undefined) return
      stream.send(sseEvent(next))
      expect(stream.state).toBe(T_SSE[next][from])
    } else {
      expect(code).toBeUndefined()
      expect(stream.state).toBe(to)
    }
    expect(stream.terminal).toBe(stream.state === 'closed' || stream.state === 'refused')
  })

  test('a second sse.close does nothing', () => {
    expect(streamIn('closed').send({ type: 'sse.close' })).toEqual({ type: 'nothing' })
  })

  test.each(SSE_STATES)('http.fullflush in %s is unknown when not advertised', (state) => {
    const stream = streamIn(state, false)
    expect(codeThrown(() => stream.send({ type: 'http.fullflush' }))).toBe('ERR_PAGI_UNKNOWN_EVENT')
    expect(stream.state).toBe(state)
  })

  test.each(['sse.http.response.start', 'sse.http.response.body', 'websocket.send', 'sse.'])(
    '%s is no event of this scope',
    (type) => {
      for (const state of SSE_STATES)
        expect(codeThrown(() => streamIn(state).send({ type }))).toBe('ERR_PAGI_UNKNOWN_EVENT')
    },
  )
})

describe('the head of a stream', () => {
  const headOf = (fields: object, httpVersion = '1.1', method = 'GET') =>
    new SseStream({ method, httpVersion }).send({ type: 'sse.start', ...fields })

  test('says what the application did not (SSE-08)', () => {
    expect(headOf({})).toEqual({
      type: 'head',
      status: 200,
      headers: [
        ['content-type', 'text/event-stream'],
        ['cache-control', 'no-cache'],
      ],
      framing: 'chunked',
      date: true,
      close: false,
    })
  })

  test('repeats nothing that the application said', () => {
    const headers = [
      ['cache-control', 'no-store'],
      ['content-type', 'text/event-stream;v=1'],
      ['date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ]
    expect(headOf({ status: 201, headers })).toMatchObject({ status: 201, headers, date: false })
  })

  test('drops connection-level headers (HTTP-86)', () => {
    expect(headOf({ headers: [['connection', 'close']] })).toMatchObject({
      headers: [
        ['content-type', 'text/event-stream'],
        ['cache-control', 'no-cache'],
      ],
    })
  })

  test.each([
    ['1.0', 'GET', 'close'],
    ['1.1', 'GET', 'chunked'],
    ['2', 'GET', 'stream'],
    ['1.1', 'HEAD', 'none'],
    ['2', 'HEAD', 'none'],
  ])('over HTTP/%s with %s it is delimited by: %s', (version, method, framing) => {
    expect(headOf({}, version, method)).toMatchObject({ framing })
  })
})

test('HEAD takes every stream event and sends none of it (SSE-27)', () => {
  const stream = new SseStream({ method: 'HEAD', httpVersion: '1.1' })
  stream.send({ type: 'sse.start' })
  expect(stream.send(sseEvent('sse.send'))).toEqual({ type: 'nothing' })
  expect(stream.send(sseEvent('sse.comment'))).toEqual({ type: 'nothing' })
  expect(stream.comment('tick')).toEqual({ type: 'nothing' })
  expect(codeThrown(() => stream.send({ type: 'sse.send' }))).toBe('ERR_PAGI_INVALID_EVENT')
  expect(stream.send({ type: 'sse.close' })).toMatchObject({ type: 'sse-close' })
  expect(stream.terminal).toBe(true)
})
