/**
 * The errors of PAGI. Tell them apart by `code`, with `isPagiError`, not by `instanceof`: several
 * copies of this package may be loaded. Codes are stable, messages are not.
 */

import type { DisconnectReason } from './connection.ts'
import { describeValue } from './diagnostics.ts'
import { nameError, PagiError } from './pagi-error.ts'

/** An application was called for a scope it does not serve (CORE-09). */
export class UnsupportedScopeError extends PagiError {
  static {
    nameError(this, 'UnsupportedScopeError')
  }

  /** The `type` of the scope; a description of it when it is no string. */
  readonly scopeType: string

  constructor(scope: unknown) {
    const type = typeOf(scope)
    super('ERR_PAGI_UNSUPPORTED_SCOPE', `scopes of type ${describeValue(type)} are not served here`)
    this.scopeType = typeof type === 'string' ? type : describeValue(type)
  }
}

/** The codes of `InvalidEventError`. */
export type InvalidEventCode =
  'ERR_PAGI_INVALID_EVENT' | 'ERR_PAGI_UNKNOWN_EVENT' | 'ERR_PAGI_INVALID_HEADER'

/** An event given to `send` is malformed, or of a type the scope does not know (CORE-27). */
export class InvalidEventError extends PagiError {
  static {
    nameError(this, 'InvalidEventError')
  }

  /** The `type` of the event. */
  readonly eventType: string
  /** The field at fault, such as `headers[2]`; undefined when it is the event as a whole. */
  readonly field: string | undefined

  /**
   * `expected` completes "status must be ..." with a field, and "the event must ..." without one:
   * `new InvalidEventError('http.response.start', 'status', 'an integer from 200 to 999', '200')`
   * reads `http.response.start: status must be an integer from 200 to 999, got "200"`.
   */
  constructor(
    eventType: string,
    field: string | undefined,
    expected: string,
    got: unknown,
    code: InvalidEventCode = 'ERR_PAGI_INVALID_EVENT',
  ) {
    const rule = field === undefined ? `must ${expected}` : `${field} must be ${expected}`
    super(code, `${label(eventType)}: ${rule}, got ${describeValue(got)}`)
    this.eventType = eventType
    this.field = field
  }
}

/** An event given to `send` is not allowed in the present state of the scope (CORE-27). */
export class EventOrderError extends PagiError {
  static {
    nameError(this, 'EventOrderError')
  }

  /** The `type` of the event. */
  readonly eventType: string
  /** The state as T-HTTP, T-WS, T-SSE and T-LIFE name it. */
  readonly state: string

  /** `hint` says what may be done instead, such as "send http.response.start first". */
  constructor(eventType: string, state: string, hint?: string) {
    const advice = hint === undefined ? '' : `: ${hint}`
    super('ERR_PAGI_EVENT_ORDER', `${label(eventType)}: not allowed in the state ${state}${advice}`)
    this.eventType = eventType
    this.state = state
  }
}

/** A response body is longer or shorter than its `content-length` says (HTTP-43). */
export class ContentLengthError extends PagiError {
  static {
    nameError(this, 'ContentLengthError')
  }

  /** Bytes declared by the header. */
  readonly declared: number
  /** Bytes the body would have. */
  readonly actual: number

  constructor(declared: number, actual: number) {
    super(
      'ERR_PAGI_CONTENT_LENGTH',
      `http.response.body: content-length declares ${declared} bytes, the body has ${actual}`,
    )
    this.declared = declared
    this.actual = actual
  }
}

/** The framing of a response cannot carry trailers (HTTP-62). */
export class TrailersError extends PagiError {
  static {
    nameError(this, 'TrailersError')
  }

  constructor(message: string) {
    super('ERR_PAGI_TRAILERS', message)
  }
}

/** A `file` or `fh` cannot be opened or read; `cause` has the reason (HTTP-53). */
export class BodySourceError extends PagiError {
  static {
    nameError(this, 'BodySourceError')
  }

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_PAGI_BODY_SOURCE', message, options)
  }
}

/** `receive` was called again and again after the end of the scope (CONN-48). */
export class ReceiveLimitError extends PagiError {
  static {
    nameError(this, 'ReceiveLimitError')
  }

  constructor(limit: number) {
    super(
      'ERR_PAGI_RECEIVE_LIMIT',
      `receive was called more than ${limit} times after the end of the scope`,
    )
  }
}

/** The reason of an aborted `pagi.connection` signal; `send` and `receive` never fail with it. */
export class DisconnectError extends PagiError {
  static {
    nameError(this, 'DisconnectError')
  }

  /** Why the scope ended (T-REASON). */
  readonly reason: DisconnectReason
  /** Diagnostic text, if there is any (CONN-07). */
  readonly detail: string | undefined

  constructor(reason: DisconnectReason, detail?: string) {
    super(
      'ERR_PAGI_DISCONNECTED',
      `the scope ended with ${reason}${detail === undefined ? '' : `: ${detail}`}`,
    )
    this.reason = reason
    this.detail = detail
  }
}

/** The steps of loading an application (RUN-10). */
export type LoadStage = 'discovery' | 'construction' | 'toApp' | 'validation'

/** An application could not be loaded; `cause` has the reason, where there is one (RUN-10). */
export class LoadError extends PagiError {
  static {
    nameError(this, 'LoadError')
  }

  /** The step that failed. */
  readonly stage: LoadStage

  constructor(stage: LoadStage, message: string, options?: ErrorOptions) {
    super('ERR_PAGI_LOAD', message, options)
    this.stage = stage
  }
}

/** The codes of `LifespanError`. */
export type LifespanErrorCode =
  | 'ERR_PAGI_STARTUP_FAILED'
  | 'ERR_PAGI_STARTUP_TIMEOUT'
  | 'ERR_PAGI_STARTUP_DECLINED'
  | 'ERR_PAGI_SHUTDOWN_FAILED'

/** A server could not start, or its application failed to shut down (LIFE-09, LIFE-11, LIFE-13, LIFE-26). */
export class LifespanError extends PagiError {
  static {
    nameError(this, 'LifespanError')
  }

  /** Which way it failed. */
  override readonly code: LifespanErrorCode

  constructor(code: LifespanErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
    this.code = code
  }
}

function typeOf(scope: unknown): unknown {
  try {
    return typeof scope === 'object' && scope !== null && 'type' in scope ? scope.type : undefined
  } catch {
    return undefined
  }
}

/** An event type as it is if it looks like one, else quoted and cut. */
function label(eventType: string): string {
  return /^[\w.-]{1,60}$/.test(eventType) ? eventType : describeValue(eventType)
}
