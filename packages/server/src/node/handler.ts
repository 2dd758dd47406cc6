import { Buffer } from 'node:buffer'
import { EventEmitter } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { parseTarget } from '@pagi/core'
import type { Application } from '@pagi/spec'
import { Http1Connection } from './http1-connection.ts'
import type { Mount } from './dispatch.ts'
import { tolerateErrors } from './ignored-upgrade.ts'
import { isSecure } from './peers.ts'
import { OptionError } from '../options.ts'
import type { ServerOptionName, ServerOptions } from '../options.ts'
import { Service } from '../service.ts'
import type { ServerStats } from '../stats.ts'

// A PAGI application inside an HTTP server that somebody else owns.

/** Options about sockets and requests that the owner's server has decided before the handler is called. */
const OWNERS = [
  'port',
  'host',
  'socket',
  'socketMode',
  'listen',
  'ipv6Only',
  'backlog',
  'maxConnections',
  'maxRequestsPerConnection',
  'keepAliveTimeout',
  'headersTimeout',
] as const satisfies readonly ServerOptionName[]

/** Options of `toNodeHandler`: those of a server that are not about its sockets. */
export interface NodeHandlerOptions extends Omit<ServerOptions, (typeof OWNERS)[number]> {
  /**
   * Path below which `upgrade` takes WebSocket handshakes, as no router sees them: `/live`. It becomes
   * their `root_path`; others are left to the server's other listeners. Default: all of them.
   */
  readonly upgradePath?: string | undefined
}

/** Called when a request is not this application's, or cannot be. */
export type Next = (error?: unknown) => void

// Said without Node's types, which an application need not have installed.

/** An `IncomingMessage` of node:http. */
export interface NodeRequest {
  readonly httpVersion: string
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** A `ServerResponse` of node:http. */
export interface NodeResponse {
  readonly headersSent: boolean
  readonly statusCode: number
}

/** The `Duplex` of an upgrade. */
export interface NodeSocket {
  readonly destroyed: boolean
}

/** A PAGI application as a request listener of node:http, Connect or Express. */
export interface NodeHandler {
  /**
   * Answers a request. Below a mount point of Connect or Express, that is the scope's `root_path`. A
   * scope type the application does not serve goes to `next`; without a `next` it is answered 500.
   * @throws TypeError when they are not those of an HTTP/1 server of node:http or node:https
   */
  (req: NodeRequest, res: NodeResponse, next?: Next): void
  /** Answers an upgrade, for `server.on('upgrade', handler.upgrade)`; it needs no `this`. */
  readonly upgrade: (req: NodeRequest, socket: NodeSocket, head: Uint8Array) => void
  /**
   * Runs `lifespan.startup`; requests wait for it once it was called. An application that needs no
   * lifespan is served without. The same promise each time.
   * @throws LifespanError when the application refused or did not answer (LIFE-11, LIFE-13)
   */
  readonly startup: () => Promise<void>
  /**
   * Ends event streams and WebSockets, lets requests in flight finish within `shutdownTimeout`, then
   * runs `lifespan.shutdown`. Requests that come later are answered 503. The owner closes the server,
   * before or after. The same promise each time.
   * @throws LifespanError `ERR_PAGI_SHUTDOWN_FAILED` when the application's shutdown failed (LIFE-26)
   */
  readonly shutdown: () => Promise<void>
  /** What it is doing and has done so far. */
  readonly stats: () => ServerStats
  /** Opens the file of `accessLog` anew, after it was renamed. */
  readonly reopenAccessLog: () => Promise<void>
}

/**
 * Makes a PAGI application a handler for a server of node:http or node:https, Connect or Express.
 *
 * @param app the application
 * @param options those of `createServer` that are not about sockets, and `upgradePath`
 * @throws TypeError when the application is no function; OptionError when an option is unknown,
 *   belongs to the owner of the server, or its value is not acceptable
 */
export const toNodeHandler = (app: Application, options: NodeHandlerOptions = {}): NodeHandler => {
  const guest = new Guest(app, options)
  const handler = (req: NodeRequest, res: NodeResponse, next?: Next): void => {
    if (!(req instanceof IncomingMessage) || !(res instanceof ServerResponse))
      throw new TypeError(`${NEEDS_NODE}, got a request of HTTP/${req.httpVersion}`)
    guest.request(req, res, next)
  }
  return Object.assign(handler, {
    upgrade: (req: NodeRequest, socket: NodeSocket, head: Uint8Array) => {
      if (!(req instanceof IncomingMessage) || !(socket instanceof Duplex))
        throw new TypeError(`${NEEDS_NODE}, got an upgrade of HTTP/${req.httpVersion}`)
      guest.upgrade(req, socket, Buffer.from(head.buffer, head.byteOffset, head.byteLength))
    },
    startup: () => guest.startup(),
    shutdown: () => guest.shutdown(),
    stats: () => guest.stats(),
    reopenAccessLog: () => guest.reopenAccessLog(),
  })
}

const NEEDS_NODE = 'a PAGI application can be called by HTTP/1 servers of node:http and node:https'

class Guest {
  readonly #service: Service
  readonly #upgradePath: string
  readonly #connections = new WeakMap<Socket, Http1Connection>()
  #starting: Promise<void> | undefined
  /** Settles with the startup, whatever came of it. Undefined: nobody has to wait. */
  #waiting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #stopped = false

