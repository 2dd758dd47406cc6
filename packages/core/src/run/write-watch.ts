import { Wait } from './timeouts.ts'
import type { Timeout } from './timeouts.ts'

export interface WriteHost {
  /** Bytes the peer has taken so far, or anything else that grows as it takes some. */
  taken(): number
  /** Within the whole timeout the peer has taken nothing. */
  stuck(detail: string): void
}

/** Watches over output that waits to be taken: any progress buys it another timeout. */
export class WriteWatch {
  readonly #host: WriteHost
  readonly #wait: Wait
  #taken = 0

  constructor(timeout: Timeout, host: WriteHost) {
    this.#host = host
    this.#wait = new Wait(timeout, () => {
      const before = this.#taken
      this.#taken = host.taken()
      if (this.#taken !== before) this.#wait.start()
      else host.stuck(`the client took no output for ${timeout.milliseconds} ms`)
    })
  }

  /** There is output waiting; from now on, or still. */
  start(): void {
    if (this.#wait.running) return
    this.#taken = this.#host.taken()
    this.#wait.start()
  }

  stop(): void {
    this.#wait.stop()
  }
}
