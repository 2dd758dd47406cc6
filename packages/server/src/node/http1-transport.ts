import { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { httpDate } from '@pagi/core'
import type {
  AbortCommand,
  DataCommand,
  HeadCommand,
  HttpCommand,
  HttpFacts,
  HttpTransport,
} from '@pagi/core'
import { writeChunk } from './chunk.ts'
import { cut } from './closing.ts'
import { IncomingBody } from './incoming-body.ts'
import type { IncomingBodyOptions } from './incoming-body.ts'
import { takenBytes } from './socket-progress.ts'

// One HTTP/1 exchange over node:http. The head is held until the first body bytes, so that both leave
// in one write and a body that is complete gets its length (HTTP-33, HTTP-100); but not beyond the
// current turn of the event loop, as a client must see the head of a slow answer.

export interface Http1Options extends IncomingBodyOptions {
  /** The client waits for `100 Continue` before it sends the body (HTTP-91). */
  readonly expectsContinue: boolean
  /** The connection closes after this response: shutdown, or it is no HTTP connection any more. */
  readonly closing: () => boolean
  /** The response is that of another program, which may have replaced methods of it. */
  readonly guest?: boolean
  /** Called when all of the response is written, after the facts. */
  readonly finished?: () => void
}

/** Bytes that stay the application's are copied up to this size; larger ones make the send wait. */
const COPY_LIMIT = 16 * 1024

const PATCHABLE = ['write', 'end', 'writeHead'] as const

/** Transports that were given a head in this turn of the event loop; most have sent it by its end. */
let heads: Http1Transport[] = []
const flushHeads = (): void => {
  const due = heads
  heads = []
  for (const transport of due) void transport.perform(FLUSH)
}
const flushSoon = (transport: Http1Transport): void => {
  if (heads.length === 0) setImmediate(flushHeads)
  heads.push(transport)
}
const FLUSH = { type: 'flush' } as const

export class Http1Transport implements HttpTransport {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #facts: HttpFacts
  readonly #options: Http1Options
  #held: HeadCommand | undefined
  #preparing = false
  #closeDelimited = false
  #ended = false
  #continued = false
  /** The head was given to the response. */
  #begun = false
  /** The program whose guest we are has answered by itself: what we write would end up in its answer. */
  #usurped = false
  /** Made when the application first asks for it; most requests have none. */
  #body: IncomingBody | undefined
  #waiting: (() => void)[] | undefined
  #onWritten: ((error?: Error | null) => void) | undefined
  /** Another program has replaced methods of the response: only what they all do may be relied on. */
  readonly #patched: boolean
  /** Bytes such a response was given since it asked to wait for `drain`. */
  #undrained = 0

  constructor(req: IncomingMessage, res: ServerResponse, facts: HttpFacts, options: Http1Options) {
    this.#req = req
    this.#res = res
    this.#facts = facts
    this.#options = options
    this.#patched = options.guest === true && PATCHABLE.some((name) => Object.hasOwn(res, name))
    res.sendDate = false
    res.on('error', ignore) // a write that crosses the loss of its socket; the loss itself is reported
    res.once('finish', () => {
      if (this.#ended) {
        this.#settleWrites()
        facts.finished()
      } else this.#usurp()
      options.finished?.()
    })
  }

  get bufferedAmount(): number {
    return this.#patched ? this.#undrained : this.#res.writableLength
  }

  get written(): number {
    return takenBytes(this.#req.socket)
  }

  perform(command: HttpCommand): Promise<void> | undefined {
    if (this.#options.guest === true && this.#res.headersSent && !this.#begun) this.#usurp()
    if (this.#usurped) return undefined
    switch (command.type) {
      case 'head':
        this.#held = command
        flushSoon(this)
        return undefined
      case 'data':
        return this.#data(command)
      case 'end':
        this.#flush(undefined)
        if (command.trailers !== undefined)
          this.#res.addTrailers(
            command.trailers.map(([name, value]) => [name, value] as [string, string]),
          )
        this.#end()
        return undefined
      case 'flush':
        if (this.#preparing || this.#held === undefined) return undefined
        this.#flush(undefined)
        this.#sendHead()
        return undefined
      case 'prepare':
        this.#preparing = command.pending
        if (!command.pending && this.#held !== undefined) flushSoon(this)
        return undefined
      case 'abort':
        this.#abort(command)
        return undefined
      case 'nothing':
        return undefined
    }
  }

  pull(): void {
    if (this.#options.expectsContinue && !this.#continued && !this.#res.headersSent) {
      this.#continued = true
      this.#res.writeContinue() // HTTP-91
    }
    if (this.#ended) return
    this.#body ??= new IncomingBody(this.#req, this.#facts, this.#options)
    this.#body.pull()
  }

  /** One callback for all writes of this exchange, made when the first has to report. */
  get #drained(): (error?: Error | null) => void {
    this.#onWritten ??= (error) => {
      if (!error) this.#facts.drained() // FLOW-11: what was thrown away has not drained
    }
    return this.#onWritten
  }

  #data(command: DataCommand): Promise<void> | undefined {
    this.#preparing = false
    const held = this.#held !== undefined
    this.#flush(command.total)
    const { bytes, owned, last } = command
    const res = this.#res
    if (this.#patched) return this.#dataPatched(command)
    if (last && held && bytes.byteLength <= COPY_LIMIT) {
      // As a string of bytes the body leaves in one piece with the head: one write, not a vector.
      this.#whole(latin1(bytes))
      return undefined
    }
    if (owned || bytes.byteLength <= COPY_LIMIT) {
      if (!last && (bytes.byteLength === 0 || (!held && writeChunk(res, bytes, this.#drained))))
        return undefined
      const chunk = owned ? bytes : Uint8Array.prototype.slice.call(bytes)
      if (last) this.#end(chunk)
      else res.write(chunk, this.#drained)
      return undefined
    }
    // Too large to copy: the send settles when the write no longer reads the bytes (binding, 5).
    return new Promise((resolve) => {
      ;(this.#waiting ??= []).push(resolve)
      const written = (error?: Error | null): void => {
        this.#waiting = this.#waiting?.filter((other) => other !== resolve)
        this.#drained(error)
        resolve()
      }
      res.write(bytes, written)
      if (last) this.#end()
    })
  }

  /** Middleware that wraps `write` may drop its callback and keep the bytes, but not `drain`. */
  #dataPatched({ bytes, owned, last }: DataCommand): undefined {
    const { buffer, byteOffset, byteLength } = bytes
    const chunk = owned ? Buffer.from(buffer, byteOffset, byteLength) : Buffer.from(bytes)
    if (last) this.#end(chunk)
    else if (this.#res.write(chunk)) return
    else {
      if (this.#undrained === 0)
        this.#res.once('drain', () => {
          this.#undrained = 0
          this.#facts.drained()
        })
      this.#undrained += chunk.byteLength
    }
  }

  #end(chunk?: Uint8Array | string): void {
    this.#ended = true
    if (chunk === undefined) this.#res.end()
    else if (typeof chunk === 'string') this.#res.end(chunk, 'latin1')
    else this.#res.end(chunk)
    if (this.#body !== undefined || this.#options.contentLength !== 0) {
      this.#body ??= new IncomingBody(this.#req, this.#facts, this.#options)
      this.#body.drop()
    } else this.#req.resume()
  }

  /**
   * A head and all of a body. What `end` writes behind them makes node:http gather them for `writev`,
   * which costs as much again as one write; where the system takes that at once, `end` writes nothing.
   */
  #whole(body: string): void {
    const { socket } = this.#res
    if (body === '' || socket === null || socket.writableLength > 0) return this.#end(body)
    socket.cork()
    this.#res.write(body, 'latin1')
    socket.uncork()
    this.#end()
  }

  /** Writes the held head; `total` is the length of the body, where it is known already (HTTP-100). */
  #flush(total: number | undefined): void {
    const head = this.#held
    if (head === undefined) return
    this.#held = undefined
    this.#begun = true
    const { status, framing } = head
    const fields: string[] = []
    let upgrade = false
    for (const [name, value] of head.headers) {
      fields.push(name, value)
      upgrade ||= name === 'upgrade'
    }
    if (head.date) fields.push('date', httpDate(Date.now()))
    if (total !== undefined && (framing === 'chunked' || framing === 'close'))
      fields.push('content-length', String(total))
    else this.#closeDelimited = framing === 'close'
    const unread = this.#options.expectsContinue && !this.#continued
    if (head.close || unread || this.#options.closing()) this.#res.shouldKeepAlive = false
    // HTTP-85: node:http would send chunks to a client of HTTP/1.0 that understands them.
    if (framing === 'close') this.#res.useChunkedEncodingByDefault = false
    if (upgrade) fields.push('connection', this.#res.shouldKeepAlive ? 'upgrade' : 'upgrade, close') // HTTP-88
    if (this.#patched) this.#writeHeadPatched(status, fields)
    else this.#res.writeHead(status, fields)
  }

  /** Field by field, as what wraps a head looks for its fields in the response. */
  #writeHeadPatched(status: number, fields: readonly string[]): void {
    const res = this.#res
    const names = fields.filter((_, index) => index % 2 === 0)
    for (const name of names) res.removeHeader(name)
    for (const [index, name] of names.entries()) res.appendHeader(name, fields[index * 2 + 1] ?? '')
    res.writeHead(status)
  }

  /** A head on its own: node:http leaves its encoding to the socket, whose default is UTF-8 (HTTP-04). */
  #sendHead(): void {
    const { socket } = this.#req
    socket.setDefaultEncoding('latin1')
    this.#res.flushHeaders()
    socket.setDefaultEncoding('utf8')
  }

  #abort({ cause }: AbortCommand): void {
    const { socket } = this.#req
    const head = this.#held
    if (cause !== 'app_abort' && cause !== 'stalled' && head !== undefined && promisesBody(head)) {
      this.#flush(undefined)
      this.#sendHead()
    }
    this.#held = undefined
    this.#ended = true
    this.#body?.stop()
    if (cause === 'app_abort')
      socket.destroy() // CONN-34: does not wait for writes in flight
    else if (cause === 'stalled')
      cut(socket) // what waits would never leave; nor would the system's share of it
    else if (this.#closeDelimited && this.#res.headersSent)
      cut(socket) // HTTP-75
    else if (this.#waiting !== undefined && (cause === 'shutdown' || socket.readableEnded))
      socket.destroy() // nobody waits for a client that has left, or has not taken them by now
    else {
      // Node 26 gathers the chunks of one turn in the response; what was taken still leaves.
      while (this.#res.writableCorked > 0) this.#res.uncork()
      socket.destroySoon()
      return // bytes that are the application's are read until they are written, or thrown away
    }
    this.#settleWrites()
  }

  #usurp(): void {
    if (this.#usurped) return
    this.#usurped = true
    this.#ended = true
    this.#held = undefined
    this.#body?.stop()
    this.#settleWrites()
    this.#facts.lost('server_error', 'another program has answered this request')
  }

  #settleWrites(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const resolve of waiting ?? []) resolve()
  }
}

/** Every byte as one code unit. */
const latin1 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1')

const ignore = (): void => {}

/** Whether a client that sees this head and no body can tell that something is missing. */
const promisesBody = ({ framing, headers }: HeadCommand): boolean => {
  if (framing === 'chunked') return true
  if (framing !== 'length') return false
  return headers.some(([name, value]) => name === 'content-length' && Number(value) > 0)
}
