import type { Middleware, Receive } from '@pagi/spec'
import { BodyReadError } from './body-read-error.ts'
import { Exchange } from './exchange.ts'
import type {
  ConnectErrorMiddleware,
  ConnectLayer,
  ConnectMiddleware,
  Layered,
  PassedRequest,
} from './handlers.ts'
import { InnerResponse } from './inner-response.ts'
import { readStack, Walk } from './stack.ts'

declare module '@pagi/spec' {
  interface ScopeKeys {
    /** The request as `connectMiddleware` has passed it on. */
    'legacy.req'?: PassedRequest
  }
}

/**
 * Makes PAGI middleware of middleware for Connect or Express, called in this order before the application
 * within.
 *
 * - What it sets on `res` becomes part of the application's response, unless that has a field of the same
 *   name; `set-cookie` and `vary` are joined. Where it wraps `write` and `end`, it transforms the response.
 * - What it answers itself is the answer, and the application is not called. So it is with `next(error)`,
 *   as in `fromConnect`.
 * - What it sets on `req` reaches the application as `scope['legacy.req']`.
 * - On `websocket` it is called before the handshake is answered: an answer of its own refuses it. On
 *   `lifespan` it is not called.
 *
 * Middleware that builds on other middleware, as authentication does on sessions, goes into the same call.
 *
 * @throws TypeError when a layer is no function and no `[path, ...functions]`
 *
 * @example
 * export default connectMiddleware(helmet(), session(options))(app)
 */
export function connectMiddleware(...layers: readonly Layered<ConnectMiddleware>[]): Middleware
export function connectMiddleware(
  ...layers: readonly [...Layered<ConnectMiddleware>[], ConnectErrorMiddleware]
): Middleware
export function connectMiddleware(...layers: readonly ConnectLayer[]): Middleware
export function connectMiddleware(...layers: readonly ConnectLayer[]): Middleware {
  const stack = readStack(layers)
  return (app) => async (scope, receive, send) => {
    if (scope.type !== 'http' && scope.type !== 'sse' && scope.type !== 'websocket')
      return await app(scope, receive, send)
    const exchange = new Exchange(scope, receive, send)
    const { req } = exchange
    passOn(scope['legacy.req'], req)
    const response = new InnerResponse(exchange, send)
    const own = { ...scope, 'legacy.req': req }
    const call = async (): Promise<void> => {
      try {
        await app(own, receiveOf(exchange, receive), (event) => response.send(event))
      } finally {
        await response.leave()
      }
    }
    await exchange.run(
      (_req, res) =>
        new Walk(stack, req, res, () => (res.headersSent || res.destroyed ? undefined : call()))
          .done,
    )
  }
}

/** What middleware further out has found out about the request holds here, too. */
const passOn = (outer: object | undefined, req: object): void => {
  if (outer === undefined) return
  for (const [key, value] of Object.entries(outer)) if (!(key in req)) Reflect.set(req, key, value)
}

const receiveOf =
  (exchange: Exchange, receive: Receive): Receive =>
  (options) =>
    exchange.lendBody() ? receive(options) : Promise.reject(new BodyReadError())
