import { answerNotFound } from './final-answers.ts'
import type {
  ConnectErrorMiddleware,
  ConnectLayer,
  ConnectMiddleware,
  HttpApplication,
  Layered,
} from './handlers.ts'
import { fromNodeHandler } from './node-handler.ts'
import { readStack, Walk } from './stack.ts'

/**
 * Makes an application of middleware for Connect or Express, called in this order. What nobody answers is
 * answered with 404, and an error that nobody takes with its `status`, or with 500.
 *
 * Everything said of {@link fromNodeHandler} holds here.
 *
 * @throws TypeError when a layer is no function and no `[path, ...functions]`
 *
 * @example
 * export default fromConnect(helmet(), compression(), ['/files', serveStatic('files')])
 */
export function fromConnect(...layers: readonly Layered<ConnectMiddleware>[]): HttpApplication
export function fromConnect(
  ...layers: readonly [...Layered<ConnectMiddleware>[], ConnectErrorMiddleware]
): HttpApplication
export function fromConnect(...layers: readonly ConnectLayer[]): HttpApplication
export function fromConnect(...layers: readonly ConnectLayer[]): HttpApplication {
  const stack = readStack(layers)
  return fromNodeHandler((req, res) => new Walk(stack, req, res, answerNotFound).done)
}
