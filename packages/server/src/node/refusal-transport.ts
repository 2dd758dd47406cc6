import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Timeout, WebSocketFacts } from '@pagi/core'
import { Http1Transport } from './http1-transport.ts'

/** The transport of a refused handshake: an ordinary response over the same socket (REF-01, REF-10). */
export const refusalTransport = (
  req: IncomingMessage,
  socket: Socket,
  facts: WebSocketFacts,
  drainTimeout: Timeout,
): Http1Transport => {
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(socket)
  return new Http1Transport(
    req,
    res,
    {
      chunk: () => {},
      bodyEnd: () => {},
      drained: () => facts.drained(),
      finished: () => {
        facts.finished()
        socket.destroySoon()
      },
      lost: (reason, detail) => facts.lost(reason, detail),
    },
    { expectsContinue: false, drainLimit: 0, drainTimeout, closing: () => true },
  )
}
