import { PAGI_VERSION, WWW_SPEC_VERSION } from '@pagi/spec'
import type {
  ConnectionState,
  Extensions,
  HeaderList,
  HttpScope,
  SseScope,
  State,
  TransportState,
  WebSocketScope,
} from '@pagi/spec'

// Scopes are eager plain literals: accessors would cost more than they save, and `{ ...scope }` would
// lose them.

/** What every request scope of one server shares; read-only by the binding, section 1. */
export interface ScopeBase {
  readonly rootPath: string
  readonly extensions: Readonly<Extensions>
}

/** The two ends of a connection, worked out once for each. */
export interface Peers {
  readonly client: readonly [host: string, port: number] | undefined
  readonly server: readonly [host: string, port: number | null] | undefined
  /** The connection is TLS (HTTP-08). */
  readonly secure: boolean
}

/** The parsed request line, and what the run put on the connection. */
export interface RequestParts {
  readonly httpVersion: string
  readonly path: string
  readonly rawPath: string
  readonly queryString: string
  readonly rootPath: string
  readonly headers: HeaderList
  readonly state: State
}

const PAGI = Object.freeze({ version: PAGI_VERSION, spec_version: WWW_SPEC_VERSION })

/** An `http` or `sse` scope (HTTP-02 to HTTP-23, SSE-04). */
export const requestScope = (
  type: 'http' | 'sse',
  method: string,
  base: ScopeBase,
  peers: Peers,
  parts: RequestParts,
  connection: ConnectionState,
  transport: TransportState,
): HttpScope | SseScope => {
  const scope: HttpScope | SseScope = {
    type,
    pagi: PAGI,
    http_version: parts.httpVersion,
    method,
    scheme: peers.secure ? 'https' : 'http',
    path: parts.path,
    raw_path: parts.rawPath,
    query_string: parts.queryString,
    root_path: parts.rootPath,
    headers: parts.headers,
    state: parts.state,
    extensions: base.extensions,
    'pagi.connection': connection,
    'pagi.transport': transport,
  }
  if (peers.client !== undefined) scope.client = peers.client
  if (peers.server !== undefined) scope.server = peers.server
  return scope
}

/** A `websocket` scope (WS-02 to WS-05). */
export const webSocketScope = (
  base: ScopeBase,
  peers: Peers,
  parts: RequestParts,
  subprotocols: readonly string[],
  limits: { readonly maxFrameSize: number; readonly maxReceiveQueue: number },
  connection: ConnectionState,
  transport: TransportState,
): WebSocketScope => {
  const scope: WebSocketScope = {
    type: 'websocket',
    pagi: PAGI,
    http_version: parts.httpVersion,
    scheme: peers.secure ? 'wss' : 'ws',
    path: parts.path,
    raw_path: parts.rawPath,
    query_string: parts.queryString,
    root_path: parts.rootPath,
    headers: parts.headers,
    subprotocols,
    state: parts.state,
    extensions: base.extensions,
    'pagi.connection': connection,
    'pagi.transport': transport,
  }
  if (limits.maxFrameSize > 0) scope.max_frame_size = limits.maxFrameSize
  if (Number.isFinite(limits.maxReceiveQueue)) scope.max_receive_queue = limits.maxReceiveQueue
  if (peers.client !== undefined) scope.client = peers.client
  if (peers.server !== undefined) scope.server = peers.server
  return scope
}
