/** The rules that lint knows, as data: for its messages, its guide and the conformance suite. */

/** What stands behind a code. */
export interface LintRule {
  /** Who can break it: an application alone, or a middleware, which `lintMiddleware` watches. */
  readonly binds: 'application' | 'middleware'
  /** The requirements it is made of; a violation names the one that was broken. */
  readonly requirements: readonly string[]
  /** The rule, in one sentence. */
  readonly summary: string
}

const application = (requirements: readonly string[], summary: string): LintRule =>
  Object.freeze({ binds: 'application', requirements: Object.freeze(requirements), summary })

const middleware = (requirements: readonly string[], summary: string): LintRule =>
  Object.freeze({ binds: 'middleware', requirements: Object.freeze(requirements), summary })

/** Every code of a violation, with its rule. Frozen. */
export const LINT_RULES: Readonly<Record<LintCode, LintRule>> = Object.freeze({
  ERR_PAGI_LINT_UNSUPPORTED_SCOPE: application(
    ['CORE-09'],
    'An application fails for a scope type it does not serve.',
  ),
  ERR_PAGI_LINT_RETURN_VALUE: application(
    ['CORE-37'],
    'An application returns nothing: an answer is made of events.',
  ),
  ERR_PAGI_LINT_UNAWAITED_SEND: application(
    ['CORE-33'],
    'Every send is awaited before the application returns.',
  ),
  ERR_PAGI_LINT_IGNORED_REJECTION: application(
    ['CORE-33'],
    'The failure of a rejected send reaches somebody.',
  ),
  ERR_PAGI_LINT_OVERLAPPING_SENDS: application(
    ['CORE-31'],
    'A send is made only after the one before it has settled.',
  ),
  ERR_PAGI_LINT_NO_RESPONSE: application(
    ['HTTP-71', 'WS-44', 'SSE-25'],
    'An application that returns has answered, while the client is there.',
  ),
  ERR_PAGI_LINT_INCOMPLETE_RESPONSE: application(
    ['CORE-48', 'WS-31', 'SSE-21'],
    'What was started is ended before the application returns, while the client is there.',
  ),
  ERR_PAGI_LINT_COMPLETED_AFTER_STOP: application(
    ['HTTP-58'],
    'A response that was given up is not ended as if it were whole.',
  ),
  ERR_PAGI_LINT_SEND_AFTER_END: application(
    ['HTTP-32', 'WS-09', 'SSE-20', 'LIFE-18'],
    'Nothing is sent after the last event of a scope.',
  ),
  ERR_PAGI_LINT_EVENT_ORDER: application(
    ['HTTP-32', 'WS-09', 'SSE-06', 'LIFE-18'],
    'Events are sent in an order that their protocol allows.',
  ),
  ERR_PAGI_LINT_INVALID_EVENT: application(
    ['CORE-27'],
    'A sent event has every field it needs, of the right type and in range.',
  ),
  ERR_PAGI_LINT_EVENT_VALUE: application(
    ['CORE-13'],
    'The values of an event are text, bytes, finite numbers, flags, nothing, arrays and plain objects.',
  ),
  ERR_PAGI_LINT_EVENT_TYPE: application(
    ['CORE-11', 'CORE-12'],
    'The type of an event is namespaced, and an own type stays clear of the reserved prefixes.',
  ),
  ERR_PAGI_LINT_EXTENSION: application(
    ['CORE-08'],
    'The event of an extension is sent only where the scope advertises the extension.',
  ),
  ERR_PAGI_LINT_HEADERS: application(
    ['HTTP-02', 'HTTP-03'],
    'Headers are an array of [name, value] pairs, names in lower case.',
  ),
  ERR_PAGI_LINT_CONNECTION_HEADER: application(
    ['HTTP-90'],
    'Headers about the connection and the framing are left to the server.',
  ),
  ERR_PAGI_LINT_CONTENT_LENGTH: application(
    ['HTTP-42'],
    'A content-length is the number of bytes of the body.',
  ),
  ERR_PAGI_LINT_SCOPE_CHANGED: application(
    ['MW-03'],
    'A scope, and the lists and objects in it, are copied before they are changed.',
  ),
  ERR_PAGI_LINT_SWALLOWED_FAILURE: middleware(
    ['MW-01', 'MW-02'],
    'A middleware passes the failure of the inner application on.',
  ),
  ERR_PAGI_LINT_INNER_NOT_AWAITED: middleware(
    ['MW-01'],
    'A middleware returns only after the inner application has.',
  ),
  ERR_PAGI_LINT_SCOPE_IDENTITY: middleware(
    ['MW-04'],
    'The clone of a scope is shallow: the connection, the transport and the state stay the same objects.',
  ),
  ERR_PAGI_LINT_SCOPE_KEY: middleware(
    ['MW-06', 'HTTP-16'],
    'A key that a middleware adds to a scope has a dotted prefix of its own.',
  ),
  ERR_PAGI_LINT_MOUNT: middleware(
    ['MW-20', 'MW-21'],
    'A mount moves whole segments from the front of path to the end of root_path, and nothing else.',
  ),
  ERR_PAGI_LINT_COMPLETED_INCOMPLETE: middleware(
    ['MW-09'],
    'An inner response that was left incomplete is not completed.',
  ),
  ERR_PAGI_LINT_EARLY_METADATA: middleware(
    ['MW-10'],
    'A content-length, validator or digest is added only after the terminal event of the inner response was seen.',
  ),
  ERR_PAGI_LINT_DROPPED_START: middleware(
    ['MW-11'],
    'An event that was held back is passed on in the end, also when the response stays incomplete.',
  ),
  ERR_PAGI_LINT_LENGTH_WITH_TRAILERS: middleware(
    ['MW-14'],
    'No content-length is added to a response that has declared trailers.',
  ),
  ERR_PAGI_LINT_PARTIAL_METADATA: middleware(
    ['MW-15'],
    'No validator, digest or content-encoding is added to a part of a document.',
  ),
  ERR_PAGI_LINT_DROPPED_KEYS: middleware(
    ['MW-16'],
    'An event that is sent again has all the keys it came with.',
  ),
  ERR_PAGI_LINT_LOST_MORE: middleware(
    ['MW-17'],
    'A body event that is sent again has the more it came with.',
  ),
  ERR_PAGI_LINT_ENCODED_FILE: middleware(
    ['MW-18'],
    'No content-encoding is added to a body that the server reads from a file or a handle.',
  ),
})

