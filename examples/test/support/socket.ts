import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

/** How a WebSocket ended. */
export interface Closing {
  readonly code: number
  readonly reason: string
}

/** A WebSocket whose messages wait until they are asked for. */
export class Socket {
  readonly #socket: WebSocket
  readonly #messages: (string | Buffer)[] = []
  readonly #waiting: ((message: string | Buffer) => void)[] = []
  readonly closed: Promise<Closing>

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data, isBinary) => {
      if (!Buffer.isBuffer(data)) throw new Error('ws gives a Buffer, unless told otherwise')
      const message = isBinary ? data : data.toString()
      const next = this.#waiting.shift()
      if (next === undefined) this.#messages.push(message)
      else next(message)
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  /** Resolves once the handshake is complete; rejects with the status when it is refused. */
  static async open(url: string): Promise<Socket> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'))
    onTestFinished(() => socket.terminate())
    const made = new Socket(socket)
    await once(socket, 'open')
    return made
  }

  send(message: string | Uint8Array): void {
    this.#socket.send(message)
  }

  next(): Promise<string | Buffer> {
    const message = this.#messages.shift()
    if (message !== undefined) return Promise.resolve(message)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
