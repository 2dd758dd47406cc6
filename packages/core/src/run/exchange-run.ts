import type { ReceiveEvent } from '@pagi/spec'
import { RequestBody } from '../http/request.ts'
import type { BodyPiece } from '../http/request.ts'
import type { ExchangeOptions } from '../http/exchange.ts'
import type { HttpCommand, HttpFacts, HttpTransport } from './ports.ts'
import { ResponseRun } from './response-run.ts'
import type { RunSettings } from './scope-run.ts'
import { BodyRate } from './body-rate.ts'
import { Wait } from './timeouts.ts'

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
  /** For the next bytes of the body; both made when they first do not come at once. */
  #stalled: Wait | undefined
  #rate: BodyRate | undefined

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
    else if (this.#body.open) {
      this.#port.pull()
      if (this.#awaited) this.#awaitBody()
    }
  }

  chunk(bytes: Uint8Array): void {
    this.#stalled?.stop()
    this.#rate?.came(bytes.byteLength)
    if (!this.end.open) return
    const piece = this.#body.chunk(bytes)
    if (piece === 'too-large') return this.#tooLarge()
    if (piece === undefined) return this.wanted() // nothing in it: ask again
    this.inbox.push(this.requestEvent(piece))
    this.wanted()
  }

  bodyEnd(): void {
    this.#stalled?.stop()
    if (!this.end.open) return
    const piece = this.#body.end()
    if (piece !== undefined) this.inbox.push(this.requestEvent(piece))
  }

  finished(): void {
    this.unwatchWrites()
    if (this.terminal) this.end.complete()
  }

  lost(reason: Parameters<HttpFacts['lost']>[0], detail?: string): void {
    this.unwatchWrites()
    this.lose(reason, detail)
  }

  protected output(command: HttpCommand): Promise<void> | undefined {
    return this.#port.perform(command)
  }

  bufferedAmount(): number | undefined {
    return this.#port.bufferedAmount
  }

  protected written(): number | undefined {
    return this.#port.written
  }

  protected discardQueued(): void {
    this.#stalled?.stop()
    this.#body.cut()
    if (this.end.outcome === 'complete') this.inbox.discard() // T-RECV
  }

  /** The application waits for bytes of the body: only then may they take too long (HTTP-97). */
  get #awaited(): boolean {
    return this.inbox.waiting && this.#body.open && this.end.open
  }

  #awaitBody(): void {
    const { clock, minBodyRate, timeouts } = this.settings
    const { body } = timeouts
    this.#rate ??= new BodyRate(minBodyRate, clock)
    if (!this.#rate.wait()) {
      const least = minBodyRate.bytesPerSecond
      return this.refuse(408, `the request body came more slowly than ${least} bytes a second`)
    }
    this.#stalled ??= new Wait(body, () => {
      // The receive that waited may have been withdrawn; the next one waits anew.
      if (this.#awaited)
        this.refuse(408, `nothing more of the request body came for ${body.milliseconds} ms`)
    })
    this.#stalled.start()
  }

  /** HTTP-31: a 413 while nothing was started, otherwise the response is cut short. */
  #tooLarge(): void {
    this.refuse(413, `the request body is over the limit of ${this.#body.limit} bytes`)
  }
}
