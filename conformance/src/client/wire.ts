/** One TCP connection to the server, read only as fast as the case asks. */

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Watch } from '../watch.ts'
import { ByteQueue } from './byte-queue.ts'

export type Ended = 'fin' | 'reset'

/** Most bytes taken on one connection: a server that floods is cut off. */
const FLOOD = 96 * 1024 * 1024

export class Wire {
  ended: Ended | undefined
  /** Why no connection could be made. */
  refused: string | undefined
  connected = false
  /** Bytes written so far, for the transcript. */
  trace: (direction: 'out' | 'in', bytes: Buffer) => void = () => {}
  /** Whether its half stays open when the server has ended its own; a usual client closes then. */
  keepsOpen = false
  /** Says so when the server sent more than the suite keeps. */
  flooded: string | undefined
  readonly #socket: Socket
  /** What has come and no step has read. */
  readonly unread = new ByteQueue()
  #received = 0
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
      this.unread.push(bytes)
      this.#received += bytes.length
      if (this.#received > FLOOD) {
        this.flooded = `the server sent more than ${FLOOD / 1024 / 1024} MiB on one connection`
        socket.destroy()
      }
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
