/** An entry with its number. */
export interface Numbered<T> {
  readonly id: number
  readonly entry: T
}

/**
 * The last entries, numbered, for any number of readers. Each follows at its own pace, so there is
 * one list and no queue per reader: who is too slow misses the oldest entries, and nobody waits for
 * him.
 */
export class Journal<T> {
  readonly #kept: number
  readonly #entries: Numbered<T>[] = []
  readonly #waiting = new Set<() => void>()
  #newest = 0
  #readers = 0

  /** @param kept how many entries stay for those who come later or come back */
  constructor(kept: number) {
    this.#kept = kept
  }

  /** The number of the last entry, 0 before the first. */
  get newest(): number {
    return this.#newest
  }

  /** How many are following. */
  get readers(): number {
    return this.#readers
  }

  /**
   * Where a reader goes on who names the last entry seen: undefined without such a number, and 0
   * with one from before the server was restarted, as nothing of this run was seen.
   */
  resume(seen: string | null | undefined): number | undefined {
    if (seen === null || seen === undefined || !/^\d+$/.test(seen)) return undefined
    return Number(seen) <= this.#newest ? Number(seen) : 0
  }

  add(entry: T): void {
    this.#newest += 1
    this.#entries.push({ id: this.#newest, entry })
    if (this.#entries.length > this.#kept) this.#entries.shift()
    for (const wake of this.#waiting) wake()
  }

  /** The entries after a number, those kept and those to come, until the signal aborts. */
  async *follow(after: number, signal: AbortSignal): AsyncGenerator<Numbered<T>, void, undefined> {
    let seen = after
    this.#readers += 1
    try {
      while (!signal.aborted) {
        const next = this.#entries.find(({ id }) => id > seen)
        if (next === undefined) {
          await this.#added(signal)
        } else {
          seen = next.id
          yield next
        }
      }
    } finally {
      this.#readers -= 1
    }
  }

  /** Resolves at the next entry, or when the signal aborts. */
  #added(signal: AbortSignal): Promise<void> {
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
