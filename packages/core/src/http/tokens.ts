import type { ByteString } from '@pagi/spec'

// Tokens and comma-separated lists of RFC 9110 section 5.6, for the few fields a server reads itself.

/** A token (RFC 9110 5.6.2). */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Without the blanks around it: SP and HTAB only. `trim` takes vertical tabs and U+00A0 as well, so
 * that a coding hidden behind one from another parser would look like the real one.
 */
export const trimBlanks = (text: ByteString): ByteString => {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (unit: number): boolean => unit === 0x20 || unit === 0x09

/** The elements of a list over all its lines, in order; empty ones are skipped (RFC 9110 5.6.1.2). */
export const listElements = (lines: readonly ByteString[]): ByteString[] =>
  lines.flatMap((line) => line.split(',').map(trimBlanks)).filter((element) => element !== '')

/** Whether a list over all its lines has this element, given in lower case; letter case is ignored. */
export const listHas = (lines: readonly ByteString[], element: string): boolean =>
  listElements(lines).some((name) => name.toLowerCase() === element)
