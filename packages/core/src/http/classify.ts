import type { ByteString } from '@pagi/spec'
import { trimBlanks } from './tokens.ts'

// Is this request for an event stream (T-ACCEPT, SSE-01 to SSE-03)? A yes or no, no ranking.

/** Rules out most requests, and costs less than remembering the answer for a value would. */
const HINT = /text\/event-stream/i
const WEIGHT = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/ // RFC 9110 12.4.2

/**
 * Whether the `Accept` lines of a request, in wire order, name `text/event-stream` with a weight above
 * 0. Quoted strings are respected, wildcards never count, an invalid weight never signals. A request
 * that becomes a WebSocket is to be recognised first.
 */
export const acceptsEventStream = (accept: readonly ByteString[]): boolean => {
  if (!accept.some((line) => HINT.test(line))) return false
  return split(accept.join(','), ',').some(signals)
}

/** A media range with its parameters (RFC 9110 12.5.1). */
const signals = (range: ByteString): boolean => {
  const [type = '', ...parameters] = split(range, ';')
  if (trimBlanks(type).toLowerCase() !== 'text/event-stream') return false
  const weights = parameters.map(weightOf).filter((weight) => weight !== undefined)
  // One weight at most: several are as invalid as one that is no number.
  return weights.length <= 1 && weights.every((text) => WEIGHT.test(text) && Number(text) > 0)
}

/** What a parameter gives as the weight; undefined when it is another one. */
const weightOf = (parameter: ByteString): ByteString | undefined => {
  const [name = ''] = parameter.split('=', 1)
  if (trimBlanks(name).toLowerCase() !== 'q') return undefined
  return trimBlanks(parameter.slice(name.length + 1))
}

/** Splits at a separator, but not inside quoted strings (RFC 9110 5.6.4). */
const split = (text: ByteString, separator: ',' | ';'): ByteString[] => {
  if (!text.includes('"')) return text.split(separator)
  const parts: ByteString[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (quoted && char === '\\') at++
    else if (char === '"') quoted = !quoted
    else if (!quoted && char === separator) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}
