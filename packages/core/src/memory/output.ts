import type { DataCommand } from '../run/ports.ts'

/** How a port in memory treats its client. */
export interface MemoryPortOptions {
  /** Bytes of the application are copied at once, as servers do with small ones: no send waits for them. */
  readonly copies?: boolean
  /** The client does not read, from the first byte on. */
  readonly stalled?: boolean
  /** There may be more for the client to see: a command, bytes that were taken, the end. */
  readonly changed?: () => void
}

/** Output that can be stalled: counts what is waiting, and settles waiting writes when it drains. */
export class MemoryOutput {
  #stalled: boolean
  #amount = 0
  #written = 0
  #waiting: (() => void)[] = []
  readonly #copies: boolean
  readonly #drained: () => void
  readonly #emptied: () => void

  constructor(
    { copies = false, stalled = false }: MemoryPortOptions,
    drained: () => void,
    emptied: () => void,
  ) {
    this.#copies = copies
    this.#stalled = stalled
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

  /**
   * The peer takes so many bytes; without a number all of them.
   * @param reading whether it reads on after that; if not said, once it has taken all there was
   */
  drain(bytes = this.#amount, reading?: boolean): void {
    const taken = Math.min(this.#amount, bytes)
    this.#amount -= taken
    this.#written += taken
    const empty = this.#amount === 0
    if (empty) {
      this.#stalled = reading === false
      this.settle()
    }
    this.#drained()
    if (empty && !this.#stalled) this.#emptied()
  }

  /** Takes bytes; a promise for those of the application that have to wait (binding, section 5). */
  take({ bytes, owned }: Pick<DataCommand, 'bytes' | 'owned'>): Promise<void> | undefined {
    if (!this.#stalled) {
      this.#written += bytes.byteLength
      return undefined
    }
    this.#amount += bytes.byteLength
    if (owned || this.#copies) return undefined
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
