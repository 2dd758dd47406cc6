import type { IncomingMessage } from 'node:http'
import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

// HTTP-99 where node:http has read the body of an upgrade by itself, as it does from Node 25 on: the
// request is whole, but node gives it no response, and what follows it is not parsed any more. What is
// wrong with the chunks of such a body node does not tell: it never ends, until the body timeout.

const READS_UPGRADE_BODIES = Number(process.versions.node.split('.')[0]) >= 25

/**
 * A stream that node has put in front of the socket fails with it, and an error nobody listens for ends
 * the process. The socket's own listener has reported it.
 */
export const tolerateErrors = (behind: Duplex): void => {
  behind.on('error', () => {})
}

/** Whether node:http reads the body of this upgrade request into the request itself. */
export const readsBodyOf = ({ headers }: IncomingMessage): boolean =>
  READS_UPGRADE_BODIES &&
  (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0')

/**
 * The response to such a request.
 * @param behind where node hands out what follows the body: the socket, or a stream in front of it
 * while the body is still coming
 * @param goOn called when both are over: the bytes that follow are in the socket again
 */
export const answerUpgrade = (
  req: IncomingMessage,
  behind: Duplex,
  head: Buffer,
  goOn: () => void,
): ServerResponse => {
  const { socket } = req
  const res = new ServerResponse(req)
  res.shouldKeepAlive = !/\bclose\b/i.test(req.headers.connection ?? '')
  res.assignSocket(socket)
  const held = [head]
  const hold = (chunk: Buffer): void => void held.push(chunk)
  // A socket nobody reads reports no end. A stream in front of it reads by itself.
  if (behind === socket) socket.on('data', hold)
  res.once('finish', () => {
    res.detachSocket(socket)
    if (!res.shouldKeepAlive) return socket.destroySoon()
    whenRead(req, () => {
      if (behind !== socket) held.push(...takenFrom(behind, socket))
      socket.off('data', hold)
      for (const chunk of held.toReversed()) if (chunk.byteLength > 0) socket.unshift(chunk)
      goOn()
    })
  })
  return res
}

const whenRead = (req: IncomingMessage, then: () => void): void => {
  if (req.readableEnded) then()
  else req.once('end', then)
}

/** Takes the socket back from the stream in front of it. */
const takenFrom = (behind: Duplex, socket: Socket): Buffer[] => {
  socket.removeAllListeners('data')
  const taken: Buffer[] = []
  for (;;) {
    const chunk: unknown = behind.read()
    if (!Buffer.isBuffer(chunk)) return taken
    taken.push(chunk)
  }
}
