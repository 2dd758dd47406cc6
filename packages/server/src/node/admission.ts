import type { Socket } from 'node:net'

/** How many connections there may be at a time, over all listeners (T-STATUS 503). */
export class Admission {
  readonly #most: number
  readonly #onFull: () => void
  #admitted = 0
  #full = false

  /** @param onFull called once each time the limit is reached and a connection is refused */
  constructor(most: number, onFull: () => void) {
    this.#most = most
    this.#onFull = onFull
  }

  /** Whether this connection may stay; it counts until it closes. */
  admit(socket: Socket): boolean {
    if (this.#admitted < this.#most) {
      this.#admitted += 1
      socket.once('close', () => {
        this.#admitted -= 1
        this.#full = false
      })
      return true
    }
    if (!this.#full) this.#onFull()
    this.#full = true
    return false
  }
}
