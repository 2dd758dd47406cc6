import type { AddressInfo, Socket, SocketReadyState } from 'node:net'
import { Duplex } from 'node:stream'
import { RawSocketError } from './raw-socket-error.ts'
import type { RequestScope } from './request.ts'

// What a handler has for a socket: a stream whose writable side takes the body of its response, free of
// any framing, and whose readable side only says that the request's body is wanted. It stands for the one
// exchange, and closes when that is over.

export type Callback = (error?: Error | null) => void

/** A piece of body as it was written: text in its encoding, or bytes. */
export interface Chunk {
  readonly chunk: string | Uint8Array
  readonly encoding: BufferEncoding
}

/** What happens below the socket. */
export interface SocketOwner {
  /** `done` asks for more. */
  write(chunks: readonly Chunk[], done: Callback): void
  /** More may be written, after `write` had returned false. */
  drained(): void
  /** The request's body is wanted. */
  demand(): void
  /** The socket was destroyed, by whomever; its error is on the way. `done` lets its 'close' follow. */
  closed(error: Error | null, done: () => void): void
  /** Nothing happened for the time set. */
  timedOut(): void
}

export class ExchangeSocket extends Duplex implements Socket {
  /** Node sends no 'finish' for a response whose socket failed. */
  _hadError = false
  /** What is written now is the response's. */
  carrying = false
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly remoteFamily: string | undefined
  readonly localAddress?: string
  readonly localPort?: number
  readonly localFamily?: string
  /** As of a `TLSSocket`, where the scheme is https. */
  readonly encrypted?: true
  readonly connecting = false
  readonly pending = false
  readonly autoSelectFamilyAttemptedAddresses: string[] = []
  /** Milliseconds, as they were set; 0: none. */
  timeout?: number
  bytesRead = 0
  bytesWritten = 0
  readonly #owner: SocketOwner
  #timer: NodeJS.Timeout | undefined

  constructor({ scheme, client, server }: RequestScope, owner: SocketOwner) {
    super({ decodeStrings: false, emitClose: false })
    this.#owner = owner
    this.on('error', () => {}) // node:http keeps it from whoever does not listen
    if (client !== undefined) {
      const [host, port] = client
      this.remoteAddress = host
      this.remotePort = port
      this.remoteFamily = familyOf(host)
    }
    // A Unix socket has a path, and no address.
    if (typeof server?.[1] === 'number') {
      const [host, port] = server
      this.localAddress = host
      this.localPort = port
      this.localFamily = familyOf(host)
    }
    if (scheme === 'https' || scheme === 'wss') this.encrypted = true
  }

  override write(
    chunk: unknown,
    encoding?: BufferEncoding | Callback | null,
    callback?: Callback,
  ): boolean {
    const done = typeof encoding === 'function' ? encoding : callback
    if (!this.carrying) return this.#writeRaw(chunk, done)
    this.active()
    const more =
      typeof encoding === 'string' ? super.write(chunk, encoding, done) : super.write(chunk, done)
    if (!more) this.once('drain', () => this.#owner.drained())
    return more
  }

  /** Interim responses are the server's to make; everything else would need a connection. */
  #writeRaw(chunk: unknown, done: Callback | undefined): boolean {
    const interim = typeof chunk === 'string' ? /^HTTP\/1\.1 10([023]) /.exec(chunk) : null
    if (interim === null) {
      this.destroy(new RawSocketError())
      return false
    }
    if (interim[1] === '0') this.#owner.demand() // HTTP-91
    if (done !== undefined) process.nextTick(done)
    return true
  }

  override _write(chunk: string | Uint8Array, encoding: BufferEncoding, callback: Callback): void {
    this.#owner.write([{ chunk, encoding }], callback)
  }

  override _writev(chunks: Chunk[], callback: Callback): void {
    this.#owner.write(chunks, callback)
  }

  override _read(): void {}

  /** The request asks for its body by setting its socket in motion. */
  override resume(): this {
    this.#owner.demand()
    return this
  }

  /** As a socket of `node:net`: the error comes in the next tick, and 'close' when it is closed. */
  override _destroy(error: Error | null, callback: Callback): void {
    clearTimeout(this.#timer)
    callback(error)
    this.#owner.closed(error, () => {
      process.nextTick(() => this.emit('close', error !== null))
    })
  }

  /** Once what was written is out. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** Something moved: a timeout begins anew. */
  active(): void {
    this.#timer?.refresh()
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.timeout = milliseconds
    if (milliseconds > 0 && !this.destroyed) {
      this.#timer = setTimeout(this.#timedOut, milliseconds).unref()
      if (callback !== undefined) this.once('timeout', callback)
    } else if (callback !== undefined) this.removeListener('timeout', callback)
    return this
  }

  readonly #timedOut = (): void => {
    this.#owner.timedOut()
    this.emit('timeout')
  }

  get readyState(): SocketReadyState {
    if (this.readable && this.writable) return 'open'
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed'
  }

  get bufferSize(): number {
    return this.writableLength
  }

  address(): AddressInfo | {} {
    const { localAddress: address, localPort: port, localFamily: family } = this
    if (address === undefined || port === undefined || family === undefined) return {}
    return { address, port, family }
  }

  connect(): this {
    return this.destroy(new RawSocketError())
  }

  resetAndDestroy(): this {
    return this.destroy()
  }

  // The connection is the server's, and so are its settings.
  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

const familyOf = (host: string): string => (host.includes(':') ? 'IPv6' : 'IPv4')
