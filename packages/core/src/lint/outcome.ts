/** What can be said once an application has returned. */

import { describeValue } from '@pagi/spec'
import { isObject, peek, typeOf } from './peek.ts'
import type { Progress } from './progress.ts'
import type { Finding } from './violation.ts'

/** The violation in what an application returned with; one that failed has said so itself. */
export function judgeReturn(result: unknown): Finding | undefined {
  if (result === undefined) return undefined
  return {
    code: 'ERR_PAGI_LINT_RETURN_VALUE',
    requirement: 'CORE-37',
    message: `the application returned ${describeValue(result)}, which no server looks at: turn it into events, and return nothing`,
  }
}

/** The violation in what it has left undone. */
export function judgeAnswer(scope: object, progress: Progress): Finding | undefined {
  const type = typeOf(scope)
  switch (type) {
    case 'http':
    case 'websocket':
    case 'sse':
      if (progress.ended || !isWaiting(scope)) return undefined
      return progress.begun === 'nothing' ? unanswered(type) : incomplete(progress)
    case 'lifespan':
      return progress.ended || progress.begun !== 'nothing'
        ? undefined
        : unsupported('the application returned without an answer to lifespan.startup')
    default:
      return unsupported(
        `the application returned from a scope of the unknown type ${describeValue(type)}`,
      )
  }
}

/** The client is there, and has not begun to take its leave (T-CLOSE 1). */
function isWaiting(scope: object): boolean {
  const connection = peek(scope, 'pagi.connection')
  if (!isObject(connection)) return true
  return (
    Reflect.get(connection, 'isConnected') !== false &&
    Reflect.get(connection, 'closeCode') === undefined
  )
}

export function unsupported(what: string): Finding {
  return {
    code: 'ERR_PAGI_LINT_UNSUPPORTED_SCOPE',
    requirement: 'CORE-09',
    message: `${what}: throw new UnsupportedScopeError(scope) for types that are not served`,
  }
}

function unanswered(type: 'http' | 'websocket' | 'sse'): Finding {
  const [requirement, answer] = {
    http: ['HTTP-71', 'send http.response.start and a last http.response.body'],
    websocket: ['WS-44', 'send websocket.accept, or refuse with http.response.start'],
    sse: ['SSE-25', 'send sse.start, or answer with http.response.start'],
  }[type]
  return {
    code: 'ERR_PAGI_LINT_NO_RESPONSE',
    requirement: requirement ?? '',
    message: `the application returned without an answer, while the client waits: ${answer}, or throw`,
  }
}

function incomplete({ begun }: Progress): Finding {
  const code = 'ERR_PAGI_LINT_INCOMPLETE_RESPONSE'
  switch (begun) {
    case 'socket':
      return {
        code,
        requirement: 'WS-31',
        message:
          'the application returned from an open socket: send websocket.close, or receive until websocket.disconnect',
      }
    case 'stream':
      return {
        code,
        requirement: 'SSE-21',
        message: 'the application returned from an open stream: send sse.close first',
      }
    case 'response':
    case 'running':
    case 'nothing':
      return {
        code,
        requirement: 'CORE-48',
        message:
          'the application returned in the middle of a response, while the client waits: end it with a body event without more (or the trailers it declared); throw where it cannot be completed',
      }
  }
}
