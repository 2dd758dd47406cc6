import { createServer as createHttpServer } from './node/listener.ts'
import type { Listener } from './node/listener.ts'
import { LifespanRun, runTimeouts } from '@pagi/core'
import type { Log, RunSettings, RunTimeouts } from '@pagi/core'
import type { Application } from '@pagi/spec'
import { underLint } from './development.ts'
import { leveledLog } from './log.ts'
import { attentiveClock, systemClock } from './node/clock.ts'
import { openNodeSource } from './node/file.ts'
import { Dispatcher } from './node/dispatch.ts'
import { resolveOptions } from './options.ts'
import type { ResolvedOptions, ServerOptions } from './options.ts'

// The life of one server (LIFE-22): lifespan.startup, listen, serve, drain, lifespan.shutdown.

/** An address a server listens on. */
export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/** A server made by `createServer`; nothing of it is installed process-wide. */
export interface Server extends AsyncDisposable {
  /**
   * Runs `lifespan.startup`, then binds. Resolves with the server itself once it accepts connections.
   * @throws LifespanError when the application refused or did not answer (LIFE-11, LIFE-13); the
   * system's error (`EADDRINUSE`, ...) when the address cannot be bound
   */
  listen(): Promise<Server>
  /**
   * Stops: no new connections, event streams and WebSockets are ended, requests in flight may finish
   * within `shutdownTimeout`, then the application gets `lifespan.shutdown`. The same promise each time.
   * @throws LifespanError `ERR_PAGI_SHUTDOWN_FAILED` when the application's shutdown failed (LIFE-26);
   * the server is closed all the same
   */
  close(): Promise<void>
  /** Ends every connection at once; a `close` that is under way does not wait any longer. */
  terminate(): void
  /** Where it can be reached, such as `http://127.0.0.1:5000`; `''` while it does not listen. */
  readonly url: string
  /** What it listens on; empty while it does not. */
  addresses(): readonly ServerAddress[]
}

/** How long closing sockets may take once everything else has ended. */
const SOCKET_GRACE = 500

/**
 * Makes a server for an application without starting it.
 * @throws OptionError when an option is unknown or its value is not acceptable
 */
export const createServer = (app: Application, options: ServerOptions = {}): Server => {
  if (typeof app !== 'function')
    throw new TypeError(`an application is a function (scope, receive, send), got ${typeof app}`)
  const resolved = resolveOptions(options)
  const log = leveledLog(options.logger ?? console, resolved.logLevel)
  const served = resolved.lint && resolved.env === 'development' ? underLint(app, log) : app
  return new NodeServer(served, resolved, log)
}

/**
 * Makes a server and starts it: `createServer`, then `listen`.
 * @throws whatever those throw
 */
export const serve = async (app: Application, options: ServerOptions = {}): Promise<Server> =>
  createServer(app, options).listen()

class NodeServer implements Server {
  readonly #app: Application
  readonly #options: ResolvedOptions
  readonly #log: Log
  readonly #lifespan: LifespanRun
  readonly #dispatcher: Dispatcher
  readonly #listener: Listener
  readonly #timeouts: RunTimeouts
  #draining = false
  #listening: Promise<Server> | undefined
  #closing: Promise<void> | undefined
  #terminate: () => void = () => {}
  readonly #terminated: Promise<void>

