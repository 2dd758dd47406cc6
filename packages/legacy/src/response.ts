import { Buffer } from 'node:buffer'
import type { HttpResponseStartEvent, SendOf, HttpSendEvent } from '@pagi/spec'
import { readFields } from './fields.ts'
import { drain } from './node-internals.ts'
import type { Response } from './node-internals.ts'
import type { Callback, Chunk, ExchangeSocket } from './socket.ts'

// How a ServerResponse becomes events. It works as ever down to two of its own methods, which are
// replaced on the object, since Express gives it another prototype: the one that makes the head hands
// over the head, and no framing is put around the body; the one that sends no longer puts the head in
// front of it. What then arrives at the socket is the body.

type State = 'waiting' | 'stored' | 'started' | 'complete'

export interface ResponseOwner {
  /** The terminal event was sent and taken. */
  responded(): void
  /** An event was refused. */
  failed(error: unknown): void
}

interface Batch {
  readonly chunks: readonly Chunk[]
  readonly done: Callback
}

export class ResponseOutput {
  readonly #res: Response
  readonly #socket: ExchangeSocket
  readonly #send: SendOf<HttpSendEvent>
  readonly #owner: ResponseOwner
  /** The client said that it takes trailers. */
  readonly #takesTrailers: boolean
  #state: State = 'waiting'
  #start: HttpResponseStartEvent = { type: 'http.response.start', status: 200 }
  /** Node would have sent it in chunks: its length is known to nobody before its end. */
  #chunked = false
  #ended = false
  #batch: Batch | undefined
  #sending: Promise<void> | undefined

  constructor(
    res: Response,
    socket: ExchangeSocket,
    send: SendOf<HttpSendEvent>,
    owner: ResponseOwner,
    takesTrailers: boolean,
  ) {
    this.#res = res
    this.#socket = socket
    this.#send = send
    this.#owner = owner
    this.#takesTrailers = takesTrailers
    res._storeHeader = (firstLine, headers) => this.#storeHead(firstLine, headers)
    res._send = (data, encoding, callback, length) => {
      // While it is false, `end` sends something, and 'finish' waits for that.
      if (!this.#chunked) res._headerSent = true
      return socket.carry(() => res._writeRaw(data, encoding, callback, length))
    }
    res.on('prefinish', () => this.#end())
    socket.on('drain', () => drain(res))
  }

  /** The head was sent, or is about to be. */
  get started(): boolean {
    return this.#state === 'started' || this.#state === 'complete'
  }

  get complete(): boolean {
    return this.#state === 'complete'
  }

  /** Takes what has arrived at the socket. Whether it is the last shows only when `end` has run on. */
  write(chunks: readonly Chunk[], done: Callback): void {
    const batch = { chunks, done }
    this.#batch = batch
    queueMicrotask(() => {
      if (this.#batch === batch) void this.#flush(batch)
    })
  }

  #end(): void {
    this.#ended = true
    if (this.#batch !== undefined) void this.#flush(this.#batch)
    else if (this.#socket.writableLength === 0) void this.#post(NO_BYTES, true)
  }

  async #flush({ chunks, done }: Batch): Promise<void> {
    this.#batch = undefined
    const last = this.#ended && this.#socket.writableLength === lengthOf(chunks)
    await this.#post(join(chunks), last)
    done()
  }

  /** Sends in the order of the calls, one event at a time (CORE-31). Never rejects. */
  #post(body: Uint8Array, last: boolean): Promise<void> {
    const before = this.#sending
    const sending =
      before === undefined ? this.#attempt(body, last) : this.#after(before, body, last)
    this.#sending = sending
    return sending
  }

  async #after(before: Promise<void>, body: Uint8Array, last: boolean): Promise<void> {
    await before
    await this.#attempt(body, last)
  }

  async #attempt(body: Uint8Array, last: boolean): Promise<void> {
    try {
      await this.#deliver(body, last)
    } catch (error) {
      this.#owner.failed(error)
    }
  }

  async #deliver(body: Uint8Array, last: boolean): Promise<void> {
    if (this.#state === 'complete') return
    if (this.#state === 'stored') {
      this.#state = 'started'
      await this.#send(this.#start)
    }
    this.#socket.bytesWritten += body.byteLength
    const more = !last || this.#chunked
    if (body.byteLength > 0 && more) {
      await this.#send({ type: 'http.response.body', body, more })
    }
    if (!last) return
    this.#state = 'complete'
    await this.#send({ type: 'http.response.body', body: more ? NO_BYTES : body })
    if (this.#start.trailers === true) {
      const headers = readFields(this.#res._trailer, 0)
      await this.#send({ type: 'http.response.trailers', headers })
    }
    this.#owner.responded()
  }

  #storeHead(firstLine: string, headers: unknown): void {
    const res = this.#res
    const { sendDate } = res
    const prototype: Response = Object.getPrototypeOf(res)
    res.sendDate = false // HTTP-82: unless the handler has set one, it is the server's
    try {
      prototype._storeHeader.call(res, firstLine, headers)
    } finally {
      res.sendDate = sendDate
    }
    this.#chunked = res.chunkedEncoding
    res.chunkedEncoding = false
    const fields = readFields(res._header ?? '', firstLine.length)
    const trailers =
      this.#chunked &&
      (this.#takesTrailers || res._trailer !== '' || fields.some(([name]) => name === 'trailer'))
    const start = { type: 'http.response.start', status: res.statusCode, headers: fields } as const
    this.#start = trailers ? { ...start, trailers } : start
    this.#state = 'stored'
  }
}

const NO_BYTES = Buffer.alloc(0)

/** In the unit of `writableLength`: bytes, and code units of text. */
const lengthOf = (chunks: readonly Chunk[]): number => {
  let length = 0
  for (const { chunk } of chunks) length += chunk.length
  return length
}

const join = (chunks: readonly Chunk[]): Uint8Array => {
  const pieces: Uint8Array[] = []
  for (const { chunk, encoding } of chunks) {
    if (chunk.length > 0)
      pieces.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
  }
  const [only = NO_BYTES] = pieces
  return pieces.length < 2 ? only : Buffer.concat(pieces)
}
