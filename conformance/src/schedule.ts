/** Which lane runs which case, so that as few processes as possible are started. */

import type { Case } from './case.ts'
import { isShared, keyOf } from './servers.ts'

/** Cases with the same settings that are more than this share of a lane's are left to any lane. */
const SHARE = 1 / 4

/** Positions of cases that one lane runs, in this order. */
type Unit = readonly number[]

export class Schedule {
  readonly #keys: ReadonlySet<string>
  /** Cases whose process is worth having in several lanes. */
  readonly #common: Unit[] = []
  /** Cases with a process of their own, and those that share one which only one lane needs. */
  readonly #others: Unit[] = []

  constructor(queue: readonly Case[], lanes: number) {
    const groups = new Map<string, number[]>()
    for (const [index, one] of queue.entries()) {
      if (!isShared(one)) continue
      const key = keyOf(one)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [index])
      else group.push(index)
    }
    const most = (queue.length / lanes) * SHARE
    const small = [...groups].filter(([, group]) => group.length <= most)
    this.#keys = new Set(small.map(([key]) => key))
    for (const [index, one] of queue.entries()) {
      const key = isShared(one) ? keyOf(one) : undefined
      if (key === undefined) this.#others.push([index])
      else if (!this.#keys.has(key)) this.#common.push([index])
      else if (groups.get(key)?.[0] === index) this.#others.push(groups.get(key) ?? [])
    }
  }

  /**
   * What a lane runs next. The first lane begins with the cases of common settings, the others end
   * with them: where all goes well, one process is enough for these. Cases of one file are alike,
   * those that wait as those that need the processor: lanes begin at different ends.
   *
   * @param lane from 0
   * @returns none when there is nothing left to begin
   */
  take(lane: number): Unit {
    const order = lane === 0 ? [this.#common, this.#others] : [this.#others, this.#common]
    const units = order.find((some) => some.length > 0)
    return (lane % 2 === 0 && units === this.#others ? units.pop() : units?.shift()) ?? []
  }

  /** Whether no lane has a use for the process of this case any more, once its unit is done. */
  isLast(one: Case): boolean {
    return isShared(one) && this.#keys.has(keyOf(one))
  }
}
