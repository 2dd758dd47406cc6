import type { Clock, Timer } from './ports.ts'

// Waits of one length share one timer: a server has thousands of connections and a handful of
// timeouts. As all waits of a Timeout take equally long, the order in which they began is the order in
// which they expire, and beginning one again puts it last. So a wait costs no timer of its own.

/** All waits of one kind. The timer that is left when none is under way lapses by itself. */
export class Timeout {
  /** How long each of them may take; 0: for ever. */
  readonly milliseconds: number
  readonly #clock: Clock
  /** Between the last and the first of those under way, in the order in which they began. */
  readonly #ring: Wait
  #timer: Timer | undefined

  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock
    this.milliseconds = milliseconds
    this.#ring = new Wait(this, () => {})
    this.#ring.before = this.#ring
    this.#ring.after = this.#ring
  }

  /** As {@link Wait.start}. */
  start(wait: Wait): void {
    if (this.milliseconds === 0) return
    wait.stop()
    wait.due = this.#clock.now() + this.milliseconds
    const ring = this.#ring
    const { before = ring } = ring
    wait.before = before
    wait.after = ring
    before.after = wait
    ring.before = wait
    this.#timer ??= this.#clock.setTimer(this.#sweep, this.milliseconds)
  }

  /** Gives up every wait, and the timer. */
  close(): void {
    for (let first = this.#first; first !== undefined; first = this.#first) first.stop()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  get #first(): Wait | undefined {
    const { after } = this.#ring
    return after === this.#ring ? undefined : after
  }

  readonly #sweep = (): void => {
    const now = this.#clock.now()
    let first = this.#first
    while (first !== undefined && first.due <= now) {
      first.stop()
      first.expired()
      first = this.#first
    }
    this.#timer = undefined // not before, as what has expired may begin anew
    if (first !== undefined)
      this.#timer = this.#clock.setTimer(this.#sweep, Math.max(1, first.due - now))
  }
}

/** One thing that may take too long; it can begin any number of times. */
export class Wait {
  /** When it expires, by the clock of its Timeout. */
  due = 0
  /** Those that began just before and after it, while it is under way: for its Timeout alone. */
  before: Wait | undefined
  after: Wait | undefined
  readonly expired: () => void
  readonly #timeout: Timeout

  constructor(timeout: Timeout, expired: () => void) {
    this.#timeout = timeout
    this.expired = expired
  }

  get running(): boolean {
    return this.after !== undefined
  }

  /** Begins, or begins again; without a limit nothing happens. */
  start(): void {
    this.#timeout.start(this)
  }

  /** Refers to no other from then on: what a collector has grown old with would keep the young alive. */
  stop(): void {
    const { before, after } = this
    if (before === undefined || after === undefined) return
    before.after = after
    after.before = before
    this.before = undefined
    this.after = undefined
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
