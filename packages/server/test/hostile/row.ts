// The rows of the table of hostile inputs, and the words they are written in.

/** What has to come of an input, however it arrives. */
export type Expectation =
  /** The application is not called; one response of this status, and the connection closes. */
  | { readonly kind: 'refused'; readonly status: number }
  /**
   * The head is in order, the rest is not: the application may be called, but never sees the end of
   * a body. One response of this status, and the connection closes.
   */
  | { readonly kind: 'broken'; readonly status: number }
  /** An ordinary request, which the application sees as described, answered 200. */
  | {
      readonly kind: 'served'
      readonly sees: Partial<Seen>
      /** What becomes of the next request of the connection. */
      readonly next: 'served' | 'closed' | 'refused'
    }

/** What the application notes of a request. */
export interface Seen {
  readonly type: string
  readonly method: string
  readonly path: string
  readonly query: string
  readonly version: string
  readonly headers: string
  readonly body: string
  /** `complete`: the body came to its end. Otherwise why it did not. */
  readonly outcome: string
}

export interface HostileInput {
  readonly name: string
  /** One code unit a byte. */
  readonly bytes: string
  readonly expected: Expectation
  /** Where the expectation comes from. */
  readonly rule: string
  /** Why it is this one, where the rule leaves a choice or is not the whole story. */
  readonly why?: string
}

export interface Family {
  readonly title: string
  readonly rows: readonly HostileInput[]
}

/** Limits of the server the rows are tried on: low, so that what is over them can be split at every byte. */
export const LIMITS = {
  maxUrlSize: 200,
  maxHeaderSize: 400,
  maxHeaderCount: 12,
  maxBodySize: 1000,
} as const

/** Lines, and the empty one that ends a head. */
export const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`

export const get = (...fields: readonly string[]): string =>
  head('GET /bad HTTP/1.1', 'host: a', ...fields)

/** A request line of one's own, above a Host. */
export const line = (requestLine: string): string => head(requestLine, 'host: a')

/** A POST with these fields, and what is sent behind its head. */
export const post = (fields: readonly string[], body = ''): string =>
  head('POST /bad HTTP/1.1', 'host: a', ...fields) + body

/** A POST in chunks: what stands where its chunks belong. */
export const chunked = (body: string): string => post(['transfer-encoding: chunked'], body)

export const refused = (
  status: number,
  name: string,
  bytes: string,
  rule: string,
  why?: string,
): HostileInput => row(name, bytes, { kind: 'refused', status }, rule, why)

export const broken = (
  status: number,
  name: string,
  bytes: string,
  rule: string,
  why?: string,
): HostileInput => row(name, bytes, { kind: 'broken', status }, rule, why)

export const served = (
  sees: Partial<Seen>,
  name: string,
  bytes: string,
  rule: string,
  why?: string,
): HostileInput => row(name, bytes, { kind: 'served', sees, next: 'served' }, rule, why)

/** As `served`, and the connection closes behind it. */
export const servedLast = (
  sees: Partial<Seen>,
  name: string,
  bytes: string,
  rule: string,
  why?: string,
): HostileInput => row(name, bytes, { kind: 'served', sees, next: 'closed' }, rule, why)

/** As `served`, but the next request is answered 400 where the connection does not close. */
export const servedQuietly = (
  sees: Partial<Seen>,
  name: string,
  bytes: string,
  rule: string,
  why: string,
): HostileInput => row(name, bytes, { kind: 'served', sees, next: 'refused' }, rule, why)

const row = (
  name: string,
  bytes: string,
  expected: Expectation,
  rule: string,
  why: string | undefined,
): HostileInput => ({ name, bytes, expected, rule, ...(why === undefined ? {} : { why }) })
