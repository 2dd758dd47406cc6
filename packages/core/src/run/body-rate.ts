import type { Clock } from './ports.ts'

/** How slowly a request body may come while it is waited for. */
export interface BodyRateLimit {
  /** Bytes a second; 0: none are asked for. */
  readonly bytesPerSecond: number
  /** Milliseconds it must have been waited for before that is judged. */
  readonly grace: number
}

/** How long a request body may come at any rate, in milliseconds. */
export const BODY_RATE_GRACE = 5000

/**
 * How fast one request body comes. Only the time counts in which somebody waits for it (HTTP-97), and
 * what came without waiting counts as well: an application that is slow itself makes no client slow.
 */
export class BodyRate {
  readonly #limit: BodyRateLimit
  readonly #clock: Clock
  #bytes = 0
  #waited = 0
  #since: number | undefined

  constructor(limit: BodyRateLimit, clock: Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  /** More is waited for from now on. False: too little has come for the time it took so far. */
  wait(): boolean {
    const { bytesPerSecond, grace } = this.#limit
    if (this.#waited > grace && this.#bytes * 1000 < bytesPerSecond * this.#waited) return false
    this.#since = this.#clock.now() // anew, as whoever waited before may have given up meanwhile
    return true
  }

  /** So many bytes have come: whoever waited waits no more. */
  came(bytes: number): void {
    this.#bytes += bytes
    if (this.#since === undefined) return
    this.#waited += this.#clock.now() - this.#since
    this.#since = undefined
  }
}
