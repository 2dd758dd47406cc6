import type { Socket } from 'node:net'

// How much of its output a peer has taken. What Node's socket says in public moves only when a whole
// write is done, and a write may be megabytes; the handle below it knows of each piece. Node itself asks
// it for the same purpose, in the timeout of a socket.

/** Bytes of a socket's output that the system has taken so far. */
export const takenBytes = (socket: Socket): number => {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (isCounting(handle)) return handle.bytesWritten - handle.writeQueueSize
  return socket.bytesWritten - socket.writableLength
}

interface Counting {
  /** Bytes of all writes that have begun. */
  readonly bytesWritten: number
  /** Bytes of them that still wait. */
  readonly writeQueueSize: number
}

const isCounting = (handle: unknown): handle is Counting =>
  typeof handle === 'object' &&
  handle !== null &&
  typeof Reflect.get(handle, 'bytesWritten') === 'number' &&
  typeof Reflect.get(handle, 'writeQueueSize') === 'number'
