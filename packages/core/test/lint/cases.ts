import { UnsupportedScopeError } from '@pagi/spec'
import type { Kind, RawApp, Stage } from './support.ts'

// One application for each rule that breaks it and nothing else, with a twin that is in order.

export interface RuleCase {
  readonly code: string
  readonly requirement: string
  readonly kind: Kind
  readonly bad: RawApp
  readonly good: RawApp
  /** A piece of the message. */
  readonly says: string
  /** Nothing in the code can be pointed at. */
  readonly nowhere?: boolean
  readonly over?: object
  readonly act?: (on: Stage) => void
}

export const START = { type: 'http.response.start', status: 200 }
export const LAST = { type: 'http.response.body', body: 'x' }
export const MORE = { ...LAST, more: true }

export const unsupported: RawApp = (scope) => {
  throw new UnsupportedScopeError(scope)
}
export const respond: RawApp = async (_scope, _receive, send) => {
  await send(START)
  await send(LAST)
}
export const pairs = (...headers: readonly (readonly [string, string])[]): RawApp => {
  return async (_scope, _receive, send) => {
    await send({ ...START, headers })
    await send(LAST)
  }
}
