/** One timer for everybody who follows it, however many they are. */
export class Ticker {
  readonly #waiting = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined
  #count = 0

  get isRunning(): boolean {
    return this.#timer !== undefined
  }

  /** How many are waiting for the next tick. */
  get followers(): number {
    return this.#waiting.size
  }

  start(milliseconds: number): void {
    this.#timer = setInterval(() => this.#tick(), milliseconds)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** The ticks from now on, until the signal aborts. Who is slow misses some. */
  async *follow(signal: AbortSignal): AsyncGenerator<number, void, undefined> {
    let seen = this.#count
    while (!signal.aborted) {
      if (this.#count === seen) {
        await this.#next(signal)
      } else {
        seen = this.#count
        yield seen
      }
    }
  }

  #tick(): void {
    this.#count += 1
    for (const wake of this.#waiting) wake()
  }

  /** Resolves at the next tick, or when the signal aborts. */
  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}
