import { EventOrderError } from '@pagi/spec'
import { checkFailure, readEvent, readType, unknownEvent } from '../check.ts'

// The machine of a `lifespan` scope (T-LIFE), and what a server makes of a call that settles.

export type LifespanState = 'starting' | 'running' | 'stopping' | 'finished'

export type LifespanEventType =
  | 'lifespan.startup.complete'
  | 'lifespan.startup.failed'
  | 'lifespan.shutdown.complete'
  | 'lifespan.shutdown.failed'

/** T-LIFE: where each event leads; what is missing rejects (LIFE-18). */
export const LIFESPAN_TRANSITIONS: Readonly<
  Record<LifespanState, Readonly<Partial<Record<LifespanEventType, LifespanState>>>>
> = {
  starting: { 'lifespan.startup.complete': 'running', 'lifespan.startup.failed': 'finished' },
  running: {},
  stopping: { 'lifespan.shutdown.complete': 'finished', 'lifespan.shutdown.failed': 'finished' },
  finished: {},
}

/** What happens to the machine beside its events: `lifespan.shutdown` is queued, the call is over. */
export type LifespanFact = 'shutdown' | 'settled'

/** T-LIFE, the text below it: where each fact leads; what is missing changes nothing. */
export const LIFESPAN_FACTS: Readonly<
  Record<LifespanState, Readonly<Partial<Record<LifespanFact, LifespanState>>>>
> = {
  starting: { settled: 'finished' },
  running: { shutdown: 'stopping', settled: 'finished' },
  stopping: { settled: 'finished' },
  finished: {},
}

export type LifespanCommand =
  | { readonly type: 'started' }
  | { readonly type: 'start-failed'; readonly message: string }
  | { readonly type: 'stopped' }
  | { readonly type: 'stop-failed'; readonly message: string }

export class Lifespan {
  #state: LifespanState = 'starting'

  get state(): LifespanState {
    return this.#state
  }

  /** Takes one event. Throws a PagiError for a malformed, unknown or wrong-phase one. */
  send(input: unknown): LifespanCommand {
    const event = readEvent(input)
    const type = readType(event)
    switch (type) {
      case 'lifespan.startup.complete':
        this.#state = this.#next(type)
        return { type: 'started' }
      case 'lifespan.shutdown.complete':
        this.#state = this.#next(type)
        return { type: 'stopped' }
      case 'lifespan.startup.failed':
      case 'lifespan.shutdown.failed': {
        const next = this.#next(type)
        const message = checkFailure(type, event)
        this.#state = next
        return {
          type: type === 'lifespan.startup.failed' ? 'start-failed' : 'stop-failed',
          message,
        }
      }
      default:
        throw unknownEvent(type, Object.keys(KNOWN).join(', '))
    }
  }

  /** `lifespan.shutdown` is being queued. */
  stopping(): void {
    this.#happened('shutdown')
  }

  /** The call has settled, or its startup wait has expired. */
  finish(): void {
    this.#happened('settled')
  }

  #happened(fact: LifespanFact): void {
    this.#state = LIFESPAN_FACTS[this.#state][fact] ?? this.#state
  }

  #next(type: LifespanEventType): LifespanState {
    const next = LIFESPAN_TRANSITIONS[this.#state][type]
    if (next === undefined) throw new EventOrderError(type, this.#state)
    return next
  }
}

const KNOWN = { ...LIFESPAN_TRANSITIONS.starting, ...LIFESPAN_TRANSITIONS.stopping }
