export * from '@pagi/spec'
export type { Duration, Logger, ServerOptions, Size } from './options.ts'
export { createServer, serve } from './server.ts'
export type { Server, ServerAddress } from './server.ts'
