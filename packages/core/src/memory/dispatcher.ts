import type { Application, ByteString, Scope, State } from '@pagi/spec'
import { checkRequest } from '../http/check-request.ts'
import { acceptsEventStream } from '../http/classify.ts'
import { readHeaders } from '../http/fields.ts'
import { checkHeadSize } from '../http/head-limits.ts'
import type { HeadLimits } from '../http/head-limits.ts'
import { bodyLength } from '../http/request.ts'
import { requestScope, webSocketScope } from '../http/scope.ts'
import type { Peers, RequestParts, ScopeBase } from '../http/scope.ts'
import { parseTarget } from '../http/target.ts'
import type { AcceptedTarget } from '../http/target.ts'
import { HttpRun } from '../run/http.ts'
import type { HttpFacts, WebSocketFacts } from '../run/ports.ts'
import type { RunSettings } from '../run/scope-run.ts'
import { SseRun } from '../run/sse.ts'
import { WebSocketRun } from '../run/websocket.ts'
import { checkHandshake } from '../websocket/handshake.ts'
import { MemoryHttpTransport } from './http.ts'
import type { MemoryPortOptions } from './output.ts'
import { MemoryWebSocketTransport } from './websocket.ts'

// A server without sockets: from a request head to a running scope, by the same checks and in the same
// order as a server on a wire, and what is left of it to end. Whoever made the request plays the client
// on the exchange's `port`.

/** A request as its client would write it. */
export interface RequestHead {
  readonly method: string
  readonly target: ByteString
  /** As `scope.http_version` spells it. */
  readonly httpVersion: string
  /** Names and values in turn, as on the wire. */
  readonly rawHeaders: readonly ByteString[]
}

export interface MemoryDispatcherOptions {
  readonly settings: RunSettings
  readonly base: ScopeBase
  /** The state each new scope gets its copy of. */
  readonly state: () => State
  readonly headLimits: HeadLimits
  /** Bytes of a WebSocket message; the client's side holds to it, as a parser of frames would. */
  readonly maxPayload: number
}

/** One scope, or a request the server has answered by itself. */
export interface MemoryScope<Run, Port> {
  readonly run: Run
  readonly port: Port
  /** Undefined when the server refused the request: the application is not called. */
  readonly scope: Scope | undefined
  /** Resolves when the application's call has settled and was judged. */
  readonly settled: Promise<void>
}

export type MemoryExchange = MemoryScope<HttpRun | SseRun, MemoryHttpTransport>
export type MemorySession = MemoryScope<WebSocketRun, MemoryWebSocketTransport>

/** Who made a request, how it reads, and how it is told of what comes back. */
export interface MemoryClient extends Pick<MemoryPortOptions, 'stalled' | 'changed'> {
  readonly peers: Peers
}

export class MemoryDispatcher {
  readonly #options: MemoryDispatcherOptions
  readonly #scopes = new Map<HttpRun | SseRun | WebSocketRun, Promise<void>>()

  constructor(options: MemoryDispatcherOptions) {
    this.#options = options
  }

  /** The scopes whose application call has not settled. */
  get scopes(): ReadonlyMap<HttpRun | SseRun | WebSocketRun, Promise<void>> {
    return this.#scopes
  }

  /** An `http` or `sse` scope, as its `accept` says (T-ACCEPT). The request body is the port's. */
  request(
    app: Application,
    head: RequestHead,
    { peers, ...reading }: MemoryClient,
  ): MemoryExchange {
    const { settings, base, headLimits } = this.#options
    const { method, httpVersion, rawHeaders } = head
    const fields = readHeaders(rawHeaders)
    const target = parseTarget(head.target, method, base.rootPath)
    const type = acceptsEventStream(fields.values('accept')) ? 'sse' : 'http'
    const Run = type === 'sse' ? SseRun : HttpRun
    const ports = keeper<MemoryHttpTransport>()
    const run = new Run(
      settings,
      { method, httpVersion, contentLength: bodyLength(fields) },
      (facts: HttpFacts) =>
        ports.keep(new MemoryHttpTransport(facts, { ...reading, copies: true })),
    )
    const port = ports.port()
    const refusal =
      checkHeadSize(headLimits, head.target, rawHeaders) ??
      checkRequest(fields, httpVersion, target)
    if (refusal !== undefined) run.refuse(refusal.status, refusal.detail)
    if (refusal !== undefined || !target.ok || run.refuseOversized())
      return { run, port, scope: undefined, settled: Promise.resolve() }
    const { connection, transport } = run
    const parts = this.#parts(head, target, fields.headers)
    const scope = requestScope(type, method, base, peers, parts, connection, transport)
    return { run, port, scope, settled: this.#track(run, run.run(app, scope)) }
  }

  /** A `websocket` scope, or the refusal of a handshake that is none. */
  upgrade(app: Application, head: RequestHead, { peers, ...reading }: MemoryClient): MemorySession {
    const { settings, base, headLimits, maxPayload } = this.#options
    const { method, httpVersion, rawHeaders } = head
    const fields = readHeaders(rawHeaders)
    const target = parseTarget(head.target, method, base.rootPath)
    const handshake = checkHandshake(fields, method)
    const subprotocols = handshake.ok ? handshake.subprotocols : []
    const ports = keeper<MemoryWebSocketTransport>()
    const run = new WebSocketRun(
      settings,
      { method, httpVersion, close: true, subprotocols, pauseAt: maxPayload },
      (facts: WebSocketFacts) =>
        ports.keep(new MemoryWebSocketTransport(facts, { ...reading, copies: true })),
    )
    const port = ports.port()
    const refusal =
      checkHeadSize(headLimits, head.target, rawHeaders) ??
      checkRequest(fields, httpVersion, target) ??
      (handshake.ok ? undefined : handshake)
    if (refusal !== undefined || !target.ok) {
      run.refuse(refusal?.status ?? 400, refusal?.detail ?? 'malformed handshake')
      return { run, port, scope: undefined, settled: Promise.resolve() }
    }
    const scope = webSocketScope(
      base,
      peers,
      this.#parts(head, target, fields.headers),
      subprotocols,
      { maxFrameSize: maxPayload, maxReceiveQueue: settings.maxReceiveQueue },
      run.connection,
      run.transport,
    )
    return { run, port, scope, settled: this.#track(run, run.run(app, scope)) }
  }

  /** As a server that stops (LIFE-22, LIFE-23). */
  shutdown(phase: 'begin' | 'force'): void {
    for (const run of this.#scopes.keys()) run.shutdown(phase)
  }

  #parts(
    { httpVersion }: RequestHead,
    { path, rawPath, queryString, rootPath }: AcceptedTarget,
    headers: RequestParts['headers'],
  ): RequestParts {
    const state = { ...this.#options.state() } // LIFE-19
    return { httpVersion, path, rawPath, queryString, rootPath, headers, state }
  }

  #track(run: HttpRun | SseRun | WebSocketRun, done: Promise<void>): Promise<void> {
    this.#scopes.set(run, done)
    void done.then(() => this.#scopes.delete(run))
    return done
  }
}

/** Keeps the port that a run asks for while it is constructed. */
const keeper = <Port>(): { keep: (port: Port) => Port; port: () => Port } => {
  let kept: Port | undefined
  return {
    keep: (port) => {
      kept = port
      return port
    },
    port: () => {
      if (kept === undefined) throw new Error('the run has asked for no port')
      return kept
    },
  }
}
