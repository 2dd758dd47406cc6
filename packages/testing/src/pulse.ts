/** Wakes those who wait whenever something may have changed; never inside the change itself. */
export class Pulse {
  #waiting: (() => void)[] = []
  #scheduled = false
  readonly #look: () => void

  /** @param look what to do first */
  constructor(look: () => void) {
    this.#look = look
  }

  readonly notify = (): void => {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#look()
      const waiting = this.#waiting
      this.#waiting = []
      for (const wake of waiting) wake()
    })
  }

  /** Resolves with the first thing that is found; those who ask first are served first. */
  async until<Found>(find: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }
}
