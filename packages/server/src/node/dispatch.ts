import type { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  BodyRate,
  HttpRun,
  SseRun,
  WebSocketRun,
  acceptsEventStream,
  bodyLength,
  checkHandshake,
  checkHeadSize,
  checkRequest,
  isWebSocketUpgrade,
  parseTarget,
  readHeaders,
  requestScope,
  webSocketScope,
} from '@pagi/core'
import type { HeadLimits, Refusal, RequestTarget, RunSettings, ScopeBase } from '@pagi/core'
import { isPagiError } from '@pagi/spec'
import type { Application, DisconnectReason, State } from '@pagi/spec'
import type { Observer } from '../observer.ts'
import type { ScopeType } from '../stats.ts'
import { RequestExchange, UpgradeExchange } from './exchanges.ts'
import { Http1Transport } from './http1-transport.ts'
import type { Http1Connection } from './http1-connection.ts'
import { loadCodec } from './ws-frames.ts'
import { OpenScopes } from './open-scopes.ts'
import type { OpenScope } from './open-scopes.ts'
import { NodeWebSocketTransport } from './ws-transport.ts'

// From a parsed request to a running scope. What a connection needs of it afterwards is an Exchange.

/** What the socket's owner reports to, and asks of, the exchange it carries. */
export interface Exchange {
  /** The request has arrived whole. */
  readonly received: boolean
  /** The client has said that it sends nothing behind this request. */
  readonly last: boolean
  /** Output is waiting to be written. */
  readonly writing: boolean
  lost(reason: DisconnectReason, detail?: string): void
  /** The peer broke the protocol in the middle of this exchange. */
  fault(status: number, detail: string): void
}

export interface DispatcherOptions {
  readonly app: Application
  readonly settings: RunSettings
  readonly base: ScopeBase
  readonly observer: Observer
  readonly state: () => State
  readonly maxPayload: number
  readonly headLimits: HeadLimits
  /** Requests one connection may make. */
  readonly maxRequests: number
  /** Connections close after their present response. */
  readonly draining: () => boolean
  /** No application is called any more: 503. */
  readonly stopped: () => boolean
}

/** Where another program's router has put the application, and what it does if that declines. */
export interface Mount {
  /** The target as the client sent it. */
  readonly target: string
  /** The target below the mount point. */
  readonly below: string
  /** Decoded, without the server's own root path. */
  readonly rootPath: string
  readonly declined: (() => void) | undefined
}

export class Dispatcher {
  readonly #options: DispatcherOptions
  /** The scopes whose application call has not settled. */
  readonly scopes = new OpenScopes()
  readonly #bodyRate: () => BodyRate

  constructor(options: DispatcherOptions) {
    const { minBodyRate, clock } = options.settings
    this.#options = options
    this.#bodyRate = () => new BodyRate(minBodyRate, clock)
  }

  get draining(): boolean {
    return this.#options.draining()
  }

  get settings(): RunSettings {
    return this.#options.settings
  }

  get observer(): Observer {
    return this.#options.observer
  }

  get base(): ScopeBase {
    return this.#options.base
  }

  get headLimits(): HeadLimits {
    return this.#options.headLimits
  }

  get maxRequests(): number {
    return this.#options.maxRequests
  }

