import type { ReceiveEvent } from '@pagi/spec'
import { RequestBody } from '../http/request.ts'
import type { BodyPiece } from '../http/request.ts'
import type { ExchangeOptions } from '../http/exchange.ts'
import type { HttpCommand, HttpFacts, HttpTransport } from './ports.ts'
import { ResponseRun } from './response-run.ts'
import type { RunSettings } from './scope-run.ts'

// What http and sse scopes share: an HttpTransport and a request body pulled by `receive`.

export interface RequestOptions extends ExchangeOptions {
  /** The request's `content-length`, 0 for none, undefined when only the framing tells the end. */
  readonly contentLength: number | undefined
}

export abstract class ExchangeRun<Event extends ReceiveEvent>
  extends ResponseRun<Event>
  implements HttpFacts
{
  readonly #port: HttpTransport
  readonly #body: RequestBody

  constructor(
    name: string,
    settings: RunSettings,
    options: RequestOptions,
    connect: (facts: HttpFacts) => HttpTransport,
  ) {
    super(name, settings, options)
    this.#body = new RequestBody(options.contentLength, settings.maxBodySize)
    this.#port = connect(this)
  }

  protected abstract requestEvent(piece: BodyPiece): Event

  /** A declared body over the limit: answered without calling the application. False: call it. */
  refuseOversized(): boolean {
    if (!this.#body.refused) return false
    this.#tooLarge()
    return true
  }

  wanted(): void {
    if (!this.inbox.waiting || !this.end.open) return
    const piece = this.#body.immediate()
    if (piece !== undefined) this.inbox.push(this.requestEvent(piece))
    else if (this.#body.open) this.#port.pull()
  }

  chunk(bytes: Uint8Array): void {
    if (!this.end.open) return
    const piece = this.#body.chunk(bytes)
    if (piece === 'too-large') return this.#tooLarge()
    if (piece === undefined) return this.wanted() // nothing in it: ask again
    this.inbox.push(this.requestEvent(piece))
    this.wanted()
  }

  bodyEnd(): void {
    if (!this.end.open) return
    const piece = this.#body.end()
    if (piece !== undefined) this.inbox.push(this.requestEvent(piece))
  }

  finished(): void {
    if (this.terminal) this.end.complete()
  }

  lost(reason: Parameters<HttpFacts['lost']>[0], detail?: string): void {
    this.lose(reason, detail)
  }

  protected output(command: HttpCommand): Promise<void> | undefined {
    return this.#port.perform(command)
  }

  bufferedAmount(): number | undefined {
    return this.#port.bufferedAmount
  }

  protected discardQueued(): void {
    this.#body.cut()
    if (this.end.outcome === 'complete') this.inbox.discard() // T-RECV
  }

  /** HTTP-31: a 413 while nothing was started, otherwise the response is cut short. */
  #tooLarge(): void {
    this.refuse(413, `the request body is over the limit of ${this.#body.limit} bytes`)
  }
}
