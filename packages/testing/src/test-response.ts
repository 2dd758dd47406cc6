import type { DisconnectReason, HeaderList } from '@pagi/spec'
import { HeaderFields } from './header-fields.ts'

/** The head of a response. */
export interface ResponseHead {
  /** 0 when no response began. */
  readonly status: number
  readonly headers: HeaderFields
}

/** What a response is made of. */
export interface ResponseParts extends ResponseHead {
  readonly bytes: Uint8Array
  readonly trailers: HeaderList
  readonly complete: boolean
}

/** What is known of the scope a response came from; it may go on after the response. */
export interface ResponseOrigin {
  readonly reason: DisconnectReason | undefined
  readonly error: unknown
}

const decoder = new TextDecoder()

/** All that came back for one request. */
export class TestResponse implements ResponseHead {
  readonly status: number
  readonly headers: HeaderFields
  readonly trailers: HeaderFields
  /** False when the connection was closed before the response was whole. */
  readonly complete: boolean
  readonly #bytes: Uint8Array
  readonly #origin: ResponseOrigin

  constructor(
    { status, headers, bytes, trailers, complete }: ResponseParts,
    origin: ResponseOrigin,
  ) {
    this.status = status
    this.headers = headers
    this.trailers = new HeaderFields(trailers)
    this.complete = complete
    this.#bytes = bytes
    this.#origin = origin
  }

  /** The status is one of success, 200 to 299, and the response is whole. */
  get ok(): boolean {
    return this.complete && this.status >= 200 && this.status <= 299
  }

  /** Why the scope ended abnormally (T-REASON), as with a 500 that the server made. */
  get reason(): DisconnectReason | undefined {
    return this.#origin.reason
  }

  /** What the application's call threw, if it did. */
  get error(): unknown {
    return this.#origin.error
  }

  /** The body. */
  bytes(): Uint8Array {
    return this.#bytes
  }

  /** The body as UTF-8. */
  text(): string {
    return decoder.decode(this.#bytes)
  }

  /** The body as JSON. @throws SyntaxError that shows what it is instead */
  json(): unknown {
    const text = this.text()
    try {
      const value: unknown = JSON.parse(text)
      return value
    } catch (error) {
      const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text
      throw new SyntaxError(
        `the body of this ${this.status} is no JSON: ${JSON.stringify(shown)}`,
        { cause: error },
      )
    }
  }
}

/** Pieces in one. */
export const joined = (pieces: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}
