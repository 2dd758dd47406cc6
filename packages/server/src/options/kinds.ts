/**
 * The kinds of options: how the text of a flag or a variable becomes a value, which values the
 * programmatic API takes, and how both are described.
 */

import type { AccessLogFormat } from '../access-log/syntax.ts'

/** What every kind of option knows about its values. */
export interface Kind<T> {
  readonly default: T
  /** Stands for the value in the help: `<port>`. Empty for a flag, which has none. */
  readonly placeholder: string
  /** Completes "must be ...". */
  readonly expected: string
  /** A value given as text, on the command line or in the environment; undefined when it is none. */
  readonly parse: (text: string) => T | undefined
  /** A value given by a program; undefined when it is none. */
  readonly accept: (value: unknown) => T | undefined
  /** A value the way a user would write it. */
  readonly show: (value: T) => string
  /** The default the way a user would write it. */
  readonly defaultText: string
  /** A switch, which takes no value on the command line. */
  readonly flag: boolean
  /** Takes several values: a flag that is given again adds one, and commas separate them. */
  readonly list?: true
  /** Takes a value, but `--no-name` does, too, for `false`. */
  readonly negatable?: boolean
}

/** Numbers of an option, and what 0 stands for where 0 is allowed. */
export interface Range {
  readonly least: 0 | 1
  readonly most?: number
  /** What 0 means: "no limit". */
  readonly zero?: string
}

// setTimeout takes 31 bits; anything longer would fire at once.
const LONGEST_DURATION = 2 ** 31 - 1
const SIZE_UNITS = unitTable({ gb: 1024 ** 3, mb: 1024 ** 2, kb: 1024, b: 1 })
const TIME_UNITS = unitTable({ h: 3_600_000, m: 60_000, s: 1000, ms: 1 })

/** Text; `check` says whether it is acceptable, `expected` what is. */
export function text(
  initial: string,
  placeholder: string,
  expected: string,
  check: RegExp,
): Kind<string> {
  const parse = (given: string): string | undefined => (check.test(given) ? given : undefined)
  return {
    default: initial,
    placeholder: `<${placeholder}>`,
    expected,
    parse,
    accept: (value) => (typeof value === 'string' ? parse(value) : undefined),
    show: (value) => value,
    defaultText: initial,
    flag: false,
  }
}

/** One of a few words. */
export function choice<T extends string>(initial: T, words: readonly T[]): Kind<T> {
  const find = (value: unknown): T | undefined => words.find((word) => word === value)
  return {
    default: initial,
    placeholder: `<${words.join('|')}>`,
    expected: `one of ${words.join(', ')}`,
    parse: find,
    accept: find,
    show: (value) => value,
    defaultText: initial,
    flag: false,
  }
}

/** A switch: present or not on the command line, 1 or 0 in the environment. */
export function flag(initial = false): Kind<boolean> {
  return {
    default: initial,
    placeholder: '',
    expected: '1, true, 0 or false',
    parse: (given) =>
      given === '1' || given === 'true'
        ? true
        : given === '0' || given === 'false'
          ? false
          : undefined,
    accept: (value) => (typeof value === 'boolean' ? value : undefined),
    show: String,
    defaultText: String(initial),
    flag: true,
  }
}

/** Somewhere to write to: `-` is standard output, `auto` leaves it to the environment, else a file. */
export function destination(): Kind<string | boolean> {
  const parse = (given: string): string | boolean | undefined => {
    if (given === '0' || given === 'false') return false
    if (given === '1' || given === 'true') return '-'
    return given === '' || given.includes('\0') ? undefined : given
  }
  return {
    default: 'auto',
    placeholder: '<file>',
    expected: 'a file, - for standard output, or auto',
    parse,
    accept: (value) =>
      typeof value === 'string' ? parse(value) : typeof value === 'boolean' ? value : undefined,
    show: String,
    defaultText: 'auto',
    flag: false,
    negatable: true,
  }
}

/** A format of lines, by its name or by its atoms; in a program also a function. */
export function lineFormat(initial: string): Kind<string | AccessLogFormat> {
  return {
    default: initial,
    placeholder: '<format>',
    expected: 'common, combined, tiny, json, or a text with atoms such as %h',
    parse: (given) => given,
    accept: (value) => (typeof value === 'string' || isFormat(value) ? value : undefined),
    show: (value) => (typeof value === 'string' ? value : 'a function'),
    defaultText: initial,
    flag: false,
  }
}

function isFormat(value: unknown): value is AccessLogFormat {
  return typeof value === 'function'
}

/** A port to listen on; 0 lets the system choose. */
export function port(initial: number): Kind<number> {
  return number(initial, 'port', 'a port number from 0 to 65535', { least: 0, most: 65_535 })
}

