/** What can be said of an event before the server has seen it. */

import { describeValue, EXTENSION_EVENTS, SCOPE_SEND_EVENTS, SEND_FIELDS } from '@pagi/spec'
import { headersOf, isObject, peek, typeOf } from './peek.ts'
import type { Finding } from './violation.ts'

/** The violations in one event that is about to be sent on a scope. */
export function judgeEvent(scope: object, event: unknown): readonly Finding[] {
  const type = typeOf(event)
  if (type === '') return [] // the server refuses it
  const named = judgeType(scope, type, event)
  if (named !== undefined) return [named]
  return [...connectionHeaders(event, type), ...values(event, type)]
}

function judgeType(scope: object, type: string, event: unknown): Finding | undefined {
  const scopeType = typeOf(scope)
  if (isAnswerInWrongProtocol(scopeType, type, event))
    return {
      code: 'ERR_PAGI_LINT_UNSUPPORTED_SCOPE',
      requirement: 'CORE-09',
      message: `a ${scopeType} scope was answered with ${type}${detail(event)}: look at scope.type first, and throw new UnsupportedScopeError(scope) for types that are not served`,
    }
  const extension = extensionOf(type)
  if (extension !== undefined && !advertises(scope, extension))
    return {
      code: 'ERR_PAGI_LINT_EXTENSION',
      requirement: 'CORE-08',
      message: `${type} was sent, but scope.extensions has no ${extension}: send it only where the extension is advertised`,
    }
  if (extension !== undefined || STANDARD.has(type)) return undefined
  if (!/^[^.\s]+(\.[^.\s]+)+$/.test(type))
    return {
      code: 'ERR_PAGI_LINT_EVENT_TYPE',
      requirement: 'CORE-11',
      message: `the event type ${describeValue(type)} has no namespace: name it protocol.message`,
    }
  const [prefix = ''] = type.split('.')
  if (!RESERVED.has(prefix)) return undefined
  return {
    code: 'ERR_PAGI_LINT_EVENT_TYPE',
    requirement: 'CORE-12',
    message: `there is no event ${describeValue(type)}, and ${prefix}.* is reserved for the specification: use a prefix of your own, or ext. for experiments`,
  }
}

/** A refusal is a response on purpose; success is no way to refuse a handshake (T-WS). */
function isAnswerInWrongProtocol(scopeType: string, type: string, event: unknown): boolean {
  const own = SENT_ON.get(scopeType)
  if (own === undefined || !STANDARD.has(type)) return false
  if (!own.has(type)) return true
  const status = peek(event, 'status')
  const success = typeof status === 'number' && status >= 200 && status < 300
  return scopeType === 'websocket' && type === 'http.response.start' && success
}

const detail = (event: unknown): string => {
  const status = peek(event, 'status')
  return typeof status === 'number' ? ` and status ${status}` : ''
}

function advertises(scope: object, extension: string): boolean {
  return isObject(peek(peek(scope, 'extensions'), extension))
}

function extensionOf(type: string): string | undefined {
  return Object.entries(EXTENSION_EVENTS).find(([event]) => event === type)?.[1].extension
}

const SENT_ON: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(SCOPE_SEND_EVENTS).map(([scope, types]) => [scope, new Set<string>(types)]),
)
const STANDARD: ReadonlySet<string> = new Set(Object.values(SCOPE_SEND_EVENTS).flat())
const RESERVED: ReadonlySet<string> = new Set(['http', 'websocket', 'lifespan', 'pagi', 'sse'])

// An `upgrade` is no business of the server's alone: 426 names what to upgrade to (HTTP-88).
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'transfer-encoding',
  'keep-alive',
  'proxy-connection',
  'te',
])

function connectionHeaders(event: unknown, type: string): readonly Finding[] {
  const names = headersOf(event).map(([name]) => name)
  return [...new Set(names)]
    .filter((name) => CONNECTION_HEADERS.has(name))
    .map((name) => ({
      code: 'ERR_PAGI_LINT_CONNECTION_HEADER',
      requirement: 'HTTP-90',
      message: `${type} has the header ${name}: leave it out, the server frames the response and keeps the connection`,
    }))
}

/** Fields the server does not look at, which middleware or a later server may (CORE-13). */
function values(event: unknown, type: string): readonly Finding[] {
  if (!isObject(event)) return []
  const known = Object.entries(SEND_FIELDS).find(([one]) => one === type)?.[1] ?? {}
  return Object.entries(Object.getOwnPropertyDescriptors(event))
    .filter(([key]) => key !== 'type' && !Object.hasOwn(known, key))
    .filter(([, { value }]) => !isPermitted(value))
    .map(([key, { value }]) => ({
      code: 'ERR_PAGI_LINT_EVENT_VALUE',
      requirement: 'CORE-13',
      message: `${type} has the field ${key} with ${describeValue(value)}: events hold text, bytes, finite numbers, flags, arrays and plain objects only`,
    }))
}

function isPermitted(value: unknown, depth = 0): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (!isObject(value)) return typeof value !== 'symbol' && typeof value !== 'bigint'
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  const plain = Array.isArray(value) || prototype === null || prototype === Object.prototype
  if (typeof value === 'function' || !plain) return false
  if (depth > 4) return true
  const fields = Object.values(Object.getOwnPropertyDescriptors(value))
  return fields.every((field) => isPermitted(field.value, depth + 1))
}
