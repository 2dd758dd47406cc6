import { createServer as createHttp } from 'node:http'
import type { Server as HttpServer } from 'node:http'
import type { ListenAddress } from '../options/listen-address.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Admission } from './admission.ts'
import type { Dispatcher } from './dispatch.ts'
import { attachHttp1 } from './http1.ts'
import type { Http1Connection } from './http1-connection.ts'
import { ListenError } from './listen-error.ts'

// One address that is listened on, and its connections.

/** An address a server listens on: a port, or a path. */
export type ServerAddress = PortAddress | PathAddress

export interface PortAddress {
  /** An IP address. */
  readonly host: string
  readonly port: number
  readonly path?: undefined
}

/** A Unix socket, or a named pipe of Windows. */
export interface PathAddress {
  /** Undefined where it was inherited and the system does not tell. */
  readonly path: string | undefined
  readonly host?: undefined
  readonly port?: undefined
}

/** `systemd` stands for several. */
export type SingleAddress = Exclude<ListenAddress, { kind: 'systemd' }>

export class Listener {
  readonly #options: ResolvedOptions
  readonly #where: SingleAddress
  readonly #server: HttpServer
  readonly #connections: ReadonlySet<Http1Connection>
  #address: ServerAddress | undefined
  #removeFile: () => void = () => {}

  private constructor(
    where: SingleAddress,
    path: string | undefined,
    dispatcher: Dispatcher,
    options: ResolvedOptions,
    admission: Admission,
  ) {
    this.#options = options
    this.#where = where
    this.#server = createHttp({
      keepAliveTimeout: options.keepAliveTimeout,
      headersTimeout: options.headersTimeout,
      requestTimeout: 0, // it would run while the application works, or leaves a body unread (HTTP-97)
      connectionsCheckingInterval: checkingInterval(options),
      // Target and fields together: either one alone is judged when the head is whole.
      maxHeaderSize: Math.min(options.maxUrlSize + options.maxHeaderSize + 1, 2 ** 31 - 1),
      requireHostHeader: false, // T-STATUS is core's to apply
    })
    this.#server.maxHeadersCount = 0 // node cuts the list silently; core counts it
    this.#connections = attachHttp1(this.#server, dispatcher, admission, path)
  }

  /**
   * Binds.
   *
   * @throws ListenError, or the system's error
   */
  static async open(
    where: SingleAddress,
    dispatcher: Dispatcher,
    options: ResolvedOptions,
    admission: Admission,
  ): Promise<Listener> {
    const path = await pathOf(where)
    const listener = new Listener(where, path, dispatcher, options, admission)
    try {
      await listener.#bind()
    } catch (error) {
      await listener.close()
      throw error
    }
    listener.#address = listener.#bound(path)
    return listener
  }

  /** What it is bound to; undefined once it is closed. */
  get address(): ServerAddress | undefined {
    return this.#server.listening ? this.#address : undefined
  }

  /** Stops accepting; resolves once the last connection is gone. */
  close(): Promise<void> {
    this.#removeFile()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  /** Closes the connections on which nothing is being answered. */
  closeIdle(): void {
    for (const connection of this.#connections) connection.closeIfIdle()
  }

  /** Destroys every connection that is left. */
  destroy(): void {
    for (const { socket } of this.#connections) socket.destroy()
  }

  async #bind(): Promise<void> {
    const { backlog, ipv6Only, socketMode } = this.#options
    const where = this.#where
    switch (where.kind) {
      case 'unix': {
        const { listenAtPath } = await import('./unix-socket.ts')
        const { path } = where
        this.#removeFile = await listenAtPath(this.#server, { path, mode: socketMode, backlog })
        return
      }
      case 'tcp': {
        const { host, port } = where
        await this.#listen({ host, port, backlog, ipv6Only })
        return
      }
      case 'fd':
        try {
          await this.#listen({ fd: where.fd, backlog })
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error)
          throw new ListenError(where, 'EBADF', `it is no socket to listen on (${reason})`, {
            cause: error,
          })
        }
    }
  }

  async #listen(options: Parameters<HttpServer['listen']>[0]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(options, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  #bound(path: string | undefined): ServerAddress {
    const found = this.#server.address()
    return found !== null && typeof found === 'object'
      ? { host: found.address, port: found.port }
      : { path }
  }
}

async function pathOf(where: SingleAddress): Promise<string | undefined> {
  if (where.kind === 'unix') return where.path
  if (where.kind === 'tcp') return undefined
  const { pathOfDescriptor } = await import('./inherited.ts')
  return pathOfDescriptor(where.fd)
}

/** node:http looks for overdue heads every 30 s, too seldom for a shorter timeout. */
const checkingInterval = ({ headersTimeout }: ResolvedOptions): number =>
  Math.min(30_000, headersTimeout || Infinity)
