/** One application out of several that each serve one protocol. */

import type { Application, Protocols, Receive, Send } from './common.ts'
import { describeValue, nearestName } from './diagnostics.ts'
import { UnsupportedScopeError } from './errors.ts'

/**
 * What `dispatch` takes for a protocol: an `Application` of that protocol, or one of all.
 *
 * `dispatch` passes on the full `send`, so a handler may also want one that takes more than the
 * events of its own protocol. TypeScript agrees when the parameters compare both ways: those of a
 * method do, and `& object` keeps it from treating `send` as a callback, which never does.
 */
export type Handler<T extends keyof Protocols> = {
  handle(scope: Protocols[T][0], receive: Receive<T>, send: Send<T> & object): Promise<void>
}['handle']

/** Handlers by scope type. */
export type Handlers = { readonly [T in keyof Protocols]?: Handler<T> }

const PROTOCOLS: readonly string[] = ['http', 'websocket', 'sse', 'lifespan']

/**
 * Joins `handlers` into one application, which calls the one for the type of the scope. For every
 * other scope its promise rejects with `UnsupportedScopeError` (CORE-09). The handlers are read
 * once, now.
 *
 * @throws TypeError when a key is no scope type, or a handler no function
 *
 * @example
 * export default dispatch({
 *   async http(scope, receive, send) {
 *     await send({ type: 'http.response.start', status: 200 })
 *     await send({ type: 'http.response.body', body: `You asked for ${scope.path}` })
 *   },
 * })
 */
export function dispatch(handlers: Handlers): Application {
  const table = readHandlers(handlers)
  return async (scope, receive, send) => {
    const handler = table.get(scope.type)
    if (handler === undefined) throw new UnsupportedScopeError(scope)
    await handler(scope, receive, send)
  }
}

function readHandlers(handlers: object): ReadonlyMap<string, Application> {
  if (typeof handlers !== 'object' || handlers === null) {
    throw new TypeError(`dispatch: handlers must be an object, got ${describeValue(handlers)}`)
  }
  const table = new Map<string, Application>()
  for (const [key, handler] of Object.entries({ ...handlers })) {
    if (!PROTOCOLS.includes(key)) throw new TypeError(unknownKey(key))
    if (!isApplication(handler)) {
      throw new TypeError(`dispatch: ${key} must be a function, got ${describeValue(handler)}`)
    }
    table.set(key, handler)
  }
  return table
}

/** All that can be seen of one. It is called for scopes of its own type only. */
function isApplication(value: unknown): value is Application {
  return typeof value === 'function'
}

function unknownKey(key: string): string {
  const nearest = nearestName(key, PROTOCOLS)
  const advice = nearest === undefined ? `one of ${PROTOCOLS.join(', ')}` : `"${nearest}"`
  return `dispatch: unknown scope type ${describeValue(key)}, expected ${advice}`
}
