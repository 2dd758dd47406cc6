/** A value that changes. Who follows it sees the newest, never a list of what came between. */
export class Latest {
  readonly #waiting = new Set<() => void>()
  #value = ''
  #version = 0

  set(value: string): number {
    this.#value = value
    this.#version += 1
    for (const wake of this.#waiting) wake()
    return this.#version
  }

  /** The newest value each time the reader comes for one, until the signal aborts. */
  async *follow(
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly version: number; readonly value: string }, void, undefined> {
    let seen = 0
    while (!signal.aborted) {
      if (this.#version === seen) {
        await this.#changed(signal)
      } else {
        seen = this.#version
        yield { version: seen, value: this.#value }
      }
    }
  }

  /** Resolves at the next change, or when the signal aborts. */
  #changed(signal: AbortSignal): Promise<void> {
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
