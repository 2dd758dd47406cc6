/** What is open at a shutdown, in words for the log. */

import type { OpenScope } from './node/open-scopes.ts'
import type { ScopeType } from './stats.ts'

/** How many are named; of more than these, the number must do. */
const NAMED = 10

const NAMES: Readonly<Record<ScopeType, readonly [one: string, several: string]>> = {
  http: ['request', 'requests'],
  sse: ['event stream', 'event streams'],
  websocket: ['WebSocket', 'WebSockets'],
}

/** `2 requests and 1 WebSocket` */
export function counted(scopes: readonly OpenScope[]): string {
  const words = (['http', 'sse', 'websocket'] as const).flatMap((type) => {
    const count = scopes.filter((scope) => scope.type === type).length
    return count === 0 ? [] : [`${count} ${NAMES[type][count === 1 ? 0 : 1]}`]
  })
  const last = words.pop() ?? ''
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`
}

/** The same, and which they are: the oldest first, and for how long they have been open. */
export function listed(scopes: readonly OpenScope[], now: number): string {
  const all = scopes.toSorted((one, other) => one.began - other.began)
  const names = all.slice(0, NAMED).map(({ request: { method = '', url = '' }, began }) => {
    return `${method} ${url} (${seconds(now - began)})`
  })
  const more = all.length > NAMED ? `, and ${all.length - NAMED} more` : ''
  return `${counted(all)}: ${names.join(', ')}${more}`
}

/** Milliseconds as seconds: `1.5 s`. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(1))} s`
}
