// What an application says may hold what a client has said. In a log it must neither drive a terminal
// nor look like a line of its own.

const UNSAFE = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu
/** A line break before something that is not set in already, as the frames of a stack are. */
const BREAK = /\n(?=\S)/g

/** Control characters become `\xHH` and `\u{HHHH}`; what follows a line break is set in. */
export const printable = (text: string): string => visible(text).replace(BREAK, '\n    ')

/** The same for text whose line breaks are our own. */
export const visible = (text: string): string => text.replace(UNSAFE, escaped)

const escaped = (character: string): string => {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
  return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, '0')}`
}

/** JSON in ASCII, without a control character or a line break that some other program knows. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
