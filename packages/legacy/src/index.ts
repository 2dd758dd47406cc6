export { BodyReadError } from './body-read-error.ts'
export { connectMiddleware } from './connect-middleware.ts'
export { fromConnect } from './connect.ts'
export { fromFetchHandler } from './fetch-handler.ts'
export { InterimStatusError } from './interim-status-error.ts'
export { fromNodeHandler } from './node-handler.ts'
export { RawSocketError } from './raw-socket-error.ts'
export type { FetchApplication, FetchContext, FetchHandler } from './fetch-handler.ts'
export type {
  ConnectErrorMiddleware,
  ConnectLayer,
  ConnectMiddleware,
  HttpApplication,
  Layered,
  Next,
  NodeHandler,
  PassedRequest,
} from './handlers.ts'
