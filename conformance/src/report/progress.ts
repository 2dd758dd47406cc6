/** How far a run has come: a live line on a terminal, elsewhere a line for each folder of cases. */

import type { Case } from '../case.ts'
import type { Result } from '../result.ts'

/** Where it is written. */
export interface Screen {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Milliseconds between two looks of the live line. */
const LOOK = 80

export class Progress {
  readonly #screen: Screen
  readonly #total: number
  readonly #left = new Map<string, number>()
  readonly #seen = new Map<string, { passed: number; skipped: number; others: number }>()
  #done = 0
  #bad = 0
  #now = ''
  #drawn = false
  #last = Number.NEGATIVE_INFINITY

  constructor(screen: Screen, cases: readonly Case[], repeat: number) {
    this.#screen = screen
    this.#total = cases.length * repeat
    for (const one of cases) {
      const folder = folderOf(one)
      this.#left.set(folder, (this.#left.get(folder) ?? 0) + repeat)
    }
  }

  started({ id }: Case): void {
    this.#now = id
    this.#draw(false)
  }

  finished({ case: one, verdict }: Result): void {
    this.#done += 1
    const folder = folderOf(one)
    const seen = this.#seen.get(folder) ?? { passed: 0, skipped: 0, others: 0 }
    if (verdict === 'passed') seen.passed += 1
    else if (verdict === 'skipped') seen.skipped += 1
    else {
      seen.others += 1
      this.#bad += 1
    }
    this.#seen.set(folder, seen)
    const left = (this.#left.get(folder) ?? 0) - 1
    this.#left.set(folder, left)
    if (this.#screen.isTTY === true) this.#draw(false)
    else if (left === 0) this.#folder(folder, seen)
  }

  /** Prints lines of their own, above the live one. */
  print(text: string): void {
    this.clear()
    this.#screen.write(text.endsWith('\n') ? text : `${text}\n`)
    this.#draw(true)
  }

  /** Takes the live line away. */
  clear(): void {
    if (this.#drawn) this.#screen.write('\r\u001B[K')
    this.#drawn = false
  }

  #folder(
    folder: string,
    { passed, skipped, others }: { passed: number; skipped: number; others: number },
  ): void {
    const parts = [
      `${passed} passed`,
      ...(others > 0 ? [`${others} not`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ]
    this.#screen.write(`[${this.#done}/${this.#total}] ${folder}: ${parts.join(', ')}\n`)
  }

  #draw(now: boolean): void {
    if (this.#screen.isTTY !== true) return
    const time = performance.now()
    if (!now && time - this.#last < LOOK) return
    this.#last = time
    const bad = this.#bad > 0 ? `, ${this.#bad} not passed` : ''
    const line = `[${this.#done}/${this.#total}${bad}] ${this.#now}`
    this.#screen.write(`\r\u001B[K${line.slice(0, (this.#screen.columns ?? 80) - 1)}`)
    this.#drawn = true
  }
}

/** The first part of an id: `websocket` of `websocket/closing/…`. */
const folderOf = ({ id }: Case): string => id.slice(0, id.indexOf('/'))
