/** The newest order, until it is taken: a later one takes its place. */
export class Orders {
  #newest: number | undefined
  #isOver = false
  #wake: (() => void) | undefined

  /** Whether whoever carries out an order should look for what is next. */
  get isPressing(): boolean {
    return this.#isOver || this.#newest !== undefined
  }

  place(order: number): void {
    this.#newest = order
    this.#wake?.()
  }

  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** The orders that are left to carry out, for one reader, until the end. */
  async *taken(): AsyncGenerator<number, void, undefined> {
    for (;;) {
      while (!this.isPressing) await new Promise<void>((resolve) => (this.#wake = resolve))
      const order = this.#newest
      if (this.#isOver || order === undefined) return
      this.#newest = undefined
      yield order
    }
  }
}
