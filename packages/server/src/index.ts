export * from '@pagi/spec'
export type { AppCall } from './diagnostics.ts'
export { toNodeHandler } from './node/handler.ts'
export type {
  Next,
  NodeHandler,
  NodeHandlerOptions,
  NodeRequest,
  NodeResponse,
  NodeSocket,
} from './node/handler.ts'
export type { AccessLogFormat } from './access-log/syntax.ts'
export { OptionError } from './options.ts'
export type { Duration, Logger, LogRecord, ServerOptions, Size } from './options.ts'
export type { RequestRecord } from './request-record.ts'
export { createServer, serve } from './server.ts'
export type { PathAddress, PortAddress, ServerAddress } from './node/listener.ts'
export type { Server } from './server.ts'
export type { ScopeType, ServerStats, Tally } from './stats.ts'
