/** What an event has done wrong that the server refused. */

import { isPagiError } from '@pagi/spec'
import { headersOf, peek, typeOf } from './peek.ts'
import type { Progress } from './progress.ts'
import type { Finding } from './violation.ts'

/**
 * The rule that a rejected send has broken, if it has broken one: a file that is not there, or a
 * header value taken from elsewhere (HTTP-38), is nobody's mistake in the sense of the specification.
 */
export function judgeRefusal(
  scope: object,
  event: unknown,
  error: unknown,
  progress: Progress,
): Finding | undefined {
  if (!isPagiError(error)) return undefined
  const said = `send was rejected: ${error.message}`
  switch (error.code) {
    case 'ERR_PAGI_INVALID_EVENT':
      return invalid(said, error)
    case 'ERR_PAGI_INVALID_HEADER':
      return invalidHeader(said, event)
    case 'ERR_PAGI_UNKNOWN_EVENT':
      return {
        code: 'ERR_PAGI_LINT_EXTENSION',
        requirement: 'CORE-08',
        message: `${said}; send the event of an extension only where scope.extensions has it`,
      }
    case 'ERR_PAGI_EVENT_ORDER':
      return outOfOrder(said, scope, progress)
    case 'ERR_PAGI_CONTENT_LENGTH':
      return length(`${said}; declare the bytes of the whole body, or leave content-length out`)
    default:
      return undefined
  }
}

function invalid(said: string, error: object): Finding {
  const field = peek(error, 'field')
  if (typeof field === 'string' && field.startsWith('headers'))
    return {
      code: 'ERR_PAGI_LINT_HEADERS',
      requirement: 'HTTP-02',
      message: `${said}; write headers as [['name', 'value'], ...]`,
    }
  return { code: 'ERR_PAGI_LINT_INVALID_EVENT', requirement: 'CORE-27', message: said }
}

function invalidHeader(said: string, event: unknown): Finding | undefined {
  const headers = peek(event, 'headers')
  const pairs: readonly unknown[] = Array.isArray(headers) ? headers : []
  const upper = pairs.some((pair) => Array.isArray(pair) && /[A-Z]/.test(String(pair[0])))
  if (upper)
    return {
      code: 'ERR_PAGI_LINT_HEADERS',
      requirement: 'HTTP-03',
      message: `${said}; write header names in lower case`,
    }
  const lengths = headersOf(event).filter(([name]) => name === 'content-length')
  const malformed = lengths.length > 1 || lengths.some(([, value]) => !/^\d+$/.test(value))
  return malformed ? length(`${said}; give it once, as decimal digits`) : undefined
}

function outOfOrder(said: string, scope: object, progress: Progress): Finding {
  const type = typeOf(scope)
  if (progress.ended)
    return {
      code: 'ERR_PAGI_LINT_SEND_AFTER_END',
      requirement: type === 'sse' ? 'SSE-20' : (ORDER[type] ?? 'HTTP-32'),
      message: `${said}; the terminal event was sent before, so return instead`,
    }
  return {
    code: 'ERR_PAGI_LINT_EVENT_ORDER',
    requirement: ORDER[type] ?? 'HTTP-32',
    message: said,
  }
}

const ORDER: Readonly<Record<string, string>> = {
  http: 'HTTP-32',
  websocket: 'WS-09',
  sse: 'SSE-06',
  lifespan: 'LIFE-18',
}

function length(message: string): Finding {
  return { code: 'ERR_PAGI_LINT_CONTENT_LENGTH', requirement: 'HTTP-42', message }
}
