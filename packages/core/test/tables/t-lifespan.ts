import { Lifespan } from '../../src/lifespan/lifespan.ts'
import type { LifespanEventType, LifespanState } from '../../src/lifespan/lifespan.ts'
import { cellsOf } from './cells.ts'
import type { Table } from './cells.ts'

export const LIFESPAN_STATES = [
  'starting',
  'running',
  'stopping',
  'finished',
] as const satisfies readonly LifespanState[]

export const LIFESPAN_EVENTS = [
  'lifespan.startup.complete',
  'lifespan.startup.failed',
  'lifespan.shutdown.complete',
  'lifespan.shutdown.failed',
] as const satisfies readonly LifespanEventType[]

const R = 'R'

export const T_LIFE: Table<LifespanEventType, LifespanState> = {
  'lifespan.startup.complete': { starting: 'running', running: R, stopping: R, finished: R },
  'lifespan.startup.failed': { starting: 'finished', running: R, stopping: R, finished: R },
  'lifespan.shutdown.complete': { starting: R, running: R, stopping: 'finished', finished: R },
  'lifespan.shutdown.failed': { starting: R, running: R, stopping: 'finished', finished: R },
}

export const LIFESPAN_CELLS = cellsOf(LIFESPAN_EVENTS, LIFESPAN_STATES, T_LIFE)

export const lifespanIn = (state: LifespanState): Lifespan => {
  const lifespan = new Lifespan()
  if (state === 'running' || state === 'stopping')
    lifespan.send({ type: 'lifespan.startup.complete' })
  if (state === 'stopping') lifespan.stopping()
  if (state === 'finished') lifespan.finish()
  return lifespan
}
