import { UnsupportedScopeError } from '@pagi/spec'
import { Exchange } from './exchange.ts'
import type { HttpApplication, NodeHandler } from './handlers.ts'

/**
 * Makes an application of what `http.createServer` takes: an Express, Connect or polka application, Koa's
 * `app.callback()`, Fastify's `app.routing`, or a function `(req, res)`. It gets a real
 * `http.IncomingMessage` and a real `http.ServerResponse`.
 *
 * It serves `http` scopes, and `sse` scopes the same way (LEG-04): an event stream that the handler writes
 * by hand goes out as it is. All others reject with `UnsupportedScopeError`; `dispatch` puts native
 * applications beside it.
 *
 * A handler that throws, or whose promise rejects, fails the application, which the server answers with 500
 * as long as nothing else was sent.
 *
 * @throws TypeError when the handler is no function
 *
 * @example
 * const app = express()
 * app.get('/', (req, res) => res.send('Hello'))
 * export default fromNodeHandler(app)
 */
export const fromNodeHandler = (handler: NodeHandler): HttpApplication => {
  if (typeof handler !== 'function') {
    throw new TypeError(
      `fromNodeHandler: a handler is a function (req, res), got ${typeof handler}`,
    )
  }
  return async (scope, receive, send) => {
    if (scope.type !== 'http' && scope.type !== 'sse') throw new UnsupportedScopeError(scope)
    await new Exchange(scope, receive, send).run(handler)
  }
}
