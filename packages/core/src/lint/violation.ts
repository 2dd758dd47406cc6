/** What lint found, and who is told of it. */

import type { Call } from './place.ts'
import { placeOf } from './place.ts'
import type { LintCode } from './rules.ts'

/** A rule was broken. */
export interface LintViolation {
  readonly code: LintCode
  /** The id of the rule in the specification, such as `CORE-33`. */
  readonly requirement: string
  /** What was wrong, and what to do instead. */
  readonly message: string
  /** `file:line:column` in the application's code, where it is known. */
  readonly place?: string
  /** The `type` of the scope. */
  readonly scopeType: string
}

export interface LintOptions {
  /** Gets each violation. Default: a line for the console. What it throws is the caller's. */
  readonly report?: (violation: LintViolation) => void
  /** Report a violation every time, not only the first one at its place. Default: false. */
  readonly strict?: boolean
}

/** A violation as one line of a log. */
export function formatViolation(violation: LintViolation): string {
  const { code, requirement, message, place, scopeType } = violation
  const where = place === undefined ? '' : `, at ${place}`
  return `lint: ${message} [${code}, ${requirement}, ${scopeType}${where}]`
}

/** What is known of a violation by those who find it. */
export interface Finding {
  readonly code: LintCode
  readonly requirement: string
  readonly message: string
  /** The call at fault. */
  readonly call?: Call | undefined
}

/** Tells of each violation once, or every time where that was asked for. */
export class Reporter {
  readonly #report: (violation: LintViolation) => void
  readonly #told: Set<string> | undefined

  constructor({ report, strict = false }: LintOptions = {}) {
    this.#report = report ?? ((violation) => console.warn(formatViolation(violation)))
    this.#told = strict ? undefined : new Set()
  }

  tell(scopeType: string, { code, requirement, message, call }: Finding): void {
    const place = placeOf(call?.stack())
    const key = `${code} ${requirement} ${scopeType} ${place ?? message}`
    if (this.#told?.has(key) === true) return
    this.#told?.add(key)
    const violation = { code, requirement, message, scopeType }
    this.#report(place === undefined ? violation : { ...violation, place })
  }
}