  constructor(app: Application, options: ResolvedOptions, log: Log) {
    this.#app = app
    this.#options = options
    this.#log = log
    this.#terminated = new Promise((resolve) => {
      this.#terminate = resolve
    })
    this.#lifespan = new LifespanRun({
      log,
      clock: attentiveClock,
      mode: options.lifespan,
      startupTimeout: options.startupTimeout,
    })
    this.#timeouts = runTimeouts(systemClock, {
      body: options.bodyTimeout,
      write: options.writeTimeout,
      webSocketIdle: options.wsIdleTimeout,
      sseIdle: options.sseIdleTimeout,
    })
    this.#dispatcher = new Dispatcher({
      app,
      settings: runSettings(options, log, this.#timeouts),
      base: { rootPath: options.rootPath, extensions: Object.freeze({ fullflush: {} }) },
      state: () => ({ ...this.#lifespan.state }), // LIFE-19
      maxPayload: options.wsMaxPayload,
      headLimits: {
        maxTargetSize: options.maxUrlSize,
        maxHeaderSize: options.maxHeaderSize,
        maxHeaderCount: orNone(options.maxHeaderCount),
      },
      maxRequests: orNone(options.maxRequestsPerConnection),
      draining: () => this.#draining,
      socketPath: undefined,
    })
    this.#listener = createHttpServer(this.#dispatcher, options)
  }

  listen(): Promise<Server> {
    this.#listening ??= this.#start()
    return this.#listening
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  terminate(): void {
    this.#draining = true
    this.#terminate()
    for (const scope of this.#dispatcher.scopes.keys()) scope.shutdown('force')
    this.#listener.destroy()
  }

  addresses(): readonly ServerAddress[] {
    const { address } = this.#listener
    return address === undefined ? [] : [address]
  }

  get url(): string {
    const [address] = this.addresses()
    if (address === undefined) return ''
    const { host, port } = address
    const name = WILDCARDS[host] ?? host
    return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
  }

  async #start(): Promise<Server> {
    if (this.#closing !== undefined) throw new Error('the server was closed before it could listen')
    await this.#lifespan.start(this.#app) // LIFE-05
    try {
      await this.#listener.listen(this.#options)
    } catch (error) {
      await this.#lifespan.stop(this.#options.shutdownTimeout).catch((failure: unknown) => {
        this.#log.error('lifespan: shutdown failed', failure)
      })
      throw error
    }
    return this
  }

  async #stop(): Promise<void> {
    this.#draining = true
    if (this.#listening === undefined) return
    try {
      await this.#listening
    } catch {
      return // it never served, and `listen` has said why
    }
    const { shutdownTimeout } = this.#options
    const closed = this.#listener.close()
    const { scopes } = this.#dispatcher
    for (const scope of scopes.keys()) scope.shutdown('begin') // LIFE-23
    await this.#within(shutdownTimeout, this.#quiet())
    for (const scope of scopes.keys()) scope.shutdown('force') // LIFE-24
    await new Promise(setImmediate) // what is notified in this turn is notified before the end (CONN-46)
    try {
      await this.#lifespan.stop(shutdownTimeout) // LIFE-25
    } finally {
      await this.#within(SOCKET_GRACE, closed)
      this.#listener.destroy()
      await closed
      for (const timeout of Object.values(this.#timeouts)) timeout.close()
    }
  }

  /** No application call is left, those that begin meanwhile included. */
  async #quiet(): Promise<void> {
    const { scopes } = this.#dispatcher
    while (scopes.size > 0) await Promise.all(scopes.values())
  }

  /** Waits, but no longer than so many milliseconds, nor beyond a `terminate`. */
  async #within(milliseconds: number, work: Promise<void>): Promise<void> {
    let expire: () => void = () => {}
    const expired = new Promise<void>((resolve) => {
      expire = resolve
    })
    const timer = setTimeout(expire, milliseconds)
    await Promise.race([work, expired, this.#terminated])
    clearTimeout(timer)
  }
}

const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

const orNone = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit)

const runSettings = (options: ResolvedOptions, log: Log, timeouts: RunTimeouts): RunSettings => ({
  log,
  clock: systemClock,
  open: openNodeSource,
  marks: { high: options.writeHighWatermark, low: options.writeLowWatermark },
  receiveLimit: options.receiveLimit,
  maxBodySize: orNone(options.maxBodySize),
  closeTimeout: options.closeTimeout,
  timeouts,
  maxReceiveQueue: orNone(options.wsMaxQueue),
  fullflush: true,
  development: options.env === 'development',
})
