import type { HeaderList } from '@pagi/spec'
import { MisuseError } from './errors.ts'

/** Header fields of a response, in their order. */
export class HeaderFields implements Iterable<readonly [string, string]> {
  /** Name and value of each, as the application sent them. */
  readonly pairs: HeaderList

  constructor(pairs: HeaderList) {
    this.pairs = pairs
  }

  /** The value; several of one name are joined with a comma. Letter case makes no difference. */
  get(name: string): string | undefined {
    const values = this.getAll(name)
    return values.length === 0 ? undefined : values.join(', ')
  }

  /** Every value of a name, for `set-cookie` and its like. */
  getAll(name: string): readonly string[] {
    const lowered = name.toLowerCase()
    return this.pairs.flatMap(([other, value]) => (other === lowered ? [value] : []))
  }

  has(name: string): boolean {
    return this.getAll(name).length > 0
  }

  [Symbol.iterator](): Iterator<readonly [string, string]> {
    return this.pairs[Symbol.iterator]()
  }
}

/**
 * Header fields of a request: names and values, or an object of them. A name without a value, as in
 * `{ host: undefined }`, leaves out what a client would send by itself.
 */
export type HeadersInput =
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/ // RFC 9110 5.6.2
/** Anything that a client cannot write into a field: controls and what is no byte. */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/

/** The pairs, in order. @throws MisuseError for a name or a value that no client can send */
export const readHeadersInput = (
  headers: HeadersInput | undefined,
): readonly (readonly [string, string])[] => {
  if (headers === undefined) return []
  const pairs = isIterable(headers) ? [...headers] : pairsOf(headers)
  for (const [name, value] of pairs) {
    if (typeof name !== 'string' || !TOKEN.test(name))
      throw new MisuseError(`a header name must be a token, got ${JSON.stringify(name)}`)
    if (typeof value !== 'string')
      throw new MisuseError(`header ${name} must be a string, got ${typeof value}`)
    const at = value.search(FORBIDDEN)
    if (at < 0) continue
    const unit = value.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')
    throw new MisuseError(
      `header ${name} must consist of bytes without control characters, got U+${unit} at ${at}`,
    )
  }
  return pairs
}

/** Every name, in lower case, those without a value included. */
export const namesIn = (headers: HeadersInput | undefined): ReadonlySet<string> => {
  if (headers === undefined) return new Set()
  const names = isIterable(headers) ? [...headers].map(([name]) => name) : Object.keys(headers)
  return new Set(names.map((name) => name.toLowerCase()))
}

const isIterable = (
  headers: HeadersInput,
): headers is Iterable<readonly [name: string, value: string]> => Symbol.iterator in headers

const pairsOf = (
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): (readonly [string, string])[] =>
  Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined) return []
    const values = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [value]
    return values.map((one): readonly [string, string] => [name, one])
  })
