/** Every code of the error family: which class carries it, and when it is raised. */

import { deepFreeze } from './deep-freeze.ts'
import type { InvalidEventCode, LifespanErrorCode } from './errors.ts'

/** The codes of this version. `PagiError.code` is a `string`, as others may follow. */
export type PagiErrorCode =
  | InvalidEventCode
  | LifespanErrorCode
  | 'ERR_PAGI_UNSUPPORTED_SCOPE'
  | 'ERR_PAGI_EVENT_ORDER'
  | 'ERR_PAGI_CONTENT_LENGTH'
  | 'ERR_PAGI_TRAILERS'
  | 'ERR_PAGI_BODY_SOURCE'
  | 'ERR_PAGI_RECEIVE_LIMIT'
  | 'ERR_PAGI_DISCONNECTED'
  | 'ERR_PAGI_LOAD'

/** What stands behind a code. */
export interface ErrorCodeInfo {
  /** The name of the class. */
  readonly errorClass: string
  /** Who meets it: an application by throwing it, or through a promise, or who runs a server. */
  readonly raisedBy: 'application' | 'send' | 'receive' | 'signal' | 'runner' | 'server'
  /** The occasion, as a phrase. */
  readonly when: string
}

/** The codes of this version. Frozen. */
export const ERROR_CODES: Readonly<Record<PagiErrorCode, ErrorCodeInfo>> = deepFreeze({
  ERR_PAGI_UNSUPPORTED_SCOPE: {
    errorClass: 'UnsupportedScopeError',
    raisedBy: 'application',
    when: 'called for a scope it does not serve',
  },
  ERR_PAGI_INVALID_EVENT: {
    errorClass: 'InvalidEventError',
    raisedBy: 'send',
    when: 'a field is missing, of the wrong type or out of range',
  },
  ERR_PAGI_UNKNOWN_EVENT: {
    errorClass: 'InvalidEventError',
    raisedBy: 'send',
    when: 'the scope does not know the event, or its extension is not advertised',
  },
  ERR_PAGI_INVALID_HEADER: {
    errorClass: 'InvalidEventError',
    raisedBy: 'send',
    when: 'a header has unsafe bytes or upper case, or content-length is malformed',
  },
  ERR_PAGI_EVENT_ORDER: {
    errorClass: 'EventOrderError',
    raisedBy: 'send',
    when: 'the event is not allowed in the present state',
  },
  ERR_PAGI_CONTENT_LENGTH: {
    errorClass: 'ContentLengthError',
    raisedBy: 'send',
    when: 'the body is longer or shorter than content-length declares',
  },
  ERR_PAGI_TRAILERS: {
    errorClass: 'TrailersError',
    raisedBy: 'send',
    when: 'the framing of the response cannot carry trailers',
  },
  ERR_PAGI_BODY_SOURCE: {
    errorClass: 'BodySourceError',
    raisedBy: 'send',
    when: 'file or fh cannot be opened or read',
  },
  ERR_PAGI_RECEIVE_LIMIT: {
    errorClass: 'ReceiveLimitError',
    raisedBy: 'receive',
    when: 'called too often after the end of the scope',
  },
  ERR_PAGI_DISCONNECTED: {
    errorClass: 'DisconnectError',
    raisedBy: 'signal',
    when: 'the scope ended abnormally; only as the reason of its signal',
  },
  ERR_PAGI_LOAD: {
    errorClass: 'LoadError',
    raisedBy: 'runner',
    when: 'the application cannot be loaded',
  },
  ERR_PAGI_STARTUP_FAILED: {
    errorClass: 'LifespanError',
    raisedBy: 'server',
    when: 'the application answered lifespan.startup.failed',
  },
  ERR_PAGI_STARTUP_TIMEOUT: {
    errorClass: 'LifespanError',
    raisedBy: 'server',
    when: 'the application did not answer lifespan.startup in time',
  },
  ERR_PAGI_STARTUP_DECLINED: {
    errorClass: 'LifespanError',
    raisedBy: 'server',
    when: 'the application does not serve lifespan, in strict mode',
  },
  ERR_PAGI_SHUTDOWN_FAILED: {
    errorClass: 'LifespanError',
    raisedBy: 'server',
    when: 'the application answered lifespan.shutdown.failed, or threw',
  },
} satisfies Record<PagiErrorCode, ErrorCodeInfo>)
