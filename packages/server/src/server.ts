import { Listeners } from './node/listeners.ts'
import type { ServerAddress } from './node/listener.ts'
import type { Application } from '@pagi/spec'
import type { ServerOptions } from './options.ts'
import { Service, orNone } from './service.ts'
import { urlOf } from './url.ts'
import type { ServerStats } from './stats.ts'

// The life of one server (LIFE-22): lifespan.startup, listen, serve, drain, lifespan.shutdown.

/** A server made by `createServer`; nothing of it is installed process-wide. */
export interface Server extends AsyncDisposable {
  /**
   * Runs `lifespan.startup`, then binds. Resolves with the server itself once it accepts connections.
   * @throws LifespanError when the application refused or did not answer (LIFE-11, LIFE-13); the
   * system's error, or one with its code (`EADDRINUSE`, ...), when an address cannot be bound: then
   * none is
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
  /**
   * Where it can be reached, such as `http://127.0.0.1:5000`: its first address with a port, else
   * `unix:` and a path. `''` while it does not listen.
   */
  readonly url: string
  /** What it listens on, in the order of the options; empty while it does not. */
  addresses(): readonly ServerAddress[]
  /** What it is doing and has done so far. */
  stats(): ServerStats
  /**
   * Opens the file of `accessLog` anew, after it was renamed: what happened before is in the old one,
   * whole. Without such a file it does nothing.
   */
  reopenAccessLog(): Promise<void>
}

/** How long closing sockets may take once everything else has ended. */
const SOCKET_GRACE = 500

/**
 * Makes a server for an application without starting it.
 * @throws TypeError when the application is no function; OptionError when an option is unknown or its
 * value is not acceptable
 */
export const createServer = (app: Application, options: ServerOptions = {}): Server =>
  new NodeServer(app, options)

/**
 * Makes a server and starts it: `createServer`, then `listen`.
 * @throws whatever those throw
 */
export const serve = async (app: Application, options: ServerOptions = {}): Promise<Server> =>
  createServer(app, options).listen()

class NodeServer implements Server {
  readonly #service: Service
  readonly #listeners: Listeners
  #draining = false
  #listening: Promise<Server> | undefined
  #closing: Promise<void> | undefined

  constructor(app: Application, options: ServerOptions) {
    this.#service = new Service(app, options, ({ maxRequestsPerConnection }) => ({
      draining: () => this.#draining,
      stopped: () => false,
      maxRequests: orNone(maxRequestsPerConnection),
    }))
    this.#listeners = new Listeners(this.#service.dispatcher, this.#service.options)
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
    this.#service.terminate()
    this.#listeners.destroy()
  }

  addresses(): readonly ServerAddress[] {
    return this.#listeners.addresses
  }

  stats(): ServerStats {
    return this.#service.stats()
  }

  reopenAccessLog(): Promise<void> {
    return this.#service.reopenAccessLog()
  }

  get url(): string {
    const urls = this.addresses().map(urlOf)
    return urls.find((url) => url.startsWith('http:')) ?? urls[0] ?? ''
  }

  async #start(): Promise<Server> {
    if (this.#closing !== undefined) throw new Error('the server was closed before it could listen')
    await this.#service.start()
    try {
      await this.#listeners.listen()
    } catch (error) {
      await this.#service.stop().catch((failure: unknown) => {
        this.#service.log.error('lifespan: shutdown failed', failure)
      })
      await this.#service.release()
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
    const closed = this.#listeners.close()
    await everythingRead()
    this.#listeners.closeIdle()
    await this.#service.drain()
    try {
      await this.#service.stop()
    } finally {
      await this.#service.within(SOCKET_GRACE, closed)
      this.#listeners.destroy()
      await closed
      await this.#service.release()
    }
  }
}

/**
 * The event loop has gone round once: a request that the system had received is now in flight. Without
 * that, one on a new connection would be lost, which no client expects and few send again.
 */
const everythingRead = async (): Promise<void> => {
  await nextCheck()
  await nextCheck()
}

const nextCheck = (): Promise<unknown> => new Promise(setImmediate)
