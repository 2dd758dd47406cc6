import type { DataCommand } from '../run/ports.ts'

/** Output that can be stalled: counts what is waiting, and settles waiting writes when it drains. */
export class MemoryOutput {
  #stalled = false
  #amount = 0
  #written = 0
  #waiting: (() => void)[] = []
  readonly #drained: () => void
  readonly #emptied: () => void

  constructor(drained: () => void, emptied: () => void) {
    this.#drained = drained
    this.#emptied = emptied
  }

  get amount(): number {
    return this.#amount
  }

  /** Bytes the peer has taken. */
  get written(): number {
    return this.#written
  }

  get stalled(): boolean {
    return this.#stalled
  }

  /** The peer stops reading: from now on everything waits. */
  stall(): void {
    this.#stalled = true
  }

  /** The peer takes so many bytes; without a number all of them, and reads on. */
  drain(bytes = this.#amount): void {
    const taken = Math.min(this.#amount, bytes)
    this.#amount -= taken
    this.#written += taken
    if (this.#amount === 0) {
      this.#stalled = false
      this.settle()
    }
    this.#drained()
    if (this.#amount === 0) this.#emptied()
  }

  /** Takes bytes; a promise for those of the application that have to wait (binding, section 5). */
  take({ bytes, owned }: Pick<DataCommand, 'bytes' | 'owned'>): Promise<void> | undefined {
    if (!this.#stalled) {
      this.#written += bytes.byteLength
      return undefined
    }
    this.#amount += bytes.byteLength
    if (owned) return undefined
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  settle(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
