export * from '@pagi/spec'
export { toNodeHandler } from './node/handler.ts'
export type {
  Next,
  NodeHandler,
  NodeHandlerOptions,
  NodeRequest,
  NodeResponse,
  NodeSocket,
} from './node/handler.ts'
export { OptionError } from './options.ts'
export type { Duration, Logger, ServerOptions, Size } from './options.ts'
export { createServer, serve } from './server.ts'
export type { PathAddress, PortAddress, ServerAddress } from './node/listener.ts'
export type { Server } from './server.ts'
