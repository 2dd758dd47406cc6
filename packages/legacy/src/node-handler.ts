import { UnsupportedScopeError } from '@pagi/spec'
import type { Application } from '@pagi/spec'
import { Exchange } from './exchange.ts'
import type { Handler } from './exchange.ts'

export const fromNodeHandler = (handler: Handler): Application => {
  if (typeof handler !== 'function')
    throw new TypeError(
      `fromNodeHandler: a handler is a function (req, res), got ${typeof handler}`,
    )
  return async (scope, receive, send) => {
    if (scope.type !== 'http' && scope.type !== 'sse') throw new UnsupportedScopeError(scope)
    await new Exchange(scope, receive, send).run(handler)
  }
}
