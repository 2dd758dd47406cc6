import { ServerResponse } from 'node:http'
import { EventOrderError } from '@pagi/spec'
import type {
  Header,
  HeaderList,
  HttpResponseBodyEvent,
  HttpResponseStartEvent,
  Send,
  SendEvent,
  SseStartEvent,
  WebSocketAcceptEvent,
} from '@pagi/spec'
import type { Exchange } from './exchange.ts'
import { isOfEntity, isPlausible, joined, valuesOf } from './inner-fields.ts'
import { bytesOf, readSource } from './inner-body.ts'
import type { Response } from './node-internals.ts'

// The response of an application, on its way out through a response that middleware has prepared. Where
// nothing wraps `write` and `end`, or what they would do to the body is not allowed, only the head takes
// that way, and the events go on as they are. Otherwise they are replayed on the response.

type State =
  | 'waiting'
  /** The first event of the body decides which way it goes. */
  | 'held'
  | 'direct'
  | 'replayed'
  | 'complete'

/** What all kinds of start have in common. */
interface Head {
  readonly status: number
  readonly headers: HeaderList
}

export class InnerResponse {
  readonly #exchange: Exchange
  readonly #send: Send
  readonly #res: Response
  /** 'finish' or 'close'. */
  readonly #over: Promise<void>
  #state: State = 'waiting'
  #held: HttpResponseStartEvent | undefined
  #trailers = false
  /** Who waits for 'drain'. */
  #resume: () => void = () => {}

