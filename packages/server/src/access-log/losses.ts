import type { Log } from '@pagi/core'

/** Bytes of lines that may wait to be written; beyond, lines are lost rather than memory. */
export const WAITING_LIMIT = 16 * 1024 * 1024

/** Reports that lines cannot be written: once, and once more when they can. */
export class Losses {
  readonly #name: string
  readonly #log: Log
  #failing = false
  #lines = 0

  /** @param name of what is written to */
  constructor(name: string, log: Log) {
    this.#name = name
    this.#log = log
  }

  /** @param text the lines that are lost */
  lost(text: string, why: unknown): void {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lines += 1
    if (this.#failing) return
    this.#failing = true
    const said = why instanceof Error ? why.message : String(why)
    this.#log.error(`access log: ${this.#name}: lines are lost: ${said}`)
  }

  written(): void {
    if (!this.#failing) return
    this.#failing = false
    const lines = this.#lines === 1 ? '1 line was' : `${this.#lines} lines were`
    this.#log.warn(`access log: ${this.#name}: written again; ${lines} lost`)
    this.#lines = 0
  }
}
