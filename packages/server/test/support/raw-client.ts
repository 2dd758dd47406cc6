import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** How the server's side of a connection ended: an orderly FIN, or a TCP reset. */
export type Ending = 'fin' | 'rst'

/** A TCP client that sends exactly the bytes it is told to, and waits for bytes and ends, never for time. */
export class RawClient {
  readonly socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #ending: Ending | undefined
  readonly #wakers = new Set<() => void>()

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = this.#bytes.byteLength === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    socket.on('end', () => this.#ended('fin'))
    socket.on('error', () => this.#ended('rst'))
    socket.on('close', () => this.#ended('rst')) // only when neither came before: our own `reset`
  }

  /** Bytes of the server that were not taken yet. */
  get pending(): Buffer {
    return this.#bytes
  }

  get ending(): Ending | undefined {
    return this.#ending
  }

  /** Text goes out one byte per code unit. */
  write(data: string | Uint8Array): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
  }

  /** Sends our FIN and goes on reading. */
  fin(): void {
    this.socket.end()
  }

  /** Closes: a FIN, or a reset where we have not read all we were sent. */
  close(): void {
    this.socket.destroy()
  }

  /** Sends a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Stops reading, so that the server's output backs up. */
  stall(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** Removes so many bytes from the front of what is pending. */
  take(length: number): Buffer {
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return taken
  }

  /** What the probe finds in the pending bytes, asked again after each arrival and once at the end. */
  async find<Found>(probe: (bytes: Buffer, ended: boolean) => Found | undefined): Promise<Found> {
    for (;;) {
      const found = probe(this.#bytes, this.#ending !== undefined)
      if (found !== undefined) return found
      if (this.#ending !== undefined)
        throw new Error(`the connection ended (${this.#ending}) with ${show(this.#bytes)}`)
      await this.#change()
    }
  }

  /** Takes everything up to and including this text. */
  async until(text: string): Promise<string> {
    const end = await this.find((bytes) => {
      const at = bytes.indexOf(text, 0, 'latin1')
      return at < 0 ? undefined : at + text.length
    })
    return this.take(end).toString('latin1')
  }

  /** Waits for the end of the connection; what came before it stays pending. */
  async end(): Promise<Ending> {
    while (this.#ending === undefined) await this.#change()
    return this.#ending
  }

  /** Everything up to the end of the connection, as latin1 text. */
  async rest(): Promise<string> {
    await this.end()
    return this.take(this.#bytes.byteLength).toString('latin1')
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakers.add(resolve)
    })
  }

  #ended(how: Ending): void {
    this.#ending ??= how
    this.#wake()
  }

  #wake(): void {
    const wakers = [...this.#wakers]
    this.#wakers.clear()
    for (const wake of wakers) wake()
  }
}

const show = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1').slice(0, 200))

/** Connects; the connection is dropped when the test is over. */
export const connectTo = async (port: number): Promise<RawClient> => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.setNoDelay(true)
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'connect')
  return new RawClient(socket)
}
