import { nearestName } from '@pagi/spec'
import type { RequestRecord } from '../request-record.ts'

// What a format may say. It is checked when the options are; how a line is made of it is loaded when
// one is to be written.

/** Makes the line of a request, without its line break; `undefined`: none. */
export type AccessLogFormat = (record: RequestRecord) => string | undefined

/** `%{argument}letter` of a format. */
export interface Atom {
  readonly letter: string
  readonly argument: string | undefined
  /** Its place in the format, from 1. */
  readonly at: number
}

export type Piece = string | Atom

/** Formats with a name. `json` is the one that is not made of atoms. */
export const PRESETS: Readonly<Record<string, string>> = {
  common: '%h %l %u %t "%r" %s %b',
  combined: '%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-Agent}i"',
  tiny: '%m %U%q %s %b - %{ms}T ms',
}

export const JSON_PRESET = 'json'

/** The atoms, each with the arguments it may have; `any` must have one. */
export const ATOMS: Readonly<Record<string, readonly string[] | 'any'>> = {
  a: [],
  A: [],
  b: [],
  B: [],
  D: [],
  h: [],
  H: [],
  i: 'any',
  l: [],
  m: [],
  o: 'any',
  p: ['remote', 'local'],
  P: ['pid'],
  q: [],
  r: [],
  s: [],
  t: ['sec', 'msec', 'usec', 'iso'],
  T: ['s', 'ms', 'us'],
  u: [],
  U: [],
  x: ['type', 'reason', 'detail', 'code', 'scheme'],
}

/** Those that mean nothing without an argument. */
const NEEDS_ARGUMENT = 'iox'

// Apache's < and >, which tell the first of several internal redirects from the last, have nothing to
// tell apart here: its own formats have %>s.
const ATOM = /%(?:(%)|[<>]?(?:\{([^}]*)\})?([A-Za-z]))/y

/** What is wrong with a format; undefined when nothing is. */
export function formatFault(format: string): string | undefined {
  if (format === JSON_PRESET) return undefined
  try {
    parseFormat(format)
    return undefined
  } catch (error) {
    if (error instanceof FormatError) return error.message
    throw error
  }
}

/** @throws FormatError naming the atom that is wrong, and its place */
export function parseFormat(format: string): readonly Piece[] {
  const text = (Object.hasOwn(PRESETS, format) ? PRESETS[format] : undefined) ?? format
  if (!text.includes('%')) throw new FormatError(noFormat(format))
  const pieces: Piece[] = []
  let from = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    pieces.push(text.slice(from, at))
    ATOM.lastIndex = at
    const match = ATOM.exec(text)
    if (match === null) throw new FormatError(unreadable(text, at))
    const [whole, percent, argument, letter = ''] = match
    if (percent === undefined) pieces.push(checked(whole, { letter, argument, at: at + 1 }, text))
    else pieces.push('%')
    from = at + whole.length
  }
  return [...pieces, text.slice(from)].filter((piece) => piece !== '')
}

class FormatError extends Error {}

function noFormat(format: string): string {
  const names = [...Object.keys(PRESETS), JSON_PRESET]
  const nearest = nearestName(format, names)
  return `${JSON.stringify(format)} is neither ${names.join(', ')} nor a text with atoms such as %h${nearest === undefined ? '' : `: did you mean ${nearest}?`}`
}

function unreadable(text: string, at: number): string {
  const rest = text.slice(at, at + 12)
  return `${JSON.stringify(rest)} at character ${at + 1} is no atom; a percent sign is %%`
}

function checked(whole: string, atom: Atom, text: string): Atom {
  const { letter, argument, at } = atom
  const known = ATOMS[letter]
  const where = `at character ${at} of ${JSON.stringify(text)}`
  if (known === undefined) throw new FormatError(`there is no atom ${whole}, ${where}`)
  if (argument === undefined) {
    if (!NEEDS_ARGUMENT.includes(letter)) return atom
    const example = known === 'any' ? `%{Host}${letter}` : `%{${known.join('|')}}${letter}`
    throw new FormatError(`${whole} needs an argument, ${example}, ${where}`)
  }
  if (known === 'any' ? argument !== '' : known.includes(argument)) return atom
  const wanted = known === 'any' ? 'the name of a header' : known.join(', ') || 'no argument'
  throw new FormatError(`%{...}${letter} takes ${wanted}, got ${whole}, ${where}`)
}
