import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { Application, Scope } from '@pagi/spec'
import type { RequestRecord } from './request-record.ts'

// Channels of node:diagnostics_channel, which cost a server a look at a boolean while nobody listens.
// Programs find them by their names.

/**
 * A request, event stream or WebSocket session has begun. The message is its `RequestRecord`, which
 * is completed later; the same object is published at the end.
 */
export const requestStart = channel('pagi.server.request.start')

/** It has ended; the message is its `RequestRecord`, complete. Also for what came to no scope. */
export const requestFinish = channel('pagi.server.request.finish')

/**
 * What the channels `tracing:pagi.server.app:start`, `end`, `asyncStart`, `asyncEnd` and `error` tell
 * of: a call of the application for one scope, as Node.js traces a promise.
 */
export interface AppCall {
  readonly scope: Scope
  /** What is known of the request by now. */
  readonly request: RequestRecord | undefined
  /** What the application has thrown; set before `error` is told. */
  readonly error?: unknown
}

const appCalls = tracingChannel<unknown, AppCall>('pagi.server.app')

/** Somebody traces calls of the application. */
export const tracesCalls = (): boolean => appCalls.hasSubscribers

/** The application, traced: stores bound to the start channel are the context of each call. */
export const traced =
  (app: Application, request: RequestRecord | undefined): Application =>
  (scope, receive, send) =>
    appCalls.tracePromise(async () => app(scope, receive, send), { scope, request })
