/** The rules of the specification, from its machine-readable form. */

import specification from '../../spec/requirements.json' with { type: 'json' }
import type { Group, Level } from './case.ts'

export interface Requirement {
  readonly id: string
  readonly level: string
  readonly binds: string
  readonly observed: string
  readonly text: string
  readonly section: string
  readonly since?: string
  readonly decision?: string | boolean
  readonly own?: string | boolean
}

/** A table of the specification, which cases may be about as a whole or by row (`T-HTTP-3`). */
interface Table {
  readonly id: string
  readonly section: string
}

/** Whether a mark of a row holds for the whole rule. */
const whole = (mark: string | boolean | undefined): boolean => mark === true || mark === 'whole'

export class Requirements {
  readonly #rows: ReadonlyMap<string, Requirement>

  constructor(rows: readonly Requirement[] = specification.requirements) {
    this.#rows = new Map(rows.map((row) => [row.id, row]))
  }

  get all(): readonly Requirement[] {
    return [...this.#rows.values()]
  }

  get tables(): readonly Table[] {
    return specification.tables
  }

  /** The version of the specification they are of. */
  get version(): string {
    return specification.versions.core
  }

  /** Whether there is such a rule; a table of the specification (`T-HTTP`) is one, too. */
  has(id: string): boolean {
    return this.#rows.has(id) || /^T-[A-Z]+(-\d+)?$/.test(id)
  }

  get(id: string): Requirement | undefined {
    return this.#rows.get(id)
  }

  /** The strictest level among the rules. */
  levelOf(ids: readonly string[]): Level {
    const rows = ids.map((id) => this.#rows.get(id)).filter((row) => row !== undefined)
    return rows.length > 0 && rows.every(({ level }) => level !== 'MUST') ? 'should' : 'must'
  }

  /** What the first of the rules rests on. */
  groupOf(ids: readonly string[]): Group {
    const row = this.#rows.get(ids[0] ?? '')
    if (row === undefined) return 'core'
    if (whole(row.own)) return 'own'
    if (row.since !== undefined)
      return row.since.startsWith('server') ? 'server-notes' : 'release-notes'
    return whole(row.decision) ? 'decision' : 'core'
  }
}
