import type { Clock, Timer } from './ports.ts'

// Waits of one length share one timer: a server has thousands of connections and a handful of
// timeouts. As all waits of a Timeout take equally long, the order in which they began is the order in
// which they expire, and beginning one again puts it last. So a wait costs no timer of its own.

/** All waits of one kind. The timer that is left when none is under way lapses by itself. */
export class Timeout {
  /** How long each of them may take; 0: for ever. */
  readonly milliseconds: number
  readonly #clock: Clock
  readonly #waits = new Set<Wait>()
  #timer: Timer | undefined

  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock
    this.milliseconds = milliseconds
  }

  /** As {@link Wait.start}. */
  start(wait: Wait): void {
    if (this.milliseconds === 0) return
    this.#waits.delete(wait)
    wait.due = this.#clock.now() + this.milliseconds
    this.#waits.add(wait)
    this.#timer ??= this.#clock.setTimer(this.#sweep, this.milliseconds)
  }

  /** As {@link Wait.stop}. */
  stop(wait: Wait): void {
    this.#waits.delete(wait)
  }

  /** Whether this wait is under way. */
  runs(wait: Wait): boolean {
    return this.#waits.has(wait)
  }

  /** Gives up every wait, and the timer. */
  close(): void {
    this.#waits.clear()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  readonly #sweep = (): void => {
    const now = this.#clock.now()
    for (const wait of this.#waits) {
      if (wait.due > now) break
      this.#waits.delete(wait)
      wait.expired()
    }
    this.#timer = undefined // not before, as what has expired may begin anew
    const [next] = this.#waits
    if (next !== undefined)
      this.#timer = this.#clock.setTimer(this.#sweep, Math.max(1, next.due - now))
  }
}

/** One thing that may take too long; it can begin any number of times. */
export class Wait {
  /** When it expires, by the clock of its Timeout. */
  due = 0
  readonly expired: () => void
  readonly #timeout: Timeout

  constructor(timeout: Timeout, expired: () => void) {
    this.#timeout = timeout
    this.expired = expired
  }

  get running(): boolean {
    return this.#timeout.runs(this)
  }

  /** Begins, or begins again; without a limit nothing happens. */
  start(): void {
    this.#timeout.start(this)
  }

  stop(): void {
    this.#timeout.stop(this)
  }
}

/** The timeouts of the scopes of one server; in milliseconds, 0 for none. */
export interface TimeoutLengths {
  /** The next bytes of a request body that the application waits for (HTTP-97). */
  readonly body: number
  /** A client that takes nothing of the output that waits for it. */
  readonly write: number
  /** A WebSocket on which nothing is said. */
  readonly webSocketIdle: number
  /** An event stream on which nothing is sent. */
  readonly sseIdle: number
}

export type RunTimeouts = { readonly [Name in keyof TimeoutLengths]: Timeout }

/** One Timeout for each, shared by every scope that is run with them. */
export const runTimeouts = (clock: Clock, lengths: TimeoutLengths): RunTimeouts => ({
  body: new Timeout(clock, lengths.body),
  write: new Timeout(clock, lengths.write),
  webSocketIdle: new Timeout(clock, lengths.webSocketIdle),
  sseIdle: new Timeout(clock, lengths.sseIdle),
})
