import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { createServer, dispatch } from '../../src/index.ts'
import type { Application, Scope } from '../../src/index.ts'
import { LIMITS } from './row.ts'
import type { Seen } from './row.ts'
import { readBody, respond } from '../support/apps.ts'
import { LogBook } from '../support/start.ts'

// The server the table is tried on: it notes every request an application is called with, and by
// which client, and shows how far it has read from one.

export interface TargetServer {
  readonly port: number
  readonly log: LogBook
  /** What the application saw of the client with this port. */
  seenBy(clientPort: number): readonly Seen[]
  /** Resolves when the server has read so many bytes of this client, or has ended the connection. */
  hasRead(clientPort: number, bytes: number): Promise<void>
  /** Forgets a client. */
  forget(clientPort: number): void
  close(): Promise<void>
}

export const startTarget = async (): Promise<TargetServer> => {
  const seen = new Map<number, Seen[]>()
  const sockets = new Map<number, Socket>()
  const log = new LogBook()
  const server = createServer(noting(seen), {
    ...LIMITS,
    port: 0,
    logger: log,
    shutdownTimeout: 2000,
  })
  await server.listen()
  const port = server.addresses()[0]?.port ?? 0
  const accepted = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('socket' in message)) return
    const { socket } = message
    if (!(socket instanceof Socket)) return
    if (socket.localPort === port && socket.remotePort !== undefined)
      sockets.set(socket.remotePort, socket)
  }
  subscribe('net.server.socket', accepted)
  return {
    port,
    log,
    seenBy: (clientPort) => seen.get(clientPort) ?? [],
    hasRead: async (clientPort, bytes) => {
      for (;;) {
        const socket = sockets.get(clientPort)
        if (socket !== undefined && (socket.destroyed || socket.bytesRead >= bytes)) return
        await new Promise(setImmediate)
      }
    },
    forget: (clientPort) => {
      seen.delete(clientPort)
      sockets.delete(clientPort)
    },
    close: async () => {
      unsubscribe('net.server.socket', accepted)
      server.terminate()
      await server.close()
    },
  }
}

/** Reads the body, says 200, and keeps a note of all it was told. */
const noting = (seen: Map<number, Seen[]>): Application => {
  const begin = (scope: RequestScope): ((what: Partial<Seen>) => void) => {
    const [, port = 0] = scope.client ?? []
    const notes = seen.get(port) ?? []
    seen.set(port, notes)
    let noted: Seen = { ...factsOf(scope), body: '', outcome: 'running' }
    const at = notes.push(noted) - 1
    return (what) => {
      noted = { ...noted, ...what }
      notes[at] = noted
    }
  }
  return dispatch({
    http: async (scope, receive, send) => {
      const note = begin(scope)
      scope['pagi.connection'].onDisconnect((outcome) => note({ outcome }))
      const body = await readBody(receive)
      note({ body: body.toString('latin1'), outcome: 'complete' })
      await respond(send)
    },
    sse: async (scope) => void begin(scope),
    websocket: async (scope) => void begin(scope),
  })
}

type RequestScope = Exclude<Scope, { type: 'lifespan' }>

const factsOf = (scope: RequestScope): Omit<Seen, 'body' | 'outcome'> => ({
  type: scope.type,
  method: 'method' in scope ? scope.method : 'GET',
  path: scope.path,
  query: scope.query_string,
  version: scope.http_version,
  headers: scope.headers.map(([name, value]) => `${name}: ${value}`).join('\n'),
})
