import { describe, expect, test } from 'vitest'
import type { LifespanEventType, LifespanState } from '../../src/lifespan/lifespan.ts'
import { codeThrown } from '../support/promises.ts'
import { LIFESPAN_CELLS, LIFESPAN_STATES, T_LIFE, lifespanIn } from './t-lifespan.ts'

const NEXT_VALID: Readonly<Record<LifespanState, LifespanEventType | undefined>> = {
  starting: 'lifespan.startup.complete',
  running: undefined,
  stopping: 'lifespan.shutdown.complete',
  finished: undefined,
}

describe('T-LIFE', () => {
  test.each(LIFESPAN_CELLS)('$event in $from: $to', ({ event, from, to }) => {
    const lifespan = lifespanIn(from)
    expect(lifespan.state).toBe(from)
    if (to !== 'R') {
      lifespan.send({ type: event })
      expect(lifespan.state).toBe(to)
      return
    }
    expect(codeThrown(() => lifespan.send({ type: event }))).toBe('ERR_PAGI_EVENT_ORDER')
    expect(lifespan.state).toBe(from)
    const next = NEXT_VALID[from]
    if (next === undefined) return
    lifespan.send({ type: next })
    expect(lifespan.state).toBe(T_LIFE[next][from])
  })

  test('lifespan.shutdown moves only a running application to stopping', () => {
    for (const state of LIFESPAN_STATES) {
      const lifespan = lifespanIn(state)
      lifespan.stopping()
      expect(lifespan.state).toBe(state === 'running' ? 'stopping' : state)
    }
  })

  test('a malformed message changes nothing', () => {
    const lifespan = lifespanIn('starting')
    const failed = { type: 'lifespan.startup.failed', message: 5 }
    expect(codeThrown(() => lifespan.send(failed))).toBe('ERR_PAGI_INVALID_EVENT')
    expect(lifespan.state).toBe('starting')
  })

  test.each(['http.response.start', 'http.fullflush', 'lifespan.startup', 'lifespan.shutdown'])(
    '%s is no event to send here',
    (type) => {
      for (const state of LIFESPAN_STATES)
        expect(codeThrown(() => lifespanIn(state).send({ type }))).toBe('ERR_PAGI_UNKNOWN_EVENT')
    },
  )
})
