import type { Socket } from 'node:net'
import type { Peers } from '@pagi/core'

/** Whether it is a TLSSocket, without loading TLS for a server that has none. */
export const isSecure = (socket: Socket): boolean =>
  'encrypted' in socket && socket.encrypted === true

/** HTTP-11, HTTP-12: `client` is absent on a Unix socket, whose `server` is `[path, null]`. */
export const peersOf = (socket: Socket, socketPath: string | undefined): Peers => {
  const secure = isSecure(socket)
  if (socketPath !== undefined) return { client: undefined, server: [socketPath, null], secure }
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  return {
    client:
      remoteAddress === undefined || remotePort === undefined
        ? undefined
        : [remoteAddress, remotePort],
    server:
      localAddress === undefined || localPort === undefined ? undefined : [localAddress, localPort],
    secure,
  }
}
