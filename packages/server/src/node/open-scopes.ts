/** The scopes a server has to see through: for its shutdown, and to know when it may stop. */

import type { IncomingMessage } from 'node:http'
import type { ScopeType } from '../stats.ts'

/** What is known of one. */
export interface OpenScope {
  readonly run: { shutdown(phase: 'begin' | 'force'): void }
  /** Settles when the application's call has. */
  readonly done: Promise<void>
  readonly type: ScopeType
  readonly request: IncomingMessage
  /** By the clock of the settings. */
  readonly began: number
}

/** A place that is given to another scope when its own is gone. */
interface Entry {
  readonly scope: OpenScope
  place: number
}

/**
 * Those whose application call has not settled. An array without gaps: a Map that fills and empties
 * with the requests is made anew again and again.
 */
export class OpenScopes {
  readonly #entries: Entry[] = []

  get size(): number {
    return this.#entries.length
  }

  /** Those of now, in no particular order. */
  get all(): readonly OpenScope[] {
    return this.#entries.map(({ scope }) => scope)
  }

  /** Keeps it until its call has settled. */
  add(scope: OpenScope): void {
    const entry: Entry = { scope, place: this.#entries.length }
    this.#entries.push(entry)
    void scope.done.then(() => this.#remove(entry))
  }

  #remove({ place }: Entry): void {
    const last = this.#entries.pop()
    if (last === undefined || last.place === place) return
    last.place = place
    this.#entries[place] = last
  }
}
