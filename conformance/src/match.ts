/** Partial, deep matching of what was got. */

import type { Json, JsonObject } from './case.ts'
import { formOfBytes, isObject, textOf } from './values.ts'

type Saved = ReadonlyMap<string, unknown>
type Rule = (got: unknown, wanted: JsonObject, saved: Saved, at: string) => string | undefined

/**
 * Compares.
 *
 * @param got what came
 * @param wanted what the case says
 * @param saved what earlier steps kept
 * @param at where in the value we are, for the message
 * @returns what is wrong, or `undefined`
 */
export function mismatch(
  got: unknown,
  wanted: Json,
  saved: Saved = new Map(),
  at = '',
): string | undefined {
  if (isObject(wanted)) {
    const special = Object.keys(wanted).find((key) => key in RULES)
    if (special !== undefined) return RULES[special]?.(got, wanted, saved, at)
    const bytes = formOfBytes(wanted)
    if (bytes !== undefined) {
      return bytesOf(got)?.equals(bytes) === true ? undefined : differs(at, got, wanted)
    }
    if ('$string' in wanted) {
      const times = typeof wanted['times'] === 'number' ? wanted['times'] : 1
      return mismatch(got, textOf(wanted['$string']).repeat(times), saved, at)
    }
    if (!isObject(got)) return differs(at, got, wanted)
    for (const [key, item] of Object.entries(wanted)) {
      if (item === undefined) continue
      const fault = mismatch(got[key], item, saved, below(at, key))
      if (fault !== undefined) return fault
    }
    return undefined
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(got)) return differs(at, got, wanted)
    if (got.length !== wanted.length) return differs(at, got, wanted)
    for (const [index, item] of wanted.entries()) {
      const fault = mismatch(got[index], item, saved, `${at}[${index}]`)
      if (fault !== undefined) return fault
    }
    return undefined
  }
  if (typeof wanted === 'boolean') {
    return got === wanted || got === Number(wanted) ? undefined : differs(at, got, wanted)
  }
  if (typeof wanted === 'string' && typeof got !== 'string') {
    const bytes = bytesOf(got)
    return bytes?.equals(Buffer.from(wanted)) === true ? undefined : differs(at, got, wanted)
  }
  if (wanted === null) return got === null || got === undefined ? undefined : differs(at, got, null)
  return got === wanted ? undefined : differs(at, got, wanted)
}

function bytesOf(got: unknown): Buffer | undefined {
  if (Buffer.isBuffer(got)) return got
  return isObject(got) ? formOfBytes(got) : undefined
}

/** A short form of a value for a message. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Buffer.isBuffer(value)) {
    return `${value.length} bytes ${JSON.stringify(value.toString('latin1', 0, 200))}`
  }
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (isObject(item) && item['type'] === 'Buffer' && Array.isArray(item['data'])) {
      return Buffer.from(item['data'].map(Number)).toString('latin1')
    }
    return item
  })
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}

const below = (at: string, key: string): string => (at === '' ? key : `${at}.${key}`)

function differs(at: string, got: unknown, wanted: unknown): string {
  return `${at === '' ? '' : `${at}: `}expected ${show(wanted)}, got ${show(got)}`
}

const kindOf: Readonly<Record<string, (got: unknown) => boolean>> = {
  string: (got) => typeof got === 'string',
  number: (got) => typeof got === 'number',
  integer: (got) => Number.isInteger(got),
  boolean: (got) => typeof got === 'boolean',
  flag: (got) => typeof got === 'boolean' || got === 0 || got === 1,
  object: (got) => isObject(got),
  array: (got) => Array.isArray(got),
  bytes: (got) => bytesOf(got) !== undefined,
}

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : [])

const wrong = (fine: boolean, at: string, got: unknown, wanted: unknown): string | undefined =>
  fine ? undefined : differs(at, got, wanted)

function length(got: unknown): number | undefined {
  if (typeof got === 'string' || Array.isArray(got)) return got.length
  const bytes = bytesOf(got)
  return bytes === undefined && isObject(got) ? Object.keys(got).length : bytes?.length
}

const RULES: Readonly<Record<string, Rule>> = {
  $any: (got, wanted, _saved, at) => wrong(got !== undefined && got !== null, at, got, wanted),
  $absent: (got, wanted, _saved, at) => wrong(got === undefined || got === null, at, got, wanted),
  $missing: (got, wanted, _saved, at) => wrong(got === undefined, at, got, wanted),
  $type: (got, wanted, _saved, at) =>
    wrong(kindOf[textOf(wanted['$type'])]?.(got) === true, at, got, wanted),
  $re: (got, wanted, _saved, at) => {
    const pattern = new RegExp(textOf(wanted['$re']), textOf(wanted['flags']))
    const text = typeof got === 'string' ? got : bytesOf(got)?.toString('latin1')
    return wrong(text !== undefined && pattern.test(text), at, got, wanted)
  },
  $oneOf: (got, wanted, saved, at) =>
    wrong(
      list(wanted['$oneOf']).some((one) => mismatch(got, one, saved) === undefined),
      at,
      got,
      wanted,
    ),
  $not: (got, wanted, saved, at) =>
    wrong(mismatch(got, wanted['$not'] ?? null, saved) !== undefined, at, got, wanted),
  $all: (got, wanted, saved, at) =>
    list(wanted['$all'])
      .map((one) => mismatch(got, one, saved, at))
      .find((fault) => fault !== undefined),
  $contains: (got, wanted, saved, at) =>
    wrong(
      Array.isArray(got) &&
        list(wanted['$contains']).every((one) =>
          got.some((item) => mismatch(item, one, saved) === undefined),
        ),
      at,
      got,
      wanted,
    ),
  $lacks: (got, wanted, saved, at) =>
    wrong(
      Array.isArray(got) &&
        list(wanted['$lacks']).every((one) =>
          got.every((item) => mismatch(item, one, saved) !== undefined),
        ),
      at,
      got,
      wanted,
    ),
  $length: (got, wanted, saved, at) => {
    const fault = mismatch(length(got), wanted['$length'] ?? null, saved, `${at}.length`)
    return fault === undefined ? undefined : `${fault} of ${show(got)}`
  },
  $keys: (got, wanted, saved, at) =>
    isObject(got)
      ? Object.keys(got)
          .map((key) => mismatch(key, wanted['$keys'] ?? null, saved, below(at, `key ${key}`)))
          .find((fault) => fault !== undefined)
      : differs(at, got, wanted),
  $values: (got, wanted, saved, at) =>
    isObject(got)
      ? Object.entries(got)
          .map(([key, value]) => mismatch(value, wanted['$values'] ?? null, saved, below(at, key)))
          .find((fault) => fault !== undefined)
      : differs(at, got, wanted),
  $least: (got, wanted, _saved, at) =>
    wrong(
      typeof got === 'number' &&
        got >= Number(wanted['$least']) &&
        (wanted['$most'] === undefined || got <= Number(wanted['$most'])),
      at,
      got,
      wanted,
    ),
  $most: (got, wanted, _saved, at) =>
    wrong(typeof got === 'number' && got <= Number(wanted['$most']), at, got, wanted),
  $saved: (got, wanted, saved, at) => {
    const kept = saved.get(textOf(wanted['$saved']))
    return wrong(JSON.stringify(got ?? null) === JSON.stringify(kept ?? null), at, got, kept)
  },
}