/** Permissions of a file, in octal digits. */
export function mode(initial: string): Kind<number> {
  const parse = (given: string): number | undefined =>
    /^0?[0-7]{3}$/.test(given) ? Number.parseInt(given, 8) : undefined
  return {
    default: required(parse(initial), initial),
    placeholder: '<mode>',
    expected: 'permissions of a file in octal digits, such as 0660',
    parse,
    accept: (value) =>
      typeof value === 'string'
        ? parse(value)
        : within(value, { least: 0, most: 0o777 })
          ? value
          : undefined,
    show: (value) => value.toString(8).padStart(4, '0'),
    defaultText: initial,
    flag: false,
  }
}

/** Any number of values; none by itself. */
export function list<T>(
  placeholder: string,
  expected: string,
  item: { readonly parse: (text: string) => T | undefined; readonly show: (value: T) => string },
): Kind<readonly T[]> {
  const all = (texts: readonly unknown[]): readonly T[] | undefined => {
    const values = texts.flatMap((one) => (typeof one === 'string' ? (item.parse(one) ?? []) : []))
    return values.length === texts.length ? values : undefined
  }
  const parse = (given: string): readonly T[] | undefined =>
    all(given === '' ? [] : given.split(','))
  return {
    default: [],
    placeholder: `<${placeholder}>`,
    expected,
    parse,
    accept: (value) =>
      typeof value === 'string' ? parse(value) : Array.isArray(value) ? all(value) : undefined,
    show: (values) => values.map(item.show).join(','),
    defaultText: '',
    flag: false,
    list: true,
  }
}

/** A number of things. */
export function integer(initial: number, range: Range): Kind<number> {
  const { least, zero } = range
  return number(
    initial,
    'number',
    `a whole number, ${least} or more${zero === undefined ? '' : ` (0: ${zero})`}`,
    range,
  )
}

/** A number of bytes; as text with a unit, 1 kb being 1024 bytes, or none for bytes. */
export function size(initial: string, range: Range): Kind<number> {
  const parse = (given: string): number | undefined => withUnit(given, SIZE_UNITS, 1, range)
  return {
    default: required(parse(initial), initial),
    placeholder: '<size>',
    expected: `a size such as 512, 64kb, 10mb or 1gb${beyondZero(range)}`,
    parse,
    accept: (value) =>
      typeof value === 'string' ? parse(value) : within(value, range) ? value : undefined,
    show: (value) => shown(value, SIZE_UNITS, ''),
    defaultText: initial,
    flag: false,
  }
}

/** A time in milliseconds; as text with a unit. */
export function duration(initial: string, range: Range): Kind<number> {
  const limited = { most: LONGEST_DURATION, ...range }
  // Text without a unit could mean seconds or milliseconds, so it means neither.
  const parse = (given: string): number | undefined =>
    withUnit(given, TIME_UNITS, undefined, limited)
  return {
    default: required(parse(initial), initial),
    placeholder: '<time>',
    expected: `a time such as 500ms, 30s, 5m or 1h${beyondZero(range)}, at most 24 days`,
    parse,
    accept: (value) =>
      typeof value === 'string' ? parse(value) : within(value, limited) ? value : undefined,
    show: (value) => shown(value, TIME_UNITS, 'ms'),
    defaultText: initial,
    flag: false,
  }
}

function number(
  initial: number,
  placeholder: string,
  expected: string,
  range: Range,
): Kind<number> {
  return {
    default: initial,
    placeholder: `<${placeholder}>`,
    expected,
    parse: (given) => {
      const value = /^\d+$/.test(given) ? Number(given) : undefined
      return within(value, range) ? value : undefined
    },
    accept: (value) => (within(value, range) ? value : undefined),
    show: String,
    defaultText: String(initial),
    flag: false,
  }
}

function within(value: unknown, range: Range): value is number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return false
  return value >= range.least && value <= (range.most ?? Number.MAX_SAFE_INTEGER)
}

function beyondZero({ least, zero }: Range): string {
  return least === 0 ? ` (0: ${zero ?? 'none'})` : ', above 0'
}

type Units = readonly (readonly [unit: string, factor: number])[]

function unitTable(units: Readonly<Record<string, number>>): Units {
  return Object.entries(units)
}

function withUnit(
  given: string,
  units: Units,
  bare: number | undefined,
  range: Range,
): number | undefined {
  const match = /^(\d+(?:\.\d+)?) *([a-z]*)$/i.exec(given)
  if (match === null) return undefined
  const [, digits = '', unit = ''] = match
  const known = units.find(([name]) => name === unit.toLowerCase())
  const factor = known?.[1] ?? (unit !== '' ? undefined : Number(digits) === 0 ? 1 : bare)
  if (factor === undefined) return undefined
  const value = Number(digits) * factor
  return within(value, range) ? value : undefined
}

/** In the largest unit that leaves a whole number. */
function shown(value: number, units: Units, smallest: string): string {
  if (value === 0) return '0'
  const unit = units.find(([, factor]) => factor > 1 && value % factor === 0)
  return unit === undefined ? `${value}${smallest}` : `${value / unit[1]}${unit[0]}`
}

function required<T>(value: T | undefined, initial: string): T {
  if (value === undefined) throw new TypeError(`the default ${initial} is not valid`)
  return value
}
