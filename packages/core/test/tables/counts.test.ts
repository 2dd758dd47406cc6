import { describe, expect, test } from 'vitest'
import { HTTP_TRANSITIONS } from '../../src/http/exchange.ts'
import { LIFESPAN_TRANSITIONS } from '../../src/lifespan/lifespan.ts'
import { SSE_TRANSITIONS } from '../../src/sse/stream.ts'
import { WEBSOCKET_TRANSITIONS } from '../../src/websocket/session.ts'
import { HTTP_CELLS, HTTP_EVENTS, HTTP_STATES } from './t-http.ts'
import { LIFESPAN_CELLS, LIFESPAN_EVENTS, LIFESPAN_STATES } from './t-lifespan.ts'
import { SSE_CELLS, SSE_EVENTS, SSE_STATES } from './t-sse.ts'
import { WEBSOCKET_CELLS, WEBSOCKET_EVENTS, WEBSOCKET_STATES } from './t-websocket.ts'

// No cell may be forgotten: the rows tested are the product of events and states, each cell once,
// and the states are all the states the machine has.

interface Counted {
  readonly name: string
  readonly cells: readonly { readonly event: string; readonly from: string }[]
  readonly events: readonly string[]
  readonly states: readonly string[]
  readonly machine: object
}

const TABLES: readonly Counted[] = [
  {
    name: 'T-HTTP',
    cells: HTTP_CELLS,
    events: HTTP_EVENTS,
    states: HTTP_STATES,
    machine: HTTP_TRANSITIONS,
  },
  {
    name: 'T-WS',
    cells: WEBSOCKET_CELLS,
    events: WEBSOCKET_EVENTS,
    states: WEBSOCKET_STATES,
    machine: WEBSOCKET_TRANSITIONS,
  },
  {
    name: 'T-SSE',
    cells: SSE_CELLS,
    events: SSE_EVENTS,
    states: SSE_STATES,
    machine: SSE_TRANSITIONS,
  },
  {
    name: 'T-LIFE',
    cells: LIFESPAN_CELLS,
    events: LIFESPAN_EVENTS,
    states: LIFESPAN_STATES,
    machine: LIFESPAN_TRANSITIONS,
  },
]

describe.each(TABLES)('$name', ({ cells, events, states, machine }) => {
  test(`has ${cells.length} cells under test: ${events.length} events in ${states.length} states`, () => {
    const seen = new Set(cells.map(({ event, from }) => `${event} in ${from}`))
    expect(cells.length).toBe(events.length * states.length)
    expect(seen.size).toBe(cells.length)
    expect(Object.keys(machine).toSorted()).toEqual(states.toSorted())
  })
})

test('142 cells in all', () => {
  expect(TABLES.reduce((sum, { cells }) => sum + cells.length, 0)).toBe(142)
})