  constructor(exchange: Exchange, send: Send) {
    this.#exchange = exchange
    this.#send = send
    this.#res = exchange.res
    this.#over = new Promise((resolve) => {
      for (const event of ['finish', 'close']) {
        this.#res.on(event, () => {
          this.#resume()
          resolve()
        })
      }
    })
  }

  /** What the application sends. */
  async send(event: SendEvent): Promise<void> {
    if (this.#isAnswered()) return
    if (event.type === 'http.response.body') return await this.#body(event)
    if (event.type === 'http.response.start') return await this.#start(event)
    if (event.type === 'websocket.accept') return await this.#accept(event)
    if (event.type === 'sse.start') return await this.#startStream(event)
    const isLast = event.type === 'http.response.trailers' || event.type === 'sse.close'
    await (isLast && this.#state === 'direct' ? this.#end(event) : this.#send(event))
  }

  /** The application is done. What was kept back of an incomplete response is forwarded (MW-11). */
  async leave(): Promise<void> {
    const { output } = this.#exchange
    if (this.#isAnswered()) return
    if (this.#state === 'replayed' && this.#res.writableEnded) return
    const head = this.#held ?? (this.#state === 'replayed' ? output.head : undefined)
    output.detach()
    if (this.#held !== undefined) await this.#forward(this.#held)
    else if (head !== undefined) await this.#send(head)
    this.#exchange.release()
  }

  /** Middleware has answered meanwhile. */
  #isAnswered(): boolean {
    const { output } = this.#exchange
    return this.#state === 'waiting' && this.#res.headersSent && !output.detached
  }

  #start(event: HttpResponseStartEvent): Promise<void> {
    const { trailers, status, headers = [] } = event
    if (this.#state === 'held' || this.#state === 'replayed')
      throw new EventOrderError(event.type, 'started', 'http.response.start was sent before')
    if (this.#state !== 'waiting' || !isPlausible(status, headers)) return this.#send(event)
    this.#trailers = Boolean(trailers)
    const declined =
      this.#trailers || status === 206 || valuesOf(headers, 'content-range').length > 0
    if (!this.#isWrapped('write', 'end') || declined || this.#res.headersSent)
      return this.#forward(event, declined)
    this.#held = event
    this.#state = 'held'
    return Promise.resolve()
  }

  /**
   * Only the head takes the way through the response; `declined`: and nobody may change the body. What
   * the application sends meanwhile follows it, and settles after it (CORE-32).
   */
  #forward(event: HttpResponseStartEvent, declined = true): Promise<void> {
    this.#held = undefined
    const head = this.#headOf(event.status, event.headers ?? [], declined)
    const sent = this.#send({ ...event, ...head })
    this.#state = 'direct'
    sent.catch(() => {
      this.#state = 'waiting'
    })
    return sent
  }

  async #startStream(event: SseStartEvent): Promise<void> {
    const { status = 200, headers = [] } = event
    if (this.#state !== 'waiting' || !isPlausible(status, headers)) return await this.#send(event)
    // What the server supplies, so that middleware sees what it is about.
    const supplied = STREAM_FIELDS.filter(([name]) => valuesOf(headers, name).length === 0)
    const head = this.#headOf(status, [...headers, ...supplied], true)
    const own = head?.headers.filter(
      ([name, value]) => !supplied.some(([key, given]) => key === name && given === value),
    )
    await this.#send(
      head === undefined || own === undefined ? event : { ...event, ...head, headers: own },
    )
    this.#state = 'direct'
  }

  /** The handshake is all of the response, and what middleware does at its end is done before. */
  async #accept(event: WebSocketAcceptEvent): Promise<void> {
    const { headers = [] } = event
    if (this.#state !== 'waiting' || !isPlausible(101, headers)) return await this.#send(event)
    const head = this.#headOf(101, headers, true)
    this.#state = 'direct'
    await this.#end(head === undefined ? event : { ...event, headers: head.headers })
  }

  async #body(event: HttpResponseBodyEvent): Promise<void> {
    const isSource = event.file != null || event.fh != null
    const more = !isSource && Boolean(event.more)
    if (this.#state === 'held' && this.#held !== undefined) {
      // Of a file the server reads the bytes, and nobody else (MW-18).
      if (isSource) await this.#forward(this.#held)
      else this.#replay(this.#held)
    }
    if (this.#state === 'direct')
      return await (more || this.#trailers ? this.#send(event) : this.#end(event))
    const bytes = bytesOf(event.body)
    if (this.#state !== 'replayed' || bytes === undefined) return await this.#send(event)
    if (isSource) for await (const piece of readSource(event)) await this.#write(piece)
    else if (more) return await this.#writeNow(bytes)
    this.#state = 'complete'
    if (this.#res.destroyed) return
    if (bytes.byteLength > 0) this.#res.end(bytes)
    else this.#res.end()
    await this.#over
  }

  #replay({ status, headers = [] }: HttpResponseStartEvent): void {
    this.#held = undefined
    this.#state = 'replayed'
    this.#setHead(status, headers)
    // Not before: what wraps `write` may have put a stream of its own in between.
    this.#res.on('drain', () => this.#resume())
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#res.destroyed || bytes.byteLength === 0 || this.#res.write(bytes)) return
    await new Promise<void>((resolve) => {
      this.#resume = resolve
    })
  }

  /** A piece that the application does not want to wait for more. */
  async #writeNow(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0 && !this.#res.headersSent) this.#res.flushHeaders()
    const written = this.#write(bytes)
    const flush: unknown = Reflect.get(this.#res, 'flush')
    if (typeof flush === 'function') Reflect.apply(flush, this.#res, [])
    await written
  }

  /** The terminal event; what middleware does at the end of a response is done before it leaves. */
  async #end(event: SendEvent): Promise<void> {
    if (!this.#isWrapped('end')) {
      await this.#send(event)
      this.#res.end()
    } else if (!this.#res.destroyed) {
      this.#res.end()
      await this.#over
      await this.#send(event)
    }
    this.#state = 'complete'
  }

  #isWrapped(...methods: readonly ('write' | 'end' | 'writeHead')[]): boolean {
    return methods.some((name) => Reflect.get(this.#res, name) !== ServerResponse.prototype[name])
  }

  #setHead(status: number, headers: HeaderList): void {
    const res = this.#res
    res.statusCode = status
    for (const name of new Set(headers.map(([key]) => key))) {
      const values = joined(name, res.getHeader(name), valuesOf(headers, name))
      const [only = ''] = values
      res.setHeader(name, values.length === 1 ? only : values)
    }
  }

  /** What middleware makes of a head; undefined when it has nothing to do with it. */
  #headOf(status: number, headers: HeaderList, declined: boolean): Head | undefined {
    const res = this.#res
    const { output } = this.#exchange
    output.detach()
    if (res.headersSent) return undefined // of a start that the server has refused
    if (!this.#isWrapped('writeHead') && res.getHeaderNames().length === 0) {
      res.statusCode = status
      return undefined
    }
    this.#setHead(status, headers)
    const control = res.getHeader('cache-control')
    const marked = declined && !/\bno-transform\b/i.test(String(control))
    if (marked)
      res.setHeader('cache-control', control === undefined ? MARK : `${String(control)}, ${MARK}`)
    res.writeHead(res.statusCode)
    const fields = output.head?.headers ?? []
    const unmarked = marked ? fields.flatMap(unmark) : fields
    const own = declined
      ? [
          ...unmarked.filter(([name]) => !isOfEntity(name)),
          ...headers.filter(([name]) => isOfEntity(name)),
        ]
      : unmarked
    return { status: res.statusCode, headers: own }
  }
}

/** Asks middleware to leave the body alone (RFC 9111, 5.2.2.6). */
const MARK = 'no-transform'

const unmark = ([name, value]: Header): Header[] => {
  if (name !== 'cache-control') return [[name, value]]
  const rest = value.replace(/(^|, )no-transform$/, '')
  return rest === '' ? [] : [[name, rest]]
}

const STREAM_FIELDS: HeaderList = [
  ['content-type', 'text/event-stream'],
  ['cache-control', 'no-cache'],
]
