import { MisuseError } from './errors.ts'

/** One piece of a body; text is sent as UTF-8. */
export type Piece = string | Uint8Array

/** A request body. Lists and generators are sent piece by piece, chunked. */
export type BodyInput =
  Piece | ArrayBuffer | URLSearchParams | FormData | Iterable<Piece> | AsyncIterable<Piece>

/** A body as it goes out: whole, or in pieces that come later. */
export type Upload =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly type: string | undefined }
  | { readonly kind: 'pieces'; readonly pieces: Iterable<Piece> | AsyncIterable<Piece> }
  /** The test writes it by hand. */
  | { readonly kind: 'manual' }

export interface BodyOptions {
  /** The request body. */
  readonly body?: BodyInput | undefined
  /** A value sent as JSON, in place of `body`. */
  readonly json?: unknown
  /** The body comes later, by `write` and `end` of the exchange. */
  readonly stream?: boolean | undefined
}

const encoder = new TextEncoder()

export const bytesOf = (piece: unknown): Uint8Array => {
  if (typeof piece === 'string') return encoder.encode(piece)
  if (piece instanceof Uint8Array) return new Uint8Array(piece)
  throw new MisuseError(`a piece of a body must be a string or a Uint8Array, got ${typeof piece}`)
}

/** @throws MisuseError for what is no body, or more than one */
export const readBodyInput = async ({ body, json, stream }: BodyOptions): Promise<Upload> => {
  const given = [body !== undefined, json !== undefined, stream === true]
  if (given.filter(Boolean).length > 1)
    throw new MisuseError('a request has one of body, json and stream, got several')
  if (stream === true) return { kind: 'manual' }
  if (json !== undefined) return whole(JSON.stringify(json), 'application/json')
  if (body === undefined) return { kind: 'none' }
  if (typeof body === 'string') return whole(body, 'text/plain;charset=UTF-8')
  if (body instanceof Uint8Array) return whole(body)
  if (body instanceof ArrayBuffer) return whole(new Uint8Array(body))
  if (body instanceof URLSearchParams)
    return whole(String(body), 'application/x-www-form-urlencoded;charset=UTF-8')
  if (body instanceof FormData) {
    const encoded = new Response(body)
    const bytes = new Uint8Array(await encoded.arrayBuffer())
    return whole(bytes, encoded.headers.get('content-type') ?? undefined)
  }
  if (typeof body === 'object' && (Symbol.iterator in body || Symbol.asyncIterator in body))
    return { kind: 'pieces', pieces: body }
  throw new MisuseError(
    'body must be a string, bytes, URLSearchParams, FormData or an iterable of pieces; json takes any other value',
  )
}

const whole = (content: Piece, type?: string): Upload => ({
  kind: 'whole',
  bytes: bytesOf(content),
  type,
})
