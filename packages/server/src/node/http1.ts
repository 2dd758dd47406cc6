import type { Buffer } from 'node:buffer'
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Admission } from './admission.ts'
import { Http1Connection } from './http1-connection.ts'
import { tolerateErrors } from './ignored-upgrade.ts'
import type { Owner, ParseError } from './http1-connection.ts'
import type { Dispatcher } from './dispatch.ts'

/**
 * Wires a node:http server to the dispatcher: one connection object per socket owns every fact about
 * it. Returns the live connections.
 */
export const attachHttp1 = (
  server: HttpServer,
  dispatcher: Dispatcher,
  admission: Admission,
  socketPath: string | undefined,
): ReadonlySet<Http1Connection> => {
  const connections = new Map<Socket, Http1Connection>()
  const live = new Set<Http1Connection>()
  const owner: Owner = {
    socketPath,
    parse: (socket) => void server.emit('connection', socket),
  }
  const of = (socket: Socket): Http1Connection => {
    let connection = connections.get(socket)
    if (connection === undefined) {
      connection = new Http1Connection(owner, socket, dispatcher)
      connections.set(socket, connection)
      live.add(connection)
      const made = connection
      socket.once('close', () => {
        connections.delete(socket)
        live.delete(made)
      })
    }
    return connection
  }
  const request = (expectsContinue: boolean) => (req: IncomingMessage, res: ServerResponse) => {
    of(req.socket).request(req, res, expectsContinue)
  }
  /** T-STATUS 503. node:http would drop the socket without a word. */
  const admit = (socket: Socket): void => {
    if (connections.has(socket)) return // given back by an exchange that has taken it
    const connection = of(socket)
    if (!admission.admit(socket)) connection.fault(503, 'too many connections')
  }
  server.on('connection', admit)
  server.on('request', request(false))
  server.on('checkContinue', request(true))
  server.on('checkExpectation', request(false)) // any other expectation is ignored (RFC 9110 10.1.1)
  server.on('upgrade', (req: IncomingMessage, behind: Duplex, head: Buffer) => {
    of(req.socket).upgrade(req, behind, head)
  })
  server.on('connect', (req: IncomingMessage, behind: Duplex) => {
    if (behind !== req.socket) tolerateErrors(behind)
    of(req.socket).fault(501, 'CONNECT is not supported', req)
  })
  server.on('clientError', (error: ParseError, socket: unknown) => {
    if (socket instanceof Socket) of(socket).clientError(error)
  })
  return live
}
