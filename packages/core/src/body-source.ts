import { InvalidEventError } from '@pagi/spec'
import { isInteger } from './values.ts'

// What the `file` and `fh` of a body event may be (binding, section 6).

const BODY = 'http.response.body'

/** A `file` or `fh` to stream: a path or URL, or one of the sources of the binding, section 6. */
export interface SourceFields {
  readonly kind: 'source'
  readonly file: string | URL | undefined
  readonly fh: unknown
  readonly offset: number
  readonly length: number | undefined
}

/** Paths that are absolute on some system; which of them are so here is for the runtime to say. */
const ABSOLUTE = /^([/\\]|[A-Za-z]:[/\\])/

export const checkFile = (file: unknown): string | URL => {
  if (typeof file === 'string' && ABSOLUTE.test(file)) return file // HTTP-52
  if (file instanceof URL && file.protocol === 'file:') return file
  throw new InvalidEventError(BODY, 'file', 'an absolute path or a file: URL object', file)
}

/** What an `fh` may be is checked here, as HEAD opens none (HTTP-68); only some have positions. */
export const checkHandle = ({ fh, offset, length }: SourceFields): void => {
  const descriptor = isInteger(fh) && fh >= 0
  if (!descriptor && !isSource(fh))
    throw new InvalidEventError(
      BODY,
      'fh',
      'a FileHandle, a descriptor, a stream or an async iterable of bytes',
      fh,
    )
  if (descriptor || isHandle(fh) || (offset === 0 && length === undefined)) return
  throw new InvalidEventError(
    BODY,
    offset === 0 ? 'length' : 'offset',
    'absent, as this kind of fh has no positions',
    offset === 0 ? length : offset,
  )
}

/** What FileHandle of Node has in common with its likes: explicit positions. */
export interface Handle {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** A Node stream over a file has both members too, but is an iterable. */
export const isHandle = (value: unknown): value is Handle =>
  isObject(value) &&
  'fd' in value &&
  'read' in value &&
  typeof value.read === 'function' &&
  !isIterable(value)

export const isWebStream = (value: unknown): value is ReadableStream<Uint8Array> =>
  isObject(value) && 'getReader' in value && typeof value.getReader === 'function'

export const isIterable = (value: unknown): value is AsyncIterable<Uint8Array> =>
  isObject(value) &&
  Symbol.asyncIterator in value &&
  typeof value[Symbol.asyncIterator] === 'function'

/** A Readable of Node, as far as it is needed. */
export interface NodeStream {
  readonly destroyed: boolean
  readonly readableEnded?: boolean
  readonly errored?: unknown
  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterator<unknown>
}

export const isNodeStream = (value: unknown): value is NodeStream =>
  isObject(value) &&
  'destroyed' in value &&
  'iterator' in value &&
  typeof value.iterator === 'function'

const isSource = (value: unknown): boolean =>
  isHandle(value) || isWebStream(value) || isIterable(value)
