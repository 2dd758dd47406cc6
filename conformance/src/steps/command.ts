/** What the probe is told for an application step. */

import type { AppStep, Json, JsonObject } from '../case.ts'
import type { Context } from '../context.ts'
import type { AppCall } from '../app-call.ts'
import { SuiteError } from '../failure.ts'
import { forProbe, isObject } from '../values.ts'

/** The fields of a step that are those of its command. */
const PASSED = [
  'withdrawable',
  'withdrawn',
  'event',
  'fails',
  'for',
  'detail',
  'value',
  'message',
  'set',
  'delete',
  'put',
  'name',
  'kind',
  'path',
  'bytes',
  'chunks',
  'ms',
] as const

/** What the probe is told for a step. Each command gets its id here. */
export function commandOf(
  step: AppStep,
  call: AppCall,
  context: Context,
): JsonObject & { id: number } {
  const id = idOf(step.as, call, context)
  const fields = PASSED.filter((key) => step[key] !== undefined).map((key) => {
    const value: Json | readonly JsonObject[] | undefined = step[key]
    return [key, forProbe(value, context.file)]
  })
  const about =
    step.app === 'off' || step.app === 'withdraw' || step.app === 'overwrite'
      ? { of: context.begunBy(name(step.of)).id }
      : {}
  const inner = step.then?.map((one) => thenCommand(one, call, context))
  return {
    id,
    do: step.app,
    ...Object.fromEntries(fields),
    ...about,
    ...Object.fromEntries(inner === undefined ? [] : [['then', inner]]),
  }
}

/** A command that a callback runs: `{ "app": …, "as": … }` like a step. */
function thenCommand(inner: JsonObject, call: AppCall, context: Context): JsonObject {
  const { app, as, ...others } = inner
  const id = idOf(typeof as === 'string' ? as : undefined, call, context)
  // It may be about a command that is yet to come.
  const of = typeof others['of'] === 'string' ? { of: context.idFor(others['of'], call) } : {}
  const passed = forProbe(others, context.file)
  return { ...(isObject(passed) && passed), ...of, id, do: app ?? inner['do'] ?? '' }
}

/** The id of a command: the one promised to its name, or the next. */
function idOf(as: string | undefined, call: AppCall, context: Context): number {
  if (as === undefined) return call.next()
  const promised = context.promised.get(as)
  context.promised.delete(as)
  const id = promised ?? call.next()
  context.begun.set(as, { call, id })
  return id
}

export function name(of: AppStep['of']): string {
  if (typeof of !== 'string') throw new SuiteError('the step needs "of", the name of a step')
  return of
}

/** The call a step speaks to, which is `of` where it is no step's name. */
export function callOf(step: AppStep, context: Context): AppCall {
  return context.call(step.in ?? (typeof step.of === 'string' ? step.of : undefined))
}
