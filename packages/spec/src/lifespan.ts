/** The `lifespan` protocol: startup and shutdown of one server instance or worker. */

import type { PagiInfo, ScopeKeys, State } from './common.ts'

/** One server instance or worker, in the process that serves its requests (LIFE-01). */
export interface LifespanScope extends ScopeKeys {
  /** Names the protocol (CORE-02). */
  type: 'lifespan'
  /** The versions in use, protocol `'0.3'` (CORE-04, LIFE-02), and which worker this is. */
  pagi: PagiInfo & {
    /** Whether this process is one of several workers (LIFE-03). */
    is_worker?: boolean
    /** 1, 2, ...; absent in single-process mode. A respawned worker keeps its number (LIFE-03). */
    worker_num?: number
  }
  /** Filled by the application, then copied, shallowly, into each scope (LIFE-04, LIFE-19). */
  state?: State
}

/** The server is about to accept connections and waits for the answer (LIFE-05). */
export interface LifespanStartupEvent {
  /** Names the event. */
  type: 'lifespan.startup'
}

/** The server has stopped serving and waits for the answer (LIFE-22, LIFE-25). */
export interface LifespanShutdownEvent {
  /** Names the event. */
  type: 'lifespan.shutdown'
}

/** What `receive` yields on a `lifespan` scope. */
export type LifespanReceiveEvent = LifespanStartupEvent | LifespanShutdownEvent

/** The application is ready: serving begins (LIFE-05). */
export interface LifespanStartupCompleteEvent {
  /** Names the event. */
  type: 'lifespan.startup.complete'
}

/** The application cannot run: the server never accepts a connection (LIFE-12, LIFE-13). */
export interface LifespanStartupFailedEvent {
  /** Names the event. */
  type: 'lifespan.startup.failed'
  /** Why, for the log; default `''` (LIFE-12, LIFE-14). */
  message?: string
}

/** The application has cleaned up: the process may end (LIFE-25). */
export interface LifespanShutdownCompleteEvent {
  /** Names the event. */
  type: 'lifespan.shutdown.complete'
}

/** The cleanup failed: the process ends all the same, with a non-zero exit code (LIFE-26). */
export interface LifespanShutdownFailedEvent {
  /** Names the event. */
  type: 'lifespan.shutdown.failed'
  /** Why, for the log; default `''` (LIFE-26). */
  message?: string
}

/** What `send` takes on a `lifespan` scope. */
export type LifespanSendEvent =
  | LifespanStartupCompleteEvent
  | LifespanStartupFailedEvent
  | LifespanShutdownCompleteEvent
  | LifespanShutdownFailedEvent
