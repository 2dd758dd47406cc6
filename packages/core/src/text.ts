import { describeValue } from '@pagi/spec'

/** Bytes that well-formed text takes in UTF-8, without encoding it. */
export const utf8Length = (text: string): number => {
  let length = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    if (unit < 0x800) length += 1
    else if (unit >= 0xd800 && unit < 0xe000)
      length += 1 // half of a pair: four bytes for two units
    else length += 2
  }
  return length
}

const encoder = new TextEncoder()

/** Bytes of one allocation that short texts share. */
const POOL = 16 * 1024

/** Longer texts have memory of their own. */
const SHORT = POOL / 8

let pool = new Uint8Array(POOL)
let used = 0

/**
 * The text in UTF-8. An allocation for each costs ten times what the encoding of a short text does, so
 * these are views of one: nobody may write to them.
 */
export const encodeUtf8 = (text: string): Uint8Array => {
  const most = text.length * 3
  if (most > SHORT) return encoder.encode(text)
  if (POOL - used < most) {
    pool = new Uint8Array(POOL)
    used = 0
  }
  const { written } = encoder.encodeInto(text, pool.subarray(used, used + most))
  const bytes = pool.subarray(used, used + written)
  used += written
  return bytes
}

/** What a thrown value says, as applications may throw anything. Never throws itself. */
export const messageOf = (thrown: unknown): string => {
  if (typeof thrown === 'string') return thrown
  try {
    if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) {
      const { message } = thrown
      if (typeof message === 'string') return message
    }
  } catch {
    // a getter or a proxy that throws: the description below runs no code of the value's
  }
  return describeValue(thrown)
}
