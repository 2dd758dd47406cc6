import { MisuseError } from './errors.ts'
import { EventParser } from './event-parser.ts'
import type { ServerSentEvent } from './event-parser.ts'
import type { HeaderFields } from './header-fields.ts'
import type { TestExchange } from './test-exchange.ts'
import type { ResponseHead, TestResponse } from './test-response.ts'

/** A stream of server-sent events, as an EventSource sees it; or the response that refused it. */
export class TestEventStream implements AsyncIterable<ServerSentEvent>, AsyncDisposable {
  /** The exchange below: scope, connection, stalls and losses, and what the application threw. */
  readonly exchange: TestExchange
  readonly #head: ResponseHead
  readonly #parser = new EventParser()
  #reading: Promise<boolean> | undefined

  constructor(exchange: TestExchange, head: ResponseHead) {
    this.exchange = exchange
    this.#head = head
  }

  get status(): number {
    return this.#head.status
  }

  get headers(): HeaderFields {
    return this.#head.headers
  }

  /** An EventSource would read this: status 200 and a content type of `text/event-stream`. */
  get accepted(): boolean {
    const type = this.headers.get('content-type') ?? ''
    return this.status === 200 && /^text\/event-stream[ \t]*(;|$)/i.test(type)
  }

  /** The application has ended the stream, in an orderly way. */
  get complete(): boolean {
    return this.exchange.complete
  }

  /** The id an EventSource would come back with. */
  get lastEventId(): string {
    return this.#parser.lastEventId
  }

  /** Milliseconds an EventSource would wait before it comes back, if the stream said so. */
  get retry(): number | undefined {
    return this.#parser.retry
  }

  /**
   * The next event; undefined when the stream has ended, `complete` or not.
   * @throws MisuseError when the stream was refused
   */
  async next(): Promise<ServerSentEvent | undefined> {
    return this.#find(() => this.#parser.takeEvent())
  }

  /**
   * The next comment, as keepalives are; undefined when the stream has ended.
   * @throws MisuseError when the stream was refused
   */
  async comment(): Promise<string | undefined> {
    return this.#find(() => this.#parser.takeComment())
  }

  /** Event by event; ends with the stream, `complete` or not. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ServerSentEvent, void, undefined> {
    for (;;) {
      const event = await this.next()
      if (event === undefined) return
      yield event
    }
  }

  /** The whole response, once it is over: what a refusal says. */
  response(): Promise<TestResponse> {
    return this.exchange.response()
  }

  /**
   * The client leaves. Settles when the application's call has.
   * @throws UnsettledError when that does not return within the client's `patience`
   */
  close(): Promise<void> {
    return this.exchange.leave()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #find<Found>(take: () => Found | undefined): Promise<Found | undefined> {
    if (!this.accepted)
      throw new MisuseError(
        `the event stream was refused with ${this.status}: response() has what was said instead`,
      )
    for (;;) {
      const found = take()
      if (found !== undefined) return found
      if (!(await this.#more())) return take()
    }
  }

  /** Whoever waits for more waits for the same piece. */
  #more(): Promise<boolean> {
    this.#reading ??= this.#read()
    return this.#reading
  }

  async #read(): Promise<boolean> {
    const piece = await this.exchange.read()
    this.#reading = undefined
    if (piece === undefined) return false
    this.#parser.feed(piece)
    return true
  }
}
