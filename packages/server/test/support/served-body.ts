import { expect } from 'vitest'
import type { Header, HttpSendEvent } from '../../src/index.ts'
import { http } from './apps.ts'
import { get, start } from './start.ts'
import type { WireResponse } from './response.ts'

type BodyEvent = Extract<HttpSendEvent, { type: 'http.response.body' }>
type Untyped<Event> = Event extends BodyEvent ? Omit<Event, 'type'> : never

/** The answer to one body event after a plain start; nothing must have gone wrong on the way. */
export const servedBody = async (
  make: () => Untyped<BodyEvent>,
  headers: readonly Header[] = [],
): Promise<WireResponse> => {
  const { ask, log } = await start(
    http(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200, headers })
      await send({ ...make(), type: 'http.response.body' })
    }),
  )
  const response = await ask(get())
  expect(log.at('error')).toEqual([])
  expect(response.complete).toBe(true)
  return response
}
