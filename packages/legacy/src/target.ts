import { Buffer } from 'node:buffer'
import type { WwwScope } from '@pagi/spec'

// What node:http calls `url`, from the paths of a scope (LEG-01, T-PATH). `raw_path` is what the client
// wrote, and the handler shall see that; but `path` is what everybody in front of it has decided by, so
// where the two do not tell the same, `path` holds (MW-22).

export interface Target {
  /** `req.url`: the path below the mount, with the query. */
  readonly url: string
  /** `req.baseUrl`: where the handler is mounted, as requested; '' at the top. */
  readonly baseUrl: string
  /** Both, as they were requested. */
  readonly originalUrl: string
}

type Paths = Pick<WwwScope, 'path' | 'raw_path' | 'root_path' | 'query_string'>

export const targetOf = ({
  path,
  raw_path: raw,
  root_path: root,
  query_string: query,
}: Paths): Target => {
  const [base, rest] = cut(path, raw ?? undefined, root)
  const search = query === '' ? '' : `?${query}`
  return {
    url: (rest || '/') + search,
    baseUrl: base,
    originalUrl: (base + rest || '/') + search,
  }
}

const cut = (
  path: string,
  raw: string | undefined,
  root: string,
): readonly [base: string, rest: string] => {
  if (raw !== undefined) {
    if (root === '' && (raw === path || decode(raw) === path)) return ['', raw]
    for (let at = root === '' ? -1 : border(raw, 0); at >= 0; at = border(raw, at + 1)) {
      const [base, rest] = [raw.slice(0, at), raw.slice(at)]
      if (decode(base) === root && decode(rest) === path) return [base, rest]
    }
  }
  return [encode(root), encode(path)]
}

/** The next place where a segment ends; -1 when there is none. */
const border = (raw: string, from: number): number => {
  if (from > raw.length) return -1
  const slash = raw.indexOf('/', from)
  return slash < 0 ? raw.length : slash
}

/** HTTP-17, HTTP-18: bytes that are no UTF-8 stand for themselves, and a malformed escape too. */
const decode = (raw: string): string => {
  if (!raw.includes('%')) return isAscii(raw) ? raw : text(Buffer.from(raw, 'latin1'))
  const plain = raw.replaceAll(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  )
  return text(Buffer.from(plain, 'latin1'))
}

const text = (bytes: Buffer): string => {
  const decoded = bytes.toString('utf8')
  return Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : bytes.toString('latin1')
}

const isAscii = (raw: string): boolean => !/[^\0-\x7f]/.test(raw)

/** Escapes what may not stand in a path as it is (RFC 3986, 3.3). */
const encode = (path: string): string =>
  path.replaceAll(/[^\w\-.~!$&'()*+,;=:@/]/gu, encodeURIComponent)
