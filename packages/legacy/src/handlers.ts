import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpSendEvent, Receive, Scope, SendOf } from '@pagi/spec'

/** An `Application` that answers with a response of HTTP alone, so that any part of one can call it. */
export type HttpApplication = (
  scope: Scope,
  receive: Receive,
  send: SendOf<HttpSendEvent>,
) => Promise<void>

// Frameworks type their handlers with requests and responses of their own, which they make of the plain
// ones at run time. TypeScript compares the parameters of a method both ways, those of a function never.

/** What `node:http` calls for a request; a promise it returns is waited for. */
export type NodeHandler = {
  handle(req: IncomingMessage, res: ServerResponse): unknown
}['handle']

/** Goes on with the next middleware, or with the next that takes errors. */
export type Next = (error?: unknown) => void

/** What Connect and Express call middleware. An `async` one may reject instead of `next(error)`. */
export type ConnectMiddleware = {
  handle(req: IncomingMessage, res: ServerResponse, next: Next): unknown
}['handle']

/** Middleware that is called after an error only. It is known by its four parameters. */
export type ConnectErrorMiddleware = {
  handle(error: unknown, req: IncomingMessage, res: ServerResponse, next: Next): unknown
}['handle']

/** Functions of a kind; with a path in front they are called below that path only. */
export type Layered<T> = T | readonly [path: string, ...middleware: T[]]

/** One layer of a stack. */
export type ConnectLayer = Layered<ConnectMiddleware | ConnectErrorMiddleware>

/** A request with what middleware has put on it: `user`, `session`, `cookies`, … */
export type PassedRequest = IncomingMessage & Readonly<Record<string, unknown>>
