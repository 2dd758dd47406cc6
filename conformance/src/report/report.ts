/** What every report is made of. */

import type { About } from '../run.ts'
import type { Result } from '../result.ts'
import type { Row } from './matrix.ts'

export interface Report {
  readonly target: string
  /** The version of the server, where somebody said it. */
  readonly targetVersion: string | undefined
  /** What server and probe say of themselves; nothing when none was called. */
  readonly about: About | undefined
  readonly suiteVersion: string
  /** The version of the specification that is judged. */
  readonly specification: string
  /** Of the beginning of the run, as ISO 8601 has it. */
  readonly date: string
  readonly ms: number
  /** Where the suite ran. */
  readonly platform: string
  readonly groups: readonly string[]
  /** How many cases the suite has, run or not. */
  readonly total: number
  /** The folder of the cases, where they are not those of the suite. */
  readonly cases: string | undefined
  /** What was asked for instead of the whole suite. */
  readonly selection: readonly string[]
  readonly interrupted: boolean
  /** Whether reports hold the transcripts of cases that passed, whatever their size. */
  readonly allTranscripts: boolean
  readonly results: readonly Result[]
  readonly rows: readonly Row[]
}

/** How many of the suite's cases were run, however often. */
export const casesRun = ({ results }: Report): number =>
  new Set(results.map(({ case: one }) => one.id)).size
