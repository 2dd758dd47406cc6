import { createServer as createHttp } from 'node:http'
import type { ResolvedOptions } from '../options.ts'
import type { Dispatcher } from './dispatch.ts'
import { attachHttp1 } from './http1.ts'

/** A bound server: what the lifecycle needs of node:http. */
export interface Listener {
  /** The address it is bound to, `undefined` while it is not. */
  readonly address: { readonly host: string; readonly port: number } | undefined
  /** Binds. Rejects with the system's error. */
  listen(where: {
    readonly host: string
    readonly port: number
    readonly backlog: number
  }): Promise<void>
  /** Stops accepting; resolves once the last connection is gone. */
  close(): Promise<void>
  /** Closes the connections on which nothing is being answered. */
  closeIdle(): void
  /** Destroys every connection that is left. */
  destroy(): void
}

export const createServer = (dispatcher: Dispatcher, options: ResolvedOptions): Listener => {
  const server = createHttp({
    keepAliveTimeout: options.keepAliveTimeout,
    headersTimeout: options.headersTimeout,
    requestTimeout: 0, // it would run while the application works, or leaves a body unread (HTTP-97)
    connectionsCheckingInterval: checkingInterval(options),
    // Target and fields together: either one alone is judged when the head is whole.
    maxHeaderSize: Math.min(options.maxUrlSize + options.maxHeaderSize + 1, 2 ** 31 - 1),
    requireHostHeader: false, // T-STATUS is core's to apply
  })
  server.maxHeadersCount = 0 // node cuts the list silently; core counts it
  const connections = attachHttp1(server, dispatcher, options.maxConnections || Infinity)
  return {
    get address() {
      const bound = server.address()
      if (bound === null || typeof bound === 'string') return undefined
      return { host: bound.address, port: bound.port }
    },
    listen: ({ host, port, backlog }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port, backlog }, () => {
          server.off('error', reject)
          resolve()
        })
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
      }),
    closeIdle: () => {
      for (const connection of connections) connection.closeIfIdle()
    },
    destroy: () => {
      for (const { socket } of connections) socket.destroy()
    },
  }
}

/** node:http looks for overdue heads every 30 s, too seldom for a shorter timeout. */
const checkingInterval = ({ headersTimeout }: ResolvedOptions): number =>
  Math.min(30_000, headersTimeout || Infinity)
