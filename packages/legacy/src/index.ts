export { fromConnect } from './connect.ts'
export { fromNodeHandler } from './node-handler.ts'
export { RawSocketError } from './raw-socket-error.ts'
export type {
  ConnectErrorMiddleware,
  ConnectLayer,
  ConnectMiddleware,
  Layered,
  Next,
  NodeHandler,
} from './handlers.ts'
