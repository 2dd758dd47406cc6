import { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { Wait } from '@pagi/core'
import type { BodyRate, HttpFacts, Timeout } from '@pagi/core'

export interface IncomingBodyOptions {
  /** The request's `content-length`, 0 for none; absent where only its framing tells the end. */
  readonly contentLength?: number | undefined
  /** Bytes of an unread body that are read and dropped before the connection is closed instead. */
  readonly drainLimit: number
  /** How long it may pause while it is dropped, and how slowly it may come. */
  readonly drainTimeout: Timeout
  readonly drainRate?: () => BodyRate
}

/**
 * The body of a request: given piece by piece as it is asked for, in the end what is left is dropped.
 * The stream flows until a piece comes that nobody has asked for; mostly none does, as whoever takes a
 * piece asks for the next one before it can be there.
 */
export class IncomingBody {
  readonly #req: IncomingMessage
  readonly #facts: Pick<HttpFacts, 'chunk' | 'bodyEnd'>
  readonly #options: IncomingBodyOptions
  #listening = false
  #wanted = false
  /** The piece that came unasked. The stream is paused from then on, until more is asked for. */
  #ahead: Buffer | undefined
  /** The end, too, is there already. */
  #complete = false
  #received = 0
  #stopped = false
  #dropped: ((bytes: number) => void) | undefined

  constructor(
    req: IncomingMessage,
    facts: Pick<HttpFacts, 'chunk' | 'bodyEnd'>,
    options: IncomingBodyOptions,
  ) {
    this.#req = req
    this.#facts = facts
    this.#options = options
  }

  /** Asks for the next piece, or the end. */
  pull(): void {
    this.#wanted = true
    const req = this.#req
    const ahead = this.#ahead
    if (ahead !== undefined) {
      this.#ahead = undefined
      this.#give(ahead)
      if (this.#complete) this.#facts.bodyEnd()
    } else if (!this.#listening) this.#flow()
    else if (req.readableFlowing === true) return
    else if (req.readableLength > 0)
      req.read() // all that is there in one piece, as `data`
    else req.resume()
  }

  /** HTTP-30: what is left is dropped within bounds, or the connection closes. */
  drop(): void {
    const req = this.#req
    const ahead = this.#ahead?.byteLength ?? 0
    this.#ahead = undefined
    this.#stopped = true
    const over =
      this.#received === this.#options.contentLength || (req.complete && req.readableLength === 0)
    if (!over) this.#watchDropped()
    this.#dropped?.(ahead)
    if (this.#listening || over) req.resume()
    else this.#flow()
  }

  /** Gives nothing any more. */
  stop(): void {
    this.#stopped = true
    this.#ahead = undefined
  }

  #flow(): void {
    this.#listening = true
    const req = this.#req
    req.on('data', this.#data)
    req.on('end', this.#end)
    req.resume() // whatever somebody may have done to it before
  }

  readonly #data = (chunk: unknown): void => {
    if (!Buffer.isBuffer(chunk)) return
    this.#received += chunk.byteLength
    if (this.#stopped) this.#dropped?.(chunk.byteLength)
    else if (this.#wanted) this.#give(chunk)
    else {
      this.#ahead = chunk
      this.#req.pause()
    }
  }

  #give(chunk: Buffer): void {
    this.#wanted = false
    this.#facts.chunk(chunk)
  }

  readonly #end = (): void => {
    this.#complete = true // the piece ahead may have been the last one
    if (this.#ahead === undefined) this.#facts.bodyEnd()
  }

  #watchDropped(): void {
    const { drainLimit, drainTimeout, drainRate } = this.#options
    const req = this.#req
    let left = drainLimit
    const wait = new Wait(drainTimeout, () => req.socket.destroySoon())
    const over = (): void => wait.stop()
    req.on('end', over)
    req.on('close', over)
    const rate = drainRate?.()
    this.#dropped = (bytes) => {
      wait.start()
      rate?.came(bytes)
      left -= bytes
      if (left < 0 || rate?.wait() === false) req.socket.destroySoon()
    }
  }
}
