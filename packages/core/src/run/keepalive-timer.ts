import { Keepalive } from '../connection/keepalive.ts'
import type { Clock, Timer } from './ports.ts'

export interface KeepaliveHost {
  /** An interval has passed. */
  ping(): void
  /** The peer has left a ping unanswered for too long. */
  dead(): void
}

/** What a timer can wait: longer ones of Node fire at once. */
const LONGEST = 2 ** 31 - 1

/** Drives a Keepalive by the clock; of a WebSocket or, without dead-peer detection, of a stream. */
export class KeepaliveTimer {
  #policy: Keepalive | undefined
  #timer: Timer | undefined
  readonly #clock: Clock
  readonly #host: KeepaliveHost

  constructor(clock: Clock, host: KeepaliveHost) {
    this.#clock = clock
    this.#host = host
  }

  /** Seconds; the last call wins, and an interval of 0 stops (WS-16, SSE-16). */
  start(interval: number, timeout: number): void {
    this.stop()
    if (interval === 0) return
    this.#policy = new Keepalive(interval * 1000, timeout * 1000, this.#clock.now())
    this.#schedule(this.#policy)
  }

  pong(): void {
    if (this.#policy === undefined) return
    this.#policy.pong()
    this.#schedule(this.#policy)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#policy = undefined
  }

  #schedule(policy: Keepalive): void {
    this.#timer?.cancel()
    const wait = Math.min(LONGEST, Math.max(1, policy.due - this.#clock.now()))
    this.#timer = this.#clock.setTimer(() => {
      const verdict = policy.tick(this.#clock.now())
      if (verdict === 'dead') this.#host.dead()
      if (verdict === 'ping') this.#host.ping()
      if (this.#policy === policy && verdict !== 'dead') this.#schedule(policy)
    }, wait)
  }
}
