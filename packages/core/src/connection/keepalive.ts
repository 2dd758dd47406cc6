// When to ping and when to give a peer up (WS-16 to WS-18). Pure: the run loop owns the timer and
// tells the time.

export type KeepaliveVerdict = 'ping' | 'dead' | 'wait'

export class Keepalive {
  readonly #interval: number
  readonly #timeout: number
  #nextPing: number
  /** When the oldest unanswered ping expires; undefined while none is unanswered. */
  #expires: number | undefined

  /** @param interval, timeout milliseconds; a timeout of 0 means no dead-peer detection */
  constructor(interval: number, timeout: number, now: number) {
    this.#interval = interval
    this.#timeout = timeout
    this.#nextPing = now + interval
  }

  /** When `tick` has something to say next. */
  get due(): number {
    return this.#expires === undefined ? this.#nextPing : Math.min(this.#expires, this.#nextPing)
  }

  /** The peer has answered. */
  pong(): void {
    this.#expires = undefined
  }

  tick(now: number): KeepaliveVerdict {
    if (this.#expires !== undefined && now >= this.#expires) return 'dead'
    if (now < this.#nextPing) return 'wait'
    this.#nextPing = now + this.#interval
    if (this.#timeout > 0) this.#expires ??= now + this.#timeout
    return 'ping'
  }
}
