import { InvalidEventError } from '@pagi/spec'
import { encodeUtf8 } from './text.ts'

// The kinds of values a field may hold (binding, section 6). Each throws an InvalidEventError that names
// the event, the field and what was got.

/** Bytes on their way out; `owned` ones are ours, others stay the caller's until its send settled. */
export interface Payload {
  readonly bytes: Uint8Array
  readonly owned: boolean
}

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null

export const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)

/** Flags are `true`, `false`, `1` and `0` (CORE-15). */
export const flag = (type: string, field: string, value: unknown): boolean => {
  if (value === undefined || value === false || value === 0 || value === null) return false
  if (value === true || value === 1) return true
  throw new InvalidEventError(type, field, 'true, false, 1 or 0', value)
}

export const integerOr = <Default>(
  type: string,
  field: string,
  value: unknown,
  fallback: Default,
): number | Default => {
  if (value === undefined || value === null) return fallback
  if (isInteger(value) && value >= 0) return value
  throw new InvalidEventError(type, field, 'a non-negative integer', value) // HTTP-50, SSE-11
}

export const seconds = (type: string, field: string, value: unknown): number => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new InvalidEventError(type, field, 'a finite number of seconds, 0 or more', value)
}

export const requiredText = (type: string, field: string, value: unknown): string => {
  if (typeof value !== 'string') throw new InvalidEventError(type, field, 'a string', value)
  if (!value.isWellFormed())
    throw new InvalidEventError(type, field, 'well-formed text (no lone surrogate)', value)
  return value
}

export const optionalText = (type: string, field: string, value: unknown): string | undefined =>
  isGiven(value) ? requiredText(type, field, value) : undefined

/** Bytes, or text that leaves as UTF-8 (binding, section 6). */
export const payload = (type: string, field: string, value: unknown): Payload => {
  if (typeof value === 'string')
    return { bytes: encodeUtf8(requiredText(type, field, value)), owned: true }
  if (isBytes(value)) return { bytes: value, owned: false }
  const buffer = isArrayBuffer(value) ? viewOf(value) : undefined
  if (buffer !== undefined) return { bytes: buffer, owned: false }
  throw new InvalidEventError(type, field, 'a Uint8Array, an ArrayBuffer or a string', value)
}

/** True for a `Uint8Array` of any realm, a Node `Buffer` included; a tag alone could be a lie. */
export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) &&
  (value instanceof Uint8Array || tagOf(value) === '[object Uint8Array]')

const isArrayBuffer = (value: unknown): value is ArrayBuffer =>
  value instanceof ArrayBuffer || tagOf(value) === '[object ArrayBuffer]'

const tagOf = (value: unknown): string =>
  typeof value === 'object' ? Object.prototype.toString.call(value) : ''

const viewOf = (buffer: ArrayBuffer): Uint8Array | undefined => {
  try {
    return new Uint8Array(new DataView(buffer).buffer)
  } catch {
    return undefined // detached, or something that only says it is an ArrayBuffer
  }
}
