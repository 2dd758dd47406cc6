// Is this request for an event stream (T-ACCEPT, SSE-01 to SSE-03)? A yes or no, no ranking.

const KNOWN = new Map<string, boolean>()
const KNOWN_LIMIT = 256
const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/ // RFC 9110 12.4.2

/**
 * Whether these `Accept` lines name `text/event-stream` with a weight above 0. Quoted strings are
 * respected, empty elements are skipped, an invalid weight never signals.
 */
export const acceptsEventStream = (accept: readonly string[]): boolean => {
  if (accept.length === 0) return false
  const value = accept.length === 1 ? (accept[0] ?? '') : accept.join(',')
  const known = KNOWN.get(value)
  if (known !== undefined) return known
  const result = split(value, ',').some(signals)
  if (KNOWN.size >= KNOWN_LIMIT) KNOWN.clear()
  KNOWN.set(value, result)
  return result
}

const signals = (range: string): boolean => {
  const [type = '', ...parameters] = split(range, ';')
  if (type.trim().toLowerCase() !== 'text/event-stream') return false
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=')
    if (parameter.slice(0, equals).trim().toLowerCase() !== 'q') continue
    const weight = parameter.slice(equals + 1).trim()
    return WEIGHT.test(weight) && Number(weight) > 0
  }
  return true
}

/** Splits at a separator, but not inside quoted strings (RFC 9110 5.6.4). */
const split = (text: string, separator: ',' | ';'): string[] => {
  if (!text.includes('"')) return text.split(separator)
  const parts: string[] = []
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