  request(
    connection: Http1Connection,
    req: IncomingMessage,
    res: ServerResponse,
    rawHeaders: readonly string[],
    expectsContinue: boolean,
    mount?: Mount,
    fault?: Refusal,
  ): Exchange {
    const { settings, base, draining, headLimits, observer } = this.#options
    const { method = 'GET', httpVersion } = req
    const url = mount?.target ?? req.url ?? '/'
    const fields = readHeaders(rawHeaders)
    const target = this.#target(url, method, mount)
    const { sendDate } = res
    const type = acceptsEventStream(fields.values('accept')) ? 'sse' : 'http'
    const Run = type === 'sse' ? SseRun : HttpRun
    const contentLength = bodyLength(fields)
    const run = new Run(
      settings,
      { method, httpVersion, contentLength },
      (facts) =>
        new Http1Transport(req, res, facts, {
          expectsContinue,
          contentLength,
          drainLimit: settings.maxBodySize,
          drainTimeout: settings.timeouts.body,
          drainRate: this.#bodyRate,
          closing: () => draining() || connection.spent,
          guest: mount !== undefined,
          finished: connection.advance,
        }),
    )
    const exchange = new RequestExchange(type, observer, req, res, run)
    if (observer.watched) {
      const { headers } = fields
      exchange.observe({ type, ...connection.peers, method, target: url, httpVersion, headers })
    }
    const refusal =
      checkHeadSize(headLimits, url, rawHeaders) ??
      checkRequest(fields, httpVersion, target) ??
      fault ??
      this.#unavailable
    if (refusal !== undefined) run.refuse(refusal.status, refusal.detail)
    if (refusal !== undefined || run.refuseOversized()) observer.census.rejected()
    else if (target.ok) {
      const scope = requestScope(
        type,
        method,
        base,
        connection.peers,
        {
          httpVersion,
          path: target.path,
          rawPath: target.rawPath,
          queryString: target.queryString,
          rootPath: target.rootPath,
          headers: fields.headers,
          state: this.#options.state(),
        },
        run.connection,
        run.transport,
      )
      const declined = mount?.declined
      const app =
        declined === undefined
          ? this.#options.app
          : declining(this.#options.app, () => {
              if (!run.decline()) return
              exchange.disown()
              res.sendDate = sendDate
              declined()
            })
      this.#track(run, run.run(exchange.appFor(app), scope), type, req)
    }
    return exchange
  }

  /** T-PATH: a mount adds to the root path what it takes from the path. */
  #target(url: string, method: string, mount: Mount | undefined): RequestTarget {
    const { rootPath } = this.#options.base
    const whole = parseTarget(url, method, rootPath)
    if (mount === undefined || !whole.ok || mount.rootPath === '') return whole
    const below = parseTarget(mount.below, method, '')
    if (!below.ok) return below
    return { ...whole, path: below.path, rootPath: rootPath + mount.rootPath }
  }

  get #unavailable(): { readonly status: number; readonly detail: string } | undefined {
    return this.#options.stopped()
      ? { status: 503, detail: 'the application has been shut down' }
      : undefined
  }

  upgrade(
    connection: Http1Connection,
    req: IncomingMessage,
    head: Buffer,
    mount?: Mount,
  ): Exchange | 'not-websocket' {
    const { settings, base, maxPayload, headLimits, observer } = this.#options
    const { method = 'GET', httpVersion, url = '/', socket } = req
    const fields = readHeaders(req.rawHeaders)
    if (!isWebSocketUpgrade(fields, httpVersion)) return 'not-websocket'
    const target = this.#target(url, method, mount)
    const handshake = checkHandshake(fields, method)
    const refusal =
      checkHeadSize(headLimits, url, req.rawHeaders) ??
      checkRequest(fields, httpVersion, target) ??
      this.#unavailable ??
      (handshake.ok ? undefined : handshake)
    let transport: NodeWebSocketTransport | undefined
    const run = new WebSocketRun(
      settings,
      {
        method,
        httpVersion,
        close: true,
        subprotocols: handshake.ok ? handshake.subprotocols : [],
        pauseAt: maxPayload > 0 ? maxPayload : PAUSE_AT,
      },
      (facts) => {
        transport = new NodeWebSocketTransport(req, socket, head, facts, {
          key: handshake.ok ? handshake.key : '',
          maxPayload,
          drainTimeout: settings.timeouts.body,
        })
        return transport
      },
    )
    const exchange = new UpgradeExchange(observer, socket, run, transport)
    if (observer.watched) {
      const { headers } = fields
      const type = 'websocket'
      exchange.observe({ type, ...connection.peers, method, target: url, httpVersion, headers })
    }
    if (refusal !== undefined || !handshake.ok || !target.ok) {
      run.refuse(refusal?.status ?? 400, refusal?.detail ?? 'malformed handshake')
      observer.census.rejected()
      return exchange
    }
    const scope = webSocketScope(
      base,
      connection.peers,
      { httpVersion, ...target, headers: fields.headers, state: this.#options.state() },
      handshake.subprotocols,
      { maxFrameSize: maxPayload, maxReceiveQueue: settings.maxReceiveQueue },
      run.connection,
      run.transport,
    )
    const start = (): Promise<void> => run.run(exchange.appFor(this.#options.app), scope)
    const loading = loadCodec()
    if (loading === undefined) this.#track(run, start(), 'websocket', req)
    else
      this.#track(
        run,
        loading.then(start, (error: unknown) => {
          settings.log.error('websocket: ws cannot be loaded', error)
          run.refuse(500, 'ws cannot be loaded')
        }),
        'websocket',
        req,
      )
    return exchange
  }

  #track(
    run: OpenScope['run'],
    done: Promise<void>,
    type: ScopeType,
    request: IncomingMessage,
  ): void {
    this.scopes.add({ run, done, type, request, began: this.settings.clock.now() })
  }
}

/** Bytes of messages waiting at which reading pauses, where messages have no limit themselves. */
const PAUSE_AT = 16 * 1024 * 1024

/** Tells when the application does not serve a scope at all, before its run hears of it. */
const declining =
  (app: Application, declined: () => void): Application =>
  async (scope, receive, send) => {
    try {
      await app(scope, receive, send)
    } catch (error) {
      if (isPagiError(error) && error.code === 'ERR_PAGI_UNSUPPORTED_SCOPE') declined()
      throw error
    }
  }
