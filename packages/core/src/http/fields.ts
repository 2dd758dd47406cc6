import type { ByteString, Header, HeaderList } from '@pagi/spec'

// The header section of a request, read in one pass: names in lower case, wire order, cookies joined
// (HTTP-03 to HTTP-06), and a note of what a server looks at itself.

/** The fields a server looks at, each as one bit. */
const BITS = {
  accept: 1,
  connection: 2,
  'content-length': 4,
  expect: 8,
  host: 16,
  'sec-websocket-key': 32,
  'sec-websocket-protocol': 64,
  'sec-websocket-version': 128,
  'transfer-encoding': 256,
  upgrade: 512,
} as const

const COOKIE = 1024

export type PickedName = keyof typeof BITS

export interface RequestFields {
  /** The scope's `headers`: lower-case names, wire order, duplicates kept, one `cookie` (HTTP-05, HTTP-06). */
  readonly headers: HeaderList
  /** Every value of a field the server itself looks at, in wire order; empty when it is absent. */
  values(name: PickedName): readonly ByteString[]
}

/** What a name becomes, and its bit. */
interface KnownName {
  readonly lowered: string
  readonly bit: number
}

const BIT_OF: ReadonlyMap<string, number> = new Map([...Object.entries(BITS), ['cookie', COOKIE]])

/** Names as they came. A peer makes them up, so both their number and their length have a bound. */
const KNOWN = new Map<string, KnownName>()
const KNOWN_LIMIT = 512
const LONGEST_KNOWN = 64

const NONE: readonly ByteString[] = Object.freeze([])

/**
 * Reads a header section.
 *
 * @param raw a flat list `[name, value, name, value, ...]` of byte strings, blanks around the values
 *   removed, as node:http's `rawHeaders`
 */
export const readHeaders = (raw: readonly ByteString[]): RequestFields => {
  const headers: Header[] = []
  let seen = 0
  let cookieAt = -1
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    const { lowered, bit } = KNOWN.get(name) ?? know(name)
    if (bit === COOKIE) {
      if (cookieAt >= 0) {
        headers[cookieAt] = ['cookie', `${headers[cookieAt]?.[1]}; ${value}`] // HTTP-06
        continue
      }
      cookieAt = headers.length
    }
    seen |= bit
    headers.push([lowered, value])
  }
  return new SeenFields(headers, seen)
}

/** Values are looked up when they are asked for, and only if the one pass has met the name. */
class SeenFields implements RequestFields {
  readonly headers: HeaderList
  readonly #seen: number

  constructor(headers: HeaderList, seen: number) {
    this.headers = headers
    this.#seen = seen
  }

  values(name: PickedName): readonly ByteString[] {
    if ((this.#seen & BITS[name]) === 0) return NONE
    const values: ByteString[] = []
    for (const header of this.headers) if (header[0] === name) values.push(header[1])
    return values
  }
}

const know = (name: string): KnownName => {
  const lowered = name.toLowerCase()
  const known = { lowered, bit: BIT_OF.get(lowered) ?? 0 }
  if (name.length > LONGEST_KNOWN) return known
  if (KNOWN.size >= KNOWN_LIMIT) KNOWN.clear()
  KNOWN.set(name, known)
  return known
}