  constructor(app: Application, { upgradePath, ...options }: NodeHandlerOptions) {
    for (const name of OWNERS)
      if (Reflect.get(options, name) !== undefined)
        throw new OptionError(name, `${name} belongs to the server that calls the handler`)
    this.#service = new Service(app, options, () => ({
      draining: () => false,
      stopped: () => this.#stopped,
      maxRequests: Number.POSITIVE_INFINITY,
    }))
    this.#upgradePath = readUpgradePath(upgradePath)
  }

  request(req: IncomingMessage, res: ServerResponse, next: Next | undefined): void {
    const fault = unfit(req)
    if (fault !== undefined) return this.#fail(res, next, fault)
    const expects = expectsContinue(req, res)
    const mount = mountOf(req, next)
    this.#whenReady(() => this.#connection(req.socket).request(req, res, expects, mount))
  }

  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!(req.socket instanceof Socket)) {
      socket.destroy(new TypeError('an upgrade is answered over a socket of node:net or node:tls'))
      return
    }
    if (socket !== req.socket) tolerateErrors(socket)
    const mount = upgradeBelow(this.#upgradePath, req)
    if (mount === 'elsewhere') {
      // Somebody has to answer it.
      if ((ownerOf(req.socket)?.listenerCount('upgrade') ?? 0) <= 1)
        this.#connection(req.socket).fault(404, 'no WebSocket below this path', req)
      return
    }
    this.#whenReady(() => this.#connection(req.socket).upgrade(req, socket, head, mount))
  }

  startup(): Promise<void> {
    if (this.#starting === undefined) {
      this.#starting = this.#service.start()
      this.#waiting = this.#started(this.#starting)
    }
    return this.#starting
  }

  async #started(starting: Promise<void>): Promise<void> {
    try {
      await starting
    } catch {
      this.#stopped = true // `startup` says why
    }
    this.#waiting = undefined
  }

  shutdown(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#stopped = true
    await this.#waiting
    await this.#service.drain()
    try {
      if (this.#starting !== undefined) await this.#service.stop()
    } finally {
      await this.#service.release()
    }
  }

  stats(): ServerStats {
    return this.#service.stats()
  }

  reopenAccessLog(): Promise<void> {
    return this.#service.reopenAccessLog()
  }

  #whenReady(serve: () => void): void {
    if (this.#waiting === undefined) serve()
    else void this.#waiting.then(serve)
  }

  #connection(socket: Socket): Http1Connection {
    let connection = this.#connections.get(socket)
    if (connection === undefined) {
      const owner = ownerOf(socket)
      connection = new Http1Connection(
        {
          socketPath: unixPath(owner),
          parse: (again) =>
            void owner?.emit(isSecure(again) ? 'secureConnection' : 'connection', again),
        },
        socket,
        this.#service.dispatcher,
      )
      this.#connections.set(socket, connection)
    }
    return connection
  }

  #fail(res: ServerResponse, next: Next | undefined, error: Error): void {
    if (next !== undefined) return next(error)
    this.#service.log.error(error.message)
    res.statusCode = 500
    res.end()
  }
}

/** What the owner has done with the request so that no scope can be made of it. */
const unfit = (req: IncomingMessage): Error | undefined => {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = req.headers
  if (req.readableDidRead && (coding !== undefined || Number(length) > 0))
    return new Error(
      `the body of ${req.method} ${req.url} was read before the PAGI application was called: mount it in front of body parsers`,
    )
  return undefined
}

/** Whether the client still waits for `100 Continue`, or node:http has sent it already. */
const expectsContinue = (req: IncomingMessage, res: ServerResponse): boolean =>
  /^100-continue$/i.test(req.headers.expect ?? '') && Reflect.get(res, '_sent100') === false

/** What Connect and Express have removed from the front of `req.url` is the mount point (T-PATH). */
const mountOf = (req: IncomingMessage, next: Next | undefined): Mount => {
  const below = req.url ?? '/'
  const original: unknown = Reflect.get(req, 'originalUrl')
  const target = typeof original === 'string' ? original : below
  return {
    target,
    below,
    rootPath: removedFrom(pathOf(target), pathOf(below)),
    declined: next === undefined ? undefined : () => next(),
  }
}

const pathOf = (target: string): string => target.split('?', 1)[0] ?? ''

/** The decoded front of `whole` that `rest` lacks. A router makes the rest of `/live` a `/`. */
const removedFrom = (whole: string, rest: string): string => {
  if (whole === rest || !whole.startsWith('/')) return ''
  const front = whole.endsWith(rest) ? whole.slice(0, -rest.length) : rest === '/' ? whole : ''
  if (front === '') return ''
  const parsed = parseTarget(front, 'GET', '')
  return parsed.ok ? parsed.path : ''
}

const readUpgradePath = (path: string | undefined): string => {
  if (path === undefined || path === '/') return ''
  if (!/^(?:\/[^/?#]+)+$/.test(path))
    throw new OptionError(
      'upgradePath',
      `upgradePath must be a path such as "/live", got ${JSON.stringify(path)}`,
    )
  return path
}

const upgradeBelow = (path: string, req: IncomingMessage): Mount | 'elsewhere' => {
  const target = req.url ?? '/'
  if (path === '') return { target, below: target, rootPath: '', declined: undefined }
  const rest = target.slice(path.length)
  if (!target.startsWith(path) || !/^(?:[/?]|$)/.test(rest)) return 'elsewhere'
  const below = rest.startsWith('/') ? rest : `/${rest}`
  return { target, below, rootPath: removedFrom(path, '/'), declined: undefined }
}

/** The server a socket came from, as node:http and node:https note it. */
const ownerOf = (socket: Socket): EventEmitter | undefined => {
  const server: unknown = Reflect.get(socket, 'server')
  return server instanceof EventEmitter ? server : undefined
}

const unixPath = (server: EventEmitter | undefined): string | undefined => {
  const address: unknown =
    server !== undefined && 'address' in server && typeof server.address === 'function'
      ? server.address()
      : undefined
  return typeof address === 'string' ? address : undefined
}
