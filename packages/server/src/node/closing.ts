import type { Socket } from 'node:net'
import { WriteWatch } from '@pagi/core'
import type { Timeout } from '@pagi/core'
import { takenBytes } from './socket-progress.ts'

// How a connection closes on which the client may still be sending (RFC 9112, 9.6): a plain close would
// make TCP reset it, and the client may lose the response it was about to read.

/** How long, and for how many bytes, a closing connection still reads what the peer is sending. */
const LINGER = { milliseconds: 2000, bytes: 1024 * 1024 } as const

/** Sends our end, and reads on within bounds until the peer has sent its own. */
export const lingeringClose = (socket: Socket): void => {
  const start = socket.bytesRead
  const timer = setTimeout(() => socket.destroy(), LINGER.milliseconds)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
  socket.on('data', () => {
    if (socket.bytesRead - start > LINGER.bytes) socket.destroy()
  })
  socket.end()
  socket.resume()
}

/**
 * Cuts the connection with a reset, so that the peer does not take what it has for all there is. Where
 * no reset can be sent it is closed: on a pipe, on a TLS stream, and behind a FIN that is on its way,
 * where Node would keep the socket for ever.
 */
export const cut = (socket: Socket): void => {
  const { writableEnded, writableFinished, writableLength } = socket
  if (writableEnded && !writableFinished && writableLength === 0) {
    socket.destroy()
    return
  }
  try {
    socket.resetAndDestroy()
  } catch {
    socket.destroy()
  }
}

/** A connection that closes does so when all is written; a client that takes nothing prevents it. */
export const boundWriting = (socket: Socket, timeout: Timeout): void => {
  if (socket.writableLength === 0) return
  const watch = new WriteWatch(timeout, {
    taken: () => takenBytes(socket),
    stuck: () => cut(socket),
  })
  socket.once('close', () => watch.stop())
  watch.start()
}
