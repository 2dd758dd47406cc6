import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { onTestFinished } from 'vitest'
import type { Next } from '../../src/index.ts'
import { connectTo } from './raw-client.ts'
import type { RawClient } from './raw-client.ts'
import { readResponse } from './response.ts'
import type { WireResponse } from './response.ts'

export interface Host {
  readonly server: Server
  readonly connect: () => Promise<RawClient>
  readonly ask: (request: string) => Promise<WireResponse>
}

/** Somebody else's server, on a free port of loopback until the test is over. */
export const host = async (listener: RequestListener): Promise<Host> => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the host does not listen')
  const { port } = address
  return {
    server,
    connect: () => connectTo(port),
    ask: async (request) => {
      const client = await connectTo(port)
      client.write(request)
      return readResponse(client)
    },
  }
}

/** What Connect and Express do at a mount point, for the length of a call. */
export const below = (
  mount: string,
  req: IncomingMessage & { originalUrl?: string },
  next: Next,
  call: (next: Next) => void,
): void => {
  const url = req.url ?? '/'
  req.originalUrl ??= url
  const rest = url.slice(mount.length)
  req.url = rest.startsWith('/') ? rest : `/${rest}`
  call((error) => {
    req.url = url
    next(error)
  })
}
