import type { Clock, Timer } from '../run/ports.ts'

interface Entry {
  readonly due: number
  readonly callback: () => void
}

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now = 0
  #entries: Entry[] = []

  now(): number {
    return this.#now
  }

  setTimer(callback: () => void, milliseconds: number): Timer {
    const entry: Entry = { due: this.#now + milliseconds, callback }
    this.#entries.push(entry)
    return {
      cancel: () => {
        this.#entries = this.#entries.filter((other) => other !== entry)
      },
    }
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#entries.length
  }

  /** Milliseconds until the next timer is due; undefined when none is waiting. */
  get next(): number | undefined {
    const [next] = this.#upTo(Number.POSITIVE_INFINITY)
    return next === undefined ? undefined : Math.max(0, next.due - this.#now)
  }

  /** Moves on by so many milliseconds and runs what falls due, in its order. */
  advance(milliseconds: number): void {
    const until = this.#now + milliseconds
    for (;;) {
      const [next] = this.#upTo(until)
      if (next === undefined) break
      this.#entries = this.#entries.filter((entry) => entry !== next)
      this.#now = next.due
      next.callback()
    }
    this.#now = until
  }

  #upTo(until: number): Entry[] {
    return this.#entries
      .filter((entry) => entry.due <= until)
      .toSorted((one, other) => one.due - other.due)
  }
}