/** The codes of violations. `LintViolation.code` has one of them. */
export type LintCode =
  | 'ERR_PAGI_LINT_UNSUPPORTED_SCOPE'
  | 'ERR_PAGI_LINT_RETURN_VALUE'
  | 'ERR_PAGI_LINT_UNAWAITED_SEND'
  | 'ERR_PAGI_LINT_IGNORED_REJECTION'
  | 'ERR_PAGI_LINT_OVERLAPPING_SENDS'
  | 'ERR_PAGI_LINT_NO_RESPONSE'
  | 'ERR_PAGI_LINT_INCOMPLETE_RESPONSE'
  | 'ERR_PAGI_LINT_COMPLETED_AFTER_STOP'
  | 'ERR_PAGI_LINT_SEND_AFTER_END'
  | 'ERR_PAGI_LINT_EVENT_ORDER'
  | 'ERR_PAGI_LINT_INVALID_EVENT'
  | 'ERR_PAGI_LINT_EVENT_VALUE'
  | 'ERR_PAGI_LINT_EVENT_TYPE'
  | 'ERR_PAGI_LINT_EXTENSION'
  | 'ERR_PAGI_LINT_HEADERS'
  | 'ERR_PAGI_LINT_CONNECTION_HEADER'
  | 'ERR_PAGI_LINT_CONTENT_LENGTH'
  | 'ERR_PAGI_LINT_SCOPE_CHANGED'
  | 'ERR_PAGI_LINT_SWALLOWED_FAILURE'
  | 'ERR_PAGI_LINT_INNER_NOT_AWAITED'
  | 'ERR_PAGI_LINT_SCOPE_IDENTITY'
  | 'ERR_PAGI_LINT_SCOPE_KEY'
  | 'ERR_PAGI_LINT_MOUNT'
  | 'ERR_PAGI_LINT_COMPLETED_INCOMPLETE'
  | 'ERR_PAGI_LINT_EARLY_METADATA'
  | 'ERR_PAGI_LINT_DROPPED_START'
  | 'ERR_PAGI_LINT_LENGTH_WITH_TRAILERS'
  | 'ERR_PAGI_LINT_PARTIAL_METADATA'
  | 'ERR_PAGI_LINT_DROPPED_KEYS'
  | 'ERR_PAGI_LINT_LOST_MORE'
  | 'ERR_PAGI_LINT_ENCODED_FILE'
