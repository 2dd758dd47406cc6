/** What all protocols share: values, the application and what it is called with. */

import type { ConnectionState } from './connection.ts'
import type { Ext, Extensions } from './extensions.ts'
import type { HttpReceiveEvent, HttpScope, HttpSendEvent } from './http.ts'
import type { LifespanReceiveEvent, LifespanScope, LifespanSendEvent } from './lifespan.ts'
import type { SseReceiveEvent, SseScope, SseSendEvent } from './sse.ts'
import type { TransportState } from './transport.ts'
import type { WebSocketReceiveEvent, WebSocketScope, WebSocketSendEvent } from './websocket.ts'

/** Bytes as a string, one code unit 0x00-0xFF per byte (the `ByteString` of WebIDL). */
export type ByteString = string

/** One header: a lower-case name and an opaque value (HTTP-02, HTTP-03, HTTP-04). */
export type Header = readonly [name: ByteString, value: ByteString]

/** Headers in wire order; a repeated name is a repeated pair (HTTP-02, HTTP-05). */
export type HeaderList = readonly Header[]

/** Bytes to send. A `string` is text and leaves as its UTF-8 (CORE-44). */
export type BytesInput = Uint8Array | ArrayBuffer | string

/** A two-valued field of a sent event; events received carry a `boolean` (CORE-15). */
export type Flag = boolean | 0 | 1

/** Takes a callback back. May be called again, to no effect. */
export type Unregister = () => void

/**
 * Keys that middleware adds to scopes. Extend by declaration merging, with optional keys that
 * contain a dot; names without one and `pagi.*` are reserved (MW-06).
 *
 * @example
 * declare module '@pagi/spec' {
 *   interface ScopeKeys { 'myapp.user'?: { name: string } }
 * }
 */
export interface ScopeKeys {}

/** Keys that an application keeps in `state`. Extend by declaration merging (LIFE-21). */
export interface StateKeys {}

/** What `lifespan.startup` leaves for requests: each scope has its own shallow copy (LIFE-19). */
export type State = StateKeys & Record<string, unknown>

/** The versions a server speaks. */
export interface PagiInfo {
  /** Version of the PAGI core, `'0.5'` here (CORE-03). */
  version: string
  /** Version of the protocol of this scope; absent means `'0.1'` (CORE-04, CORE-05). */
  spec_version?: string
}

/** The keys that `http`, `websocket` and `sse` scopes have in common. */
export interface WwwScope extends ScopeKeys {
  /** The versions in use: protocol `'0.6'` for these scopes (CORE-03, CORE-04). */
  pagi: PagiInfo
  /** Version of HTTP that carried the request (HTTP-01). */
  http_version: '1.0' | '1.1' | '2' | (string & {})
  /** Path below `root_path`, percent-decoded Unicode text (HTTP-17, HTTP-18). */
  path: string
  /** The whole path as requested, percent-encoded, without query. Always sent by our servers, but never to be trusted for authorization (HTTP-19, MW-22). */
  raw_path?: ByteString
  /** What follows the first `?`, undecoded; `''` without one (HTTP-09). */
  query_string: ByteString
  /** Where the application is mounted: `''`, or a decoded path without trailing `/` (HTTP-20). */
  root_path: string
  /** The request headers, `host` included, names in lower case (HTTP-03, HTTP-10). */
  headers: HeaderList
  /** Address and port of the peer of the socket; absent when unknown (HTTP-11). */
  client?: readonly [host: string, port: number]
  /** Address and port the server listens on, `[path, null]` on a Unix socket (HTTP-12). */
  server?: readonly [host: string, port: number | null]
  /** This scope's shallow copy of the lifespan state (HTTP-13, LIFE-19). */
  state?: State
  /** Capabilities the server advertises on this scope; `{}` for none (CORE-07, CORE-08). */
  extensions: Readonly<Extensions>
  /** How the scope stands and how it ended (CONN-01). */
  'pagi.connection': ConnectionState
  /** How much output is waiting; absent when that cannot be measured (FLOW-01, FLOW-02). */
  'pagi.transport'?: TransportState
}

/** What an application can be called with. Narrow by `type`. */
export type Scope = HttpScope | WebSocketScope | SseScope | LifespanScope

/** Per protocol: its scope, the events it receives, the events it may send. */
export interface Protocols {
  /** One HTTP request and its response. */
  http: [HttpScope, HttpReceiveEvent, HttpSendEvent]
  /** One WebSocket session, handshake included. */
  websocket: [WebSocketScope, WebSocketReceiveEvent, WebSocketSendEvent]
  /** One stream of server-sent events. */
  sse: [SseScope, SseReceiveEvent, SseSendEvent]
  /** One server instance or worker, from startup to shutdown. */
  lifespan: [LifespanScope, LifespanReceiveEvent, LifespanSendEvent]
}

/** An event that `receive` yields, of the given protocols or of any. */
export type ReceiveEvent<T extends keyof Protocols = keyof Protocols> = Protocols[T][1]

/** An event that `send` takes, of the given protocols or of any. */
export type SendEvent<T extends keyof Protocols = keyof Protocols> = Protocols[T][2] | Ext

/**
 * Resolves with the next event of the scope (CORE-16). Pending calls are served first come, first
 * served (CORE-17). After the end of the scope it yields the end event, every time (CONN-41).
 *
 * `signal` withdraws the call: it rejects with the signal's reason and consumes nothing (CORE-19).
 * Losing a `Promise.race` does not: the call stays pending and takes the next event.
 */
export type Receive<T extends keyof Protocols = keyof Protocols> = (options?: {
  signal?: AbortSignal
}) => Promise<ReceiveEvent<T>>

/**
 * Sends an event. Resolves when more may be sent, or at once when the scope has ended (CORE-21,
 * CORE-26); rejects, having changed nothing, when the event is malformed or out of order (CORE-27,
 * CORE-28). Never throws synchronously (CORE-20). Await each call before the next (CORE-31).
 */
export type Send<T extends keyof Protocols = keyof Protocols> = SendOf<SendEvent<T>>

/**
 * A `send` for certain events. `Send` is made of it, so that TypeScript compares the events and not
 * the names of the protocols: the `send` of a stream also serves a function that wants `Send<'http'>`.
 */
export interface SendOf<Event> {
  /** See `Send`. */
  (event: Event): Promise<void>
}

/**
 * An application, called once per scope (CORE-01). Its promise ends its work on the scope; the
 * resolved value means nothing (CORE-35, CORE-36). It throws `UnsupportedScopeError` for a scope
 * type it does not serve (CORE-09).
 *
 * Narrowing `scope.type` narrows the scope; code that handles one protocol says so with
 * `Application<'http'>` and gets narrow events too. `dispatch` joins such functions.
 */
export type Application<T extends keyof Protocols = keyof Protocols> = (
  scope: Protocols[T][0],
  receive: Receive<T>,
  send: Send<T>,
) => Promise<void>

/** Something that makes an application. The runner calls it once per load (RUN-01, RUN-02). */
export interface ApplicationProvider {
  /** Returns the application, synchronously (RUN-03). */
  toApp(): Application
}

/** Wraps an application. It clones the scope before changing it (MW-03) and returns the inner promise (MW-01). */
export type Middleware = (app: Application) => Application
