/** The `$` forms of cases and of the probe's protocol. */

import type { Json, JsonObject } from './case.ts'
import { SuiteError } from './failure.ts'

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The bytes a value stands for: a `$` form of bytes, or a string as UTF-8. */
export function toBytes(value: Json | undefined): Buffer {
  if (value === undefined || value === null) return Buffer.alloc(0)
  if (typeof value === 'string') return Buffer.from(value)
  const bytes = isObject(value) ? formOfBytes(value) : undefined
  if (bytes === undefined) throw new SuiteError(`no bytes: ${JSON.stringify(value)}`)
  return bytes
}

/** The bytes of a `$` form; `undefined` for any other object. */
export function formOfBytes(value: JsonObject): Buffer | undefined {
  const times = typeof value['times'] === 'number' ? value['times'] : 1
  if (typeof value['$bytes'] === 'string') return Buffer.from(value['$bytes'], 'base64')
  if (typeof value['$text'] === 'string') return Buffer.from(value['$text'])
  if (typeof value['$latin1'] === 'string') {
    return Buffer.from(value['$latin1'].repeat(times), 'latin1')
  }
  if (typeof value['$repeat'] === 'string') return Buffer.from(value['$repeat'].repeat(times))
  return undefined
}

/** A value of a case in the forms of the probe's protocol. `file` gives the path of a fixture. */
export function forProbe(value: Json | undefined, file: (name: string) => string): Json {
  if (value === undefined) return null
  if (Array.isArray(value)) return value.map((item: Json) => forProbe(item, file))
  if (!isObject(value)) return value
  if (typeof value['$file'] === 'string') return file(value['$file'])
  if ('$repeat' in value || '$string' in value) return value // the probe repeats by itself
  const bytes = formOfBytes(value)
  if (bytes !== undefined) return { $bytes: bytes.toString('base64') }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, forProbe(item, file)]))
}

/** A value as text: a string itself, anything else as JSON; nothing is empty. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? '' : JSON.stringify(value)
}
