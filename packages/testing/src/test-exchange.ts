import type { MemoryExchange, MemoryHttpTransport } from '@pagi/core/memory'
import type { DisconnectReason } from '@pagi/spec'
import type { ApplicationCall } from './application-call.ts'
import { bytesOf } from './body-input.ts'
import type { Piece, Upload } from './body-input.ts'
import { MisuseError } from './errors.ts'
import { Pulse } from './pulse.ts'
import { ResponseReader } from './response-reader.ts'
import { TestResponse } from './test-response.ts'
import type { ResponseHead } from './test-response.ts'
import { TestScope } from './test-scope.ts'
import { WireReader } from './wire-reader.ts'

/** How an exchange begins. */
export interface ExchangeStart {
  readonly call: ApplicationCall
  readonly upload: Upload
  /** Bytes of the request body, undefined when it is chunked. */
  readonly declared: number | undefined
  /** Hands the request to the application. */
  readonly dispatch: (changed: () => void) => MemoryExchange
}

/** One request and its response, as they happen. */
export class TestExchange extends TestScope implements AsyncIterable<Uint8Array> {
  readonly #port: MemoryHttpTransport
  readonly #reader: ResponseReader
  readonly #pulse: Pulse
  readonly #declared: number | undefined
  #upload: 'open' | 'ended'
  #uploadFailure: { readonly error: unknown } | undefined
  #written = 0
  #pieces = 0

  /** For the client's own use: `client.open` makes them. */
  static begin({ call, upload, declared, dispatch }: ExchangeStart): TestExchange {
    const reader = new ResponseReader()
    let wire: WireReader | undefined
    const pulse = new Pulse(() => wire?.advance())
    const served = dispatch(pulse.notify)
    wire = new WireReader(served.port, {
      head: (head) => reader.begin(head),
      piece: (bytes) => reader.piece(bytes),
      end: (trailers) => reader.end(trailers),
      broken: () => reader.broken(),
      accept: () => {},
      message: () => {},
      ping: () => {},
      close: () => {},
      hangUp: () => {},
    })
    pulse.notify()
    return new TestExchange(served, call, reader, pulse, upload, declared)
  }

  private constructor(
    served: MemoryExchange,
    call: ApplicationCall,
    reader: ResponseReader,
    pulse: Pulse,
    upload: Upload,
    declared: number | undefined,
  ) {
    super(served, served.port, call)
    this.#port = served.port
    this.#reader = reader
    this.#pulse = pulse
    this.#declared = declared
    this.#upload = 'open'
    if (upload.kind === 'whole') for (const piece of asRead(upload.bytes)) this.#put(piece)
    if (upload.kind === 'whole' || upload.kind === 'none') this.#finish()
    if (upload.kind === 'pieces') void this.#pump(upload.pieces)
  }

  /** The response is whole. */
  get complete(): boolean {
    return this.#reader.complete
  }

  /**
   * Sends a piece of the request body. Settles when the application has asked for it, or nobody will.
   * @throws MisuseError when the body has ended, or would be longer than its `content-length`
   */
  async write(piece: Piece): Promise<void> {
    if (this.#upload === 'ended')
      throw new MisuseError('the request body has ended: nothing can be written after it')
    const bytes = bytesOf(piece)
    if (bytes.byteLength === 0) return
    if (this.#declared !== undefined && this.#written + bytes.byteLength > this.#declared)
      throw new MisuseError(
        `content-length declares ${this.#declared} bytes, the body would have ${this.#written + bytes.byteLength}`,
      )
    const number = this.#put(bytes)
    await this.#pulse.until(
      () => this.#pieces - this.#port.unread >= number || this.#deaf || undefined,
    )
  }

  /**
   * Ends the request body, after a last piece if there is one.
   * @throws MisuseError when it has ended before, or is shorter than its `content-length`
   */
  async end(piece?: Piece): Promise<void> {
    const writing = piece === undefined ? undefined : this.write(piece)
    if (this.#upload === 'ended' && writing === undefined)
      throw new MisuseError('the request body has ended before')
    const short = this.#declared !== undefined && this.#written < this.#declared
    if (short)
      throw new MisuseError(
        `content-length declares ${this.#declared} bytes, the body has ${this.#written}: disconnect() is how a client stops in the middle`,
      )
    if (this.#upload === 'open') this.#finish()
    await writing
  }

  /** The status and the headers; status 0 when the exchange ended without. */
  async head(): Promise<ResponseHead> {
    return this.#pulse.until(() => this.#reader.head)
  }

  /** The next piece of the response body as it was written; undefined at the end, `complete` or not. */
  async read(): Promise<Uint8Array | undefined> {
    const next = await this.#pulse.until(() => this.#reader.take())
    return 'done' in next ? undefined : next.piece
  }

  /** Piece by piece; ends with the response, `complete` or not. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const piece = await this.read()
      if (piece === undefined) return
      yield piece
    }
  }

  /**
   * The whole response, once it is over; pieces that were read before are part of it.
   * @throws what the iterable threw that the request body came from
   */
  async response(): Promise<TestResponse> {
    const parts = await this.#pulse.until(() => this.#reader.parts)
    if (this.#uploadFailure !== undefined) throw this.#uploadFailure.error
    return new TestResponse(parts, this)
  }

  /** The connection is lost, in the middle of whatever is going on; `client_closed` is a client that leaves. */
  disconnect(reason: DisconnectReason = 'client_closed', detail?: string): void {
    this.#upload = 'ended'
    this.#reader.broken()
    this.#port.lose(reason, detail)
  }

  /**
   * The client leaves, if it is still there, and waits for the application's call.
   * @throws UnsettledError when that does not return within the client's `patience`
   */
  async leave(): Promise<void> {
    this.disconnect()
    await this.returned()
  }

  #put(bytes: Uint8Array): number {
    this.#written += bytes.byteLength
    this.#pieces += 1
    const number = this.#pieces
    this.#port.write(bytes)
    return number
  }

  #finish(): void {
    this.#upload = 'ended'
    this.#port.endBody()
  }

  /** Nobody will ask for more of the request body. */
  get #deaf(): boolean {
    return !this.connection.isConnected || this.#reader.over
  }

  async #pump(pieces: Iterable<Piece> | AsyncIterable<Piece>): Promise<void> {
    try {
      for await (const piece of pieces) {
        if (this.#deaf) return
        await this.write(piece)
      }
      if (!this.#deaf) await this.end()
    } catch (error) {
      this.#uploadFailure = { error }
      this.disconnect()
    }
  }
}

/** What one read of a socket brings at most: nobody must take a body for one event. */
const READ_SIZE = 64 * 1024

function* asRead(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += READ_SIZE) yield bytes.subarray(at, at + READ_SIZE)
}
