import type { ByteString } from '@pagi/spec'
import type { Refusal } from './check-request.ts'

// How large a request head may be (T-STATUS 414 and 431). What is too much is refused, never cut: a
// field that is silently missing may have been the one that mattered.

export interface HeadLimits {
  /** Bytes of the request target. */
  readonly maxTargetSize: number
  /** Bytes of the header section, line ends included. */
  readonly maxHeaderSize: number
  /** Field lines. */
  readonly maxHeaderCount: number
}

/** `: ` and CRLF, without which no field line comes. */
const LINE_OVERHEAD = 4

/**
 * Judges a head that was parsed whole.
 * @param lines names and values in turn
 */
export const checkHeadSize = (
  { maxTargetSize, maxHeaderSize, maxHeaderCount }: HeadLimits,
  target: ByteString,
  lines: readonly ByteString[],
): Refusal | undefined => {
  if (target.length > maxTargetSize) return tooLongTarget(maxTargetSize)
  const count = lines.length / 2
  if (count > maxHeaderCount)
    return { status: 431, detail: `the request has more than ${maxHeaderCount} header fields` }
  let size = count * LINE_OVERHEAD
  for (const part of lines) size += part.length
  return size > maxHeaderSize ? tooLargeSection(maxHeaderSize) : undefined
}

/**
 * Judges a head that a parser has given up on because target and fields together were too much for
 * it, by what it was reading.
 *
 * @param read what the parser had taken of the last piece it was fed, and the byte behind that
 * @param before bytes of the same head in the pieces before; 0 where that is not known
 */
export const judgeOverflow = (
  { maxTargetSize, maxHeaderSize }: HeadLimits,
  read: ByteString,
  before: number,
): Refusal => {
  const target = targetIn(read.slice(startOfHead(read)), before)
  return target > maxTargetSize ? tooLongTarget(maxTargetSize) : tooLargeSection(maxHeaderSize)
}

/** Behind the last message that is whole. */
const startOfHead = (read: ByteString): number => {
  const end = read.trimEnd().lastIndexOf('\r\n\r\n')
  return end < 0 ? 0 : end + 4
}

/** How long the target is, as far as it was read; 0 when it was over before. */
const targetIn = (head: ByteString, before: number): number => {
  const lineEnd = head.indexOf('\n')
  if (lineEnd >= 0) {
    const version = / HTTP\/\d\.\d\r?$/.exec(head.slice(0, lineEnd))
    return version === null ? 0 : before + version.index - methodLength(head)
  }
  // One token, maybe with the method in front, is a target that has not ended. A field value without
  // a blank that fills a whole piece looks the same; it is far rarer.
  const method =
    before > 0 && before <= LONGEST_METHOD ? /^[A-Z-]* *\S* ?$/ : /^(?:[A-Z-]+ +)?\S* ?$/
  return method.test(head) ? Number.POSITIVE_INFINITY : 0
}

/** So many bytes can be a method without its blank, and no request line. */
const LONGEST_METHOD = 15

const methodLength = (head: ByteString): number => /^[A-Z-]+ +/.exec(head)?.[0].length ?? 0

const tooLongTarget = (limit: number): Refusal => ({
  status: 414,
  detail: `the request target is over the limit of ${limit} bytes`,
})

const tooLargeSection = (limit: number): Refusal => ({
  status: 431,
  detail: `the header section is over the limit of ${limit} bytes`,
})
