import type { RequestHead } from '@pagi/core/memory'
import type { BodyOptions, Upload } from './body-input.ts'
import { MisuseError } from './errors.ts'
import { namesIn, readHeadersInput } from './header-fields.ts'
import type { HeadersInput } from './header-fields.ts'

// From what a test says of a request to the bytes a client would write.

/** What a request is, beside its target. */
export interface RequestOptions extends BodyOptions {
  /** Default: `GET`, with a body `POST`. */
  readonly method?: string | undefined
  readonly headers?: HeadersInput | undefined
  /** Added to the target's query. */
  readonly query?: Readonly<Record<string, string | number | boolean>> | URLSearchParams | undefined
  /** Default: `1.1`. */
  readonly httpVersion?: '1.0' | '1.1' | undefined
}

/** What all requests of a client share. */
export interface RequestDefaults {
  readonly host: string
  readonly headers: HeadersInput | undefined
  readonly secure: boolean
}

export interface MadeHead {
  readonly head: RequestHead
  readonly secure: boolean
  /** What `content-length` declares, 0 without a body, undefined when it is chunked. */
  readonly declared: number | undefined
}

const NORMALIZED = ['delete', 'get', 'head', 'options', 'patch', 'post', 'put']

/**
 * @param habits fields that this kind of client sends by itself
 * @throws MisuseError for what no client can write
 */
export const makeHead = (
  target: string | URL,
  { method, headers, query, httpVersion = '1.1' }: RequestOptions,
  upload: Upload,
  defaults: RequestDefaults,
  habits: ReadonlyMap<string, string> = new Map(),
): MadeHead => {
  const place = readTarget(target)
  const verb = readMethod(method ?? (upload.kind === 'none' ? 'GET' : 'POST'))
  const said = new Set([...namesIn(headers), ...habits.keys()])
  const shared = readHeadersInput(defaults.headers).filter(
    ([name]) => !said.has(name.toLowerCase()),
  )
  const named = new Set([...said, ...namesIn(defaults.headers)])
  const fields: (readonly [string, string])[] = [
    ...[...habits].filter(([name]) => !namesIn(headers).has(name)),
    ...shared,
    ...readHeadersInput(headers),
  ]
  if (!named.has('host')) fields.unshift(['host', place.host ?? defaults.host])
  if (upload.kind === 'whole' && upload.type !== undefined && !named.has('content-type'))
    fields.push(['content-type', upload.type])
  if (!named.has('content-length') && !named.has('transfer-encoding'))
    fields.push(...framingOf(upload, verb, httpVersion))
  return {
    head: {
      method: verb,
      target: withQuery(place.target, query),
      httpVersion,
      rawHeaders: fields.flat(),
    },
    secure: place.secure ?? defaults.secure,
    declared: declaredBy(fields),
  }
}

interface Place {
  readonly target: string
  readonly host?: string
  readonly secure?: boolean
}

/** An absolute URL says where it goes, and a client asks there for its path. */
const readTarget = (target: string | URL): Place => {
  if (typeof target !== 'string' && !(target instanceof URL))
    throw new MisuseError(`a target must be a path such as "/users?page=2", got ${typeof target}`)
  const text = String(target)
  if (/^https?:\/\//i.test(text)) {
    const { host, protocol, pathname, search } = new URL(text)
    return { target: pathname + search, host, secure: protocol === 'https:' }
  }
  if (!text.startsWith('/') && text !== '*')
    throw new MisuseError(
      `a target must be a path such as "/users?page=2", got ${JSON.stringify(text)}`,
    )
  // Wide text has no bytes to be sent as, and a line end would be the end of the request line.
  if (/[\r\n\u0100-\uffff]/.test(text))
    throw new MisuseError(`a target must be percent-encoded, got ${JSON.stringify(text)}`)
  return { target: text }
}

const readMethod = (method: string): string => {
  if (typeof method !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method))
    throw new MisuseError(`a method must be a token such as GET, got ${JSON.stringify(method)}`)
  return NORMALIZED.includes(method) ? method.toUpperCase() : method
}

const withQuery = (target: string, query: RequestOptions['query']): string => {
  if (query === undefined) return target
  const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query)
  const text = String(
    new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)])),
  )
  if (text === '') return target
  return `${target}${target.includes('?') ? '&' : '?'}${text}`
}

const framingOf = (
  upload: Upload,
  method: string,
  httpVersion: string,
): readonly (readonly [string, string])[] => {
  if (upload.kind === 'whole') return [['content-length', String(upload.bytes.byteLength)]]
  if (upload.kind === 'none')
    return ['POST', 'PUT', 'PATCH'].includes(method) ? [['content-length', '0']] : []
  if (httpVersion === '1.0')
    throw new MisuseError('HTTP/1.0 has no chunks: say the content-length of a body in pieces')
  return [['transfer-encoding', 'chunked']]
}

const declaredBy = (fields: readonly (readonly [string, string])[]): number | undefined => {
  const value = (name: string): string | undefined =>
    fields.find(([other]) => other.toLowerCase() === name)?.[1]
  return value('transfer-encoding') === undefined ? Number(value('content-length') ?? 0) : undefined
}
