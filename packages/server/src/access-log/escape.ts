import { Buffer } from 'node:buffer'

// What a client says must not look like anything but what it is: no line of a log may be forged, no
// terminal driven. Everything that is not plain ASCII is `\xHH`, as Apache and nginx write it; so are the
// quotation mark, which would end a quoted value, and the backslash.

/** Text between quotation marks. */
export const quoted = (text: string): string =>
  QUOTED.test(text) ? text.replace(QUOTED_ALL, hex) : text

/** Text that ends at the next space. */
export const bare = (text: string): string => (BARE.test(text) ? text.replace(BARE_ALL, hex) : text)

/** A whole line, made by somebody else, who may want quotes and letters of all languages in it. */
export const line = (text: string): string => (LINE.test(text) ? text.replace(LINE_ALL, hex) : text)

const QUOTED = /[^\x20-\x7e]|["\\]/
const BARE = /[^\x21-\x7e]|["\\]/
// Control characters but the tab, and what else some program takes for a line break or a change of direction.
const LINE = /(?!\t)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u
const QUOTED_ALL = new RegExp(QUOTED, 'gu')
const BARE_ALL = new RegExp(BARE, 'gu')
const LINE_ALL = new RegExp(LINE, 'gu')

/** A code unit up to 0xFF is a byte, as in all that comes from a client; others are text, in UTF-8. */
const hex = (character: string): string => {
  const bytes = Buffer.from(character, character > '\xff' ? 'utf8' : 'latin1')
  let text = ''
  for (const byte of bytes) text += `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
  return text
}
