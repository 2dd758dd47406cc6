/**
 * Words for error messages. What is described comes from applications and peers, so it may be
 * huge, hostile or full of control characters: a description is short, one line, and made without
 * running code of the value's own (getters, `toString`, `toJSON`; proxy traps may throw).
 */

const LONGEST_TEXT = 60
const MOST_ITEMS = 4
// Longer ones are not even converted: that takes time quadratic in their length.
const LARGEST_BIGINT = 10n ** 40n
// What JSON leaves as it is, but a log or a terminal may act upon: DEL and C1 controls, line
// separators, and marks that reorder or hide the text around them.
const INVISIBLE = /[\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/g

/** Describes any value in a few words, for the end of a sentence such as "must be a string, got ...". Never throws. */
export function describeValue(value: unknown): string {
  try {
    return describe(value, 0)
  } catch {
    // Only a proxy can bring us here: its traps run, or it was revoked.
    return `${typeof value === 'function' ? 'a function' : 'an object'} that cannot be inspected`
  }
}

/** The candidate that `name` is probably a misspelling of, or undefined when none is close. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.slice(0, LONGEST_TEXT).toLowerCase()
  let nearest: string | undefined
  let least = Math.max(2, Math.ceil(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < least) [nearest, least] = [candidate, distance]
  }
  return nearest
}

function describe(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
      return value < LARGEST_BIGINT && value > -LARGEST_BIGINT ? `${value}n` : 'a huge bigint'
    case 'symbol':
      return `Symbol(${value.description === undefined ? '' : quote(value.description)})`
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'function':
      return describeFunction(value)
    case 'object':
      return value === null ? 'null' : describeObject(value, depth)
  }
}

function quote(text: string): string {
  const short = text.length <= LONGEST_TEXT ? text : text.slice(0, LONGEST_TEXT)
  // The cut may have gone through a surrogate pair.
  const whole = short === text ? short : short.replace(/[\uD800-\uDBFF]$/, '')
  const quoted = JSON.stringify(whole).replace(
    INVISIBLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return whole === text ? quoted : `${quoted.slice(0, -1)}…" (${text.length} characters)`
}

function describeFunction(value: object): string {
  const kind = Function.prototype.toString.call(value).startsWith('class') ? 'class' : 'function'
  const name = dataProperty(value, 'name')
  return typeof name === 'string' && name !== '' ? `${kind} ${plain(name)}` : `a ${kind}`
}

function describeObject(value: object, depth: number): string {
  if (Array.isArray(value)) return describeArray(value, depth)
  const className = classOf(value)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `${className ?? 'bytes'}(${value.byteLength})`
  }
  if (className !== 'Object' && className !== undefined) return `an instance of ${className}`
  if (depth > 0) return 'an object'
  const keys = Object.keys(value)
  if (keys.length === 0) return 'an object without keys'
  const shown = keys.slice(0, MOST_ITEMS).map(plain).join(', ')
  return `an object with the keys ${shown}${keys.length > MOST_ITEMS ? ', …' : ''}`
}

function describeArray(value: readonly unknown[], depth: number): string {
  const size = `an array of ${value.length}`
  if (depth > 0 || value.length === 0) return size
  const shown = Array.from({ length: Math.min(value.length, MOST_ITEMS) }, (_, index) =>
    describe(dataProperty(value, String(index)), depth + 1),
  )
  return `${size}: [${shown.join(', ')}${value.length > MOST_ITEMS ? ', …' : ''}]`
}

function classOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null) return undefined
  const constructor = dataProperty(prototype, 'constructor')
  if (typeof constructor !== 'function') return undefined
  const name = dataProperty(constructor, 'name')
  return typeof name === 'string' && name !== '' ? plain(name) : undefined
}

/** An own property, unless it is an accessor. */
function dataProperty(of: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(of, name)?.value
}

/** A name as it is if it looks like one, else quoted. */
function plain(name: string): string {
  return /^[\w$.-]{1,60}$/.test(name) ? name : quote(name)
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
