import type { RequestFields } from './fields.ts'

// The request body of an http or sse scope (HTTP-26 to HTTP-31): how many events it becomes, which of
// them is the last, and when it is too large.

export type RequestBodyState = 'unread' | 'reading' | 'ended' | 'cut'

export interface BodyPiece {
  readonly body: Uint8Array
  readonly more: boolean
}

const NO_BYTES = new Uint8Array(0)

export class RequestBody {
  #state: RequestBodyState = 'unread'
  #received = 0
  readonly #declared: number | undefined
  readonly #limit: number

  /**
   * @param declared the `content-length`, 0 for a request without body, undefined when only the
   * framing tells the end
   * @param limit the most bytes to accept; `Infinity` for no limit
   */
  constructor(declared: number | undefined, limit: number) {
    this.#declared = declared
    this.#limit = limit
  }

  get state(): RequestBodyState {
    return this.#state
  }

  /** Whether more of it has to be asked for. */
  get open(): boolean {
    return this.#state === 'unread' || this.#state === 'reading'
  }

  /** The declared length alone is over the limit: 413 without calling the application (T-STATUS). */
  get refused(): boolean {
    return this.#declared !== undefined && this.#declared > this.#limit
  }

  get limit(): number {
    return this.#limit
  }

  /** The event a receive gets without asking the transport: a request without body (HTTP-27). */
  immediate(): BodyPiece | undefined {
    if (this.#state !== 'unread' || this.#declared !== 0) return undefined
    this.#state = 'ended'
    return { body: NO_BYTES, more: false }
  }

  /** One piece from the wire; `'too-large'` once the limit is crossed (HTTP-31). */
  chunk(bytes: Uint8Array): BodyPiece | 'too-large' | undefined {
    if (!this.open || bytes.byteLength === 0) return undefined
    this.#received += bytes.byteLength
    if (this.#received > this.#limit) {
      this.#state = 'cut'
      return 'too-large'
    }
    // A declared length marks its own last piece, which saves the application a receive.
    const more = this.#declared === undefined || this.#received < this.#declared
    this.#state = more ? 'reading' : 'ended'
    return { body: bytes, more }
  }

  /** The framing says that the body is complete. */
  end(): BodyPiece | undefined {
    if (!this.open) return undefined
    this.#state = 'ended'
    return { body: NO_BYTES, more: false }
  }

  /** The scope is over: nothing more of it will be delivered. */
  cut(): void {
    if (this.open) this.#state = 'cut'
  }
}

/** The body's length: none without framing, unknown when it is chunked. */
export const bodyLength = (fields: RequestFields): number | undefined =>
  fields.values('transfer-encoding').length > 0
    ? undefined
    : Number(fields.values('content-length')[0] ?? 0)
