import { Buffer } from 'node:buffer'
import type { Header, HeaderList, HttpResponseStartEvent, HttpSendEvent, SendOf } from '@pagi/spec'
import { readFields } from './fields.ts'
import { InterimStatusError } from './interim-status-error.ts'
import type { Response } from './node-internals.ts'
import { RawSocketError } from './raw-socket-error.ts'
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
  /** Nobody reads the request's body any more; undefined: already now. */
  bodyRead(): Promise<void> | undefined
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
  #state: State = 'waiting'
  #start: HttpResponseStartEvent | undefined
  /** Node would have sent it in chunks: its length is known to nobody before its end. */
  #chunked = false
  #ended = false
  #batch: Batch | undefined
  #sending = false
  #whole = false
  #detached = false

  constructor(
    res: Response,
    socket: ExchangeSocket,
    send: SendOf<HttpSendEvent>,
    owner: ResponseOwner,
  ) {
    this.#res = res
    this.#socket = socket
    this.#send = send
    this.#owner = owner
    res._storeHeader = (firstLine, headers) => this.#storeHead(firstLine, headers)
    res._send = (data, encoding, callback, length) => {
      if (this.#state === 'stored') this.#encode(data, encoding)
      // While it is false, `end` sends something, and 'finish' waits for that.
      if (!this.#chunked) res._headerSent = true
      socket.carrying = true
      try {
        return res._writeRaw(data, encoding, callback, length)
      } finally {
        socket.carrying = false
      }
    }
    res.on('prefinish', () => this.#end())
  }

  /** All of it has arrived here: it will be sent, whatever becomes of the socket. */
  get whole(): boolean {
    return this.#whole
  }

  /** The terminal event was sent. */
  get complete(): boolean {
    return this.#state === 'complete'
  }

  /** What was said of the response so far; it is not yet sent. */
  get head(): HttpResponseStartEvent | undefined {
    return this.#state === 'stored' ? this.#start : undefined
  }

  get detached(): boolean {
    return this.#detached
  }

  /** From now on it leads nowhere: somebody else sends the response. */
  detach(): void {
    this.#detached = true
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
    else this.#endIfIdle()
  }

  /** `end` had nothing left to send, so that no further batch will come. */
  #endIfIdle(): void {
    const idle = !this.#sending && this.#batch === undefined && this.#socket.writableLength === 0
    if (this.#ended && idle && this.#state !== 'complete') void this.#flush(NOTHING)
  }

  async #flush({ chunks, done }: Batch): Promise<void> {
    this.#batch = undefined
    if (this.#detached) return done()
    const last = this.#ended && this.#socket.writableLength === lengthOf(chunks)
    this.#sending = true
    this.#whole ||= last
    try {
      await this.#deliver(join(chunks), last)
    } catch (error) {
      this.#owner.failed(error)
    }
    this.#sending = false
    done()
    this.#endIfIdle()
  }

  /** One event after the other has settled (CORE-31). */
  async #deliver(body: Uint8Array, last: boolean): Promise<void> {
    const start = this.#start
    if (start !== undefined && this.#state === 'stored') {
      this.#state = 'started'
      await this.#send(start)
    }
    if (this.#state === 'complete') return
    this.#socket.bytesWritten += body.byteLength
    // Its end ends the request, too; a client may be waiting for the rest of it before it goes on.
    const read = last ? this.#owner.bodyRead() : undefined
    const more = !last || this.#chunked || read !== undefined
    if (body.byteLength > 0 && more) {
      await this.#send({ type: 'http.response.body', body, more })
    }
    if (!last) return
    await read
    this.#state = 'complete'
    await this.#send({ type: 'http.response.body', body: more ? NO_BYTES : body })
    if (start?.trailers === true) {
      const headers = readFields(this.#res._trailer, 0)
      await this.#send({ type: 'http.response.trailers', headers })
    }
    this.#owner.responded()
  }

  #storeHead(firstLine: string, headers: unknown): void {
    const res = this.#res
    if (res.statusCode < 200 && !this.#detached) this.#refuse(res.statusCode)
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
    const trailers = this.#chunked && this.#announcesTrailers(fields)
    const start = { type: 'http.response.start', status: res.statusCode, headers: fields } as const
    this.#start = trailers ? { ...start, trailers } : start
    this.#state = 'stored'
  }

  /** Whoever catches the error can still answer: `writeHead` has taken the body away for this status. */
  #refuse(status: number): never {
    this.#res._hasBody = this.#res.req.method !== 'HEAD'
    throw status === 101 ? new RawSocketError() : new InterimStatusError(status)
  }

  /**
   * Beyond ASCII node:http writes a head in the encoding of the first piece of body, and programs have
   * come to rely on that.
   */
  #encode(data: unknown, encoding: unknown): void {
    const start = this.#start
    if (start === undefined || isAscii(this.#res._header ?? '')) return
    const asText = typeof data === 'string' && (encoding === 'utf8' || !encoding)
    const headers = (start.headers ?? []).map(([name, value]): Header => [
      name,
      Buffer.from(value, asText ? 'utf8' : 'latin1').toString('latin1'),
    ])
    this.#start = { ...start, headers }
  }

  /** A response has to say from its start that it will have trailers; node:http finds out at the end. */
  #announcesTrailers(fields: HeaderList): boolean {
    const { req, _trailer: trailer } = this.#res
    if (req.httpVersion === '1.0') return false
    if (trailer !== '' || fields.some(([name]) => name === 'trailer')) return true
    return /\btrailers\b/i.test(String(req.headers['te'] ?? ''))
  }
}

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text)

const NO_BYTES = Buffer.alloc(0)
const NOTHING: Batch = { chunks: [], done: () => {} }

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
