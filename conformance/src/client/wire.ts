/** One TCP connection to the server, read only as fast as the case asks. */

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Watch } from '../watch.ts'

export type Ended = 'fin' | 'reset'

/** Most bytes kept unread: a server that floods is cut off. */
const FLOOD = 256 * 1024 * 1024

export class Wire {
  /** What has come and no step has read. */
  unread: Buffer = Buffer.alloc(0)
  ended: Ended | undefined
  /** Why no connection could be made. */
  refused: string | undefined
  connected = false
  /** Bytes written so far, for the transcript. */
  trace: (direction: 'out' | 'in', bytes: Buffer) => void = () => {}
  /** Whether its half stays open when the server has ended its own; a usual client closes then. */
  keepsOpen = false
  /** Set when the server sent more than the suite keeps. */
  flooded = false
  readonly #socket: Socket
  readonly #pieces: Buffer[] = []
  localPort: number | undefined

  constructor(host: string, port: number, watch: Watch) {
    const socket = connect({ host, port, allowHalfOpen: true })
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('connect', () => {
      this.connected = true
      this.localPort = socket.localPort
      watch.notify()
    })
    socket.on('data', (bytes) => {
      this.trace('in', bytes)
      this.#pieces.push(bytes)
      this.#gather()
      watch.notify()
    })
    socket.on('end', () => {
      this.ended ??= 'fin'
      if (!this.keepsOpen) socket.end()
      watch.notify()
    })
    socket.on('error', (error) => {
      if (!this.connected) this.refused = error.message
      this.ended ??= 'reset'
      watch.notify()
    })
    socket.on('close', () => {
      this.ended ??= 'reset'
      watch.notify()
    })
  }

  #gather(): void {
    this.unread = Buffer.concat([this.unread, ...this.#pieces.splice(0)])
    if (this.unread.length <= FLOOD) return
    this.flooded = true
    this.#socket.destroy()
  }

  /** Takes bytes from the front. */
  take(length: number): Buffer {
    const bytes = this.unread.subarray(0, length)
    this.unread = this.unread.subarray(length)
    return bytes
  }

  /** Writes; resolves when the kernel has the bytes, or the connection is gone. */
  async write(bytes: Buffer): Promise<void> {
    this.trace('out', bytes)
    if (this.#socket.destroyed || this.#socket.writableEnded) return
    await new Promise<void>((resolve) => {
      this.#socket.write(bytes, () => resolve())
    })
  }

  /** Writes without waiting until the kernel has taken the bytes. */
  push(bytes: Buffer): void {
    this.trace('out', bytes)
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(bytes)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
