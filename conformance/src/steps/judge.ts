/** Answers of the probe, and what a step says of them. */

import type { AppStep, Json, JsonObject } from '../case.ts'
import type { Context } from '../context.ts'
import type { AppCall, Report } from '../app-call.ts'
import { CaseFailure, SuiteError } from '../failure.ts'
import { mismatch, show } from '../match.ts'
import { textOf } from '../values.ts'

/** Waits for the answer to a command. */
export async function answer(
  context: Context,
  call: AppCall,
  id: number,
  what: string,
): Promise<Report> {
  return await context.until(() => {
    const found = call.answer(id)
    if (found === undefined && call.closed) {
      throw new CaseFailure(`the probe dropped its connection before ${what} was settled`)
    }
    return found
  }, `settling of ${what}`)
}

/** Judges an answer by `rejects`, `match`, `facts`. */
export function judge(step: AppStep, report: Report, context: Context, what: string): void {
  const { error } = report
  const unknown = error?.['code'] === 'PROBE_UNKNOWN'
  if (unknown) throw new SuiteError(`the probe: ${show(error)}`)
  const { rejects } = step
  if (rejects !== undefined && rejects !== false) {
    if (error === undefined) throw new CaseFailure(`${what} resolved, it must reject`)
    if (error['thrown'] === true && step.thrown !== true) {
      throw new CaseFailure(`${what} threw synchronously, it must reject: ${show(error)}`)
    }
    rejected(rejects, error, context, what)
  } else if (error !== undefined) {
    throw new CaseFailure(
      `${what} rejected: ${textOf(error['code'] ?? error['name'])} ${textOf(error['message'])}`,
    )
  } else {
    context.check(step, report.ok, what)
  }
  if (step.facts !== undefined) {
    const fault = mismatch(report.facts, step.facts, context.saved)
    if (fault !== undefined) throw new CaseFailure(`the facts when ${what} settled: ${fault}`)
  }
}

function rejected(rejects: Json, error: JsonObject, context: Context, what: string): void {
  if (rejects === true) return
  if (typeof rejects === 'string') {
    // Codes are of the JavaScript binding.
    const ours = [...context.calls.values()].some(
      ({ introduction }) => introduction.probe['binding'] === 'javascript',
    )
    if (ours && error['code'] !== rejects) {
      throw new CaseFailure(`${what} rejected with ${show(error)}, expected ${rejects}`)
    }
    return
  }
  const fault = mismatch(error, rejects, context.saved)
  if (fault !== undefined) throw new CaseFailure(`the rejection of ${what}: ${fault}`)
}
