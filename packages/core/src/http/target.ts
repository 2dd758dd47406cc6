/**
 * The request target of RFC 9112 section 3.2 as PAGI's `path`, `raw_path` and `query_string` (T-PATH).
 * Nothing is normalised: dot segments, doubled slashes and `+` reach the application as sent.
 */
import type { ByteString } from '@pagi/spec'

export interface AcceptedTarget {
  readonly ok: true
  /** `scope.path`: decoded text below the root path; `*` for `OPTIONS *`. */
  readonly path: string
  /** `scope.raw_path`: the whole requested path, percent-encoded, the root path in front. */
  readonly rawPath: ByteString
  /** `scope.query_string`: what follows the first `?`, undecoded. */
  readonly queryString: ByteString
  /** `scope.root_path`, as given. */
  readonly rootPath: string
  /** The scheme and authority of an absolute-form target, as received; only HTTP-24 needs them. */
  readonly scheme?: 'http' | 'https'
  readonly authority?: ByteString
}

export interface RefusedTarget {
  readonly ok: false
  readonly status: 400 | 501
  readonly detail: string
}

export type RequestTarget = AcceptedTarget | RefusedTarget

/** Visible ASCII without `#`, `%` and `?`: most targets, and nothing in them needs decoding. */
const PLAIN_PATH = /^\/[!"$&->@-~]*$/

/**
 * What no target may hold. A fragment never leaves the client (RFC 9110 7.1) and is in no form of
 * RFC 9112 3.2; controls and blanks end a request line or are its injection. Bytes above 0x7F are
 * no URI characters either, but clients do send raw UTF-8, and decoding it harms nobody.
 */
const FORBIDDEN = /[^\x21\x22\x24-\x7e\x80-\xff]/

const ABSOLUTE_FORM = /^(https?):\/\/([^/?]+)(.*)$/i

/**
 * Reads the target of a request line (HTTP-17 to HTTP-25).
 *
 * @param target the target as received, one code unit per byte
 * @param method the method token, as received
 * @param rootPath the server's root path, as {@link normalizeRootPath} returns it
 * @returns the parts of the target, or the status the server answers with: 400 for what is no path
 *   (HTTP-25), 501 for CONNECT (T-STATUS)
 */
export function parseTarget(target: ByteString, method: string, rootPath: string): RequestTarget {
  if (method === 'CONNECT') return refuse(501, 'the CONNECT method is not supported')
  if (PLAIN_PATH.test(target)) {
    const rawPath = rootPath === '' ? target : encodeRoot(rootPath) + target
    return { ok: true, path: target, rawPath, queryString: '', rootPath }
  }
  if (target === '*') {
    if (method !== 'OPTIONS') return refuse(400, `the target * belongs to OPTIONS, got ${method}`)
    // HTTP-23: `*` is no path, so no prefix goes in front of it.
    return { ok: true, path: '*', rawPath: '*', queryString: '', rootPath }
  }
  if (FORBIDDEN.test(target)) {
    return refuse(400, 'the request target holds a control character, a blank or a fragment')
  }
  if (target.startsWith('/')) return split(target, rootPath)
  const absolute = ABSOLUTE_FORM.exec(target)
  if (absolute === null) return refuse(400, 'the request target is not a path') // HTTP-25
  const [, scheme = '', authority = '', rest = ''] = absolute
  return {
    ...split(rest.startsWith('/') ? rest : `/${rest}`, rootPath), // RFC 9110 4.2.3: no path means /
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    authority,
  }
}

/**
 * The server's root path as `scope.root_path` wants it (HTTP-20): decoded text, either empty or
 * with a slash in front and none at the end. `/` means none, and one closing slash is dropped;
 * a `%` stands for itself, since the value is decoded text.
 *
 * @throws RangeError when the value does not start with `/`, ends with several, or is not
 *   well-formed text
 */
export function normalizeRootPath(value: string): string {
  const path = value.endsWith('/') ? value.slice(0, -1) : value
  if (path !== '' && !path.startsWith('/')) {
    throw new RangeError(`a root path must start with "/", got ${JSON.stringify(value)}`)
  }
  if (path.endsWith('/')) {
    throw new RangeError(`a root path must not end with "//", got ${JSON.stringify(value)}`)
  }
  if (!path.isWellFormed()) {
    throw new RangeError(`a root path must be well-formed text, got ${JSON.stringify(value)}`)
  }
  return path
}

function refuse(status: 400 | 501, detail: string): RefusedTarget {
  return { ok: false, status, detail }
}

function split(target: ByteString, rootPath: string): AcceptedTarget {
  const mark = target.indexOf('?')
  const raw = mark === -1 ? target : target.slice(0, mark)
  const queryString = mark === -1 ? '' : target.slice(mark + 1)
  const path = PLAIN_PATH.test(raw) ? raw : decodePath(raw)
  const rawPath = rootPath === '' ? raw : encodeRoot(rootPath) + raw // HTTP-21
  return { ok: true, path, rawPath, queryString, rootPath }
}

/** It drops no byte order mark: a path starts with a slash. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Percent-decoding, then strict UTF-8; the bytes themselves, all of them, where that fails (HTTP-18). */
function decodePath(raw: ByteString): string {
  const bytes = new Uint8Array(raw.length)
  let length = 0
  for (let at = 0; at < raw.length; at++) {
    const unit = raw.charCodeAt(at)
    const escaped =
      unit === 0x25 ? hex(raw.charCodeAt(at + 1)) * 16 + hex(raw.charCodeAt(at + 2)) : NaN
    if (Number.isNaN(escaped)) {
      bytes[length++] = unit // a malformed escape stays literal (T-PATH)
    } else {
      bytes[length++] = escaped
      at += 2
    }
  }
  const decoded = bytes.subarray(0, length)
  try {
    return utf8.decode(decoded)
  } catch {
    return Array.from(decoded, (byte) => String.fromCharCode(byte)).join('')
  }
}

/** The value of a hexadecimal digit, NaN for any other code unit. */
function hex(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  const letter = unit | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN
}

let lastRoot = ''
let lastEncoded = ''

/** The root path as it stands in a URI; a server has one, so the last one is remembered. */
function encodeRoot(rootPath: string): ByteString {
  if (rootPath !== lastRoot) {
    lastEncoded = encodeURI(rootPath).replace(/[?#]/g, encodeURIComponent)
    lastRoot = rootPath
  }
  return lastEncoded
}
