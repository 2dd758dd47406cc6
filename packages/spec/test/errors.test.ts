import { expect, test, vi } from 'vitest'
import {
  BodySourceError,
  ContentLengthError,
  DisconnectError,
  ERROR_CODES,
  EventOrderError,
  InvalidEventError,
  isPagiError,
  LifespanError,
  LoadError,
  PagiError,
  ReceiveLimitError,
  TrailersError,
  UnsupportedScopeError,
} from '@pagi/spec'

const cause = new RangeError('underneath')

/** One error for each code, in the order of the table. */
const everyError: readonly PagiError[] = [
  new UnsupportedScopeError({ type: 'gopher' }),
  new InvalidEventError('sse.send', 'data', 'a string', 1),
  new InvalidEventError('sse.stop', 'type', 'known', 'sse.stop', 'ERR_PAGI_UNKNOWN_EVENT'),
  new InvalidEventError('sse.start', 'headers[0]', 'safe', '', 'ERR_PAGI_INVALID_HEADER'),
  new EventOrderError('sse.send', 'initial'),
  new ContentLengthError(1, 2),
  new TrailersError('no'),
  new BodySourceError('no', { cause }),
  new ReceiveLimitError(100),
  new DisconnectError('client_closed'),
  new LoadError('toApp', 'no', { cause }),
  new LifespanError('ERR_PAGI_STARTUP_FAILED', 'no', { cause }),
  new LifespanError('ERR_PAGI_STARTUP_TIMEOUT', 'no'),
  new LifespanError('ERR_PAGI_STARTUP_DECLINED', 'no', { cause }),
  new LifespanError('ERR_PAGI_SHUTDOWN_FAILED', 'no'),
]

test('every code belongs to the class that the table of codes names', () => {
  const table = Object.entries(ERROR_CODES).map(([code, info]) => [code, info.errorClass])
  expect(everyError.map((error) => [error.code, error.name])).toEqual(table)
})

test.each(everyError.map((error) => [error.code, error] as const))(
  '%s is an Error whose stack begins with its name and message',
  (code, error) => {
    expect(error).toBeInstanceOf(PagiError)
    expect(error).toBeInstanceOf(Error)
    expect(String(error.stack)).toMatch(`${error.name}: ${error.message}`)
    expect(Object.keys(error)).not.toContain('name')
    expect(isPagiError(error, code)).toBe(true)
  },
)

test('the cause is kept where one is given', () => {
  const kept = everyError.filter((error) => 'cause' in error)
  expect(kept.map((error) => error.name)).toEqual([
    'BodySourceError',
    'LoadError',
    'LifespanError',
    'LifespanError',
  ])
  expect(kept.every((error) => error.cause === cause)).toBe(true)
})

test('an invalid event is named with its field, the rule and what was got', () => {
  const error = new InvalidEventError(
    'http.response.start',
    'headers[2]',
    'a [name, value] pair of byte strings',
    'x-id',
  )
  expect(error.message).toBe(
    'http.response.start: headers[2] must be a [name, value] pair of byte strings, got "x-id"',
  )
  expect(error).toMatchObject({ eventType: 'http.response.start', field: 'headers[2]' })
})

test('an invalid event without a field is named as a whole', () => {
  const error = new InvalidEventError(
    'http.response.body',
    undefined,
    'have at most one of body, file and fh',
    { body: '', file: '/' },
  )
  expect(error.message).toBe(
    'http.response.body: must have at most one of body, file and fh, got an object with the keys body, file',
  )
  expect(error.field).toBeUndefined()
})

test('an event type that is not a plain name is quoted and cut in messages', () => {
  const type = `a\n${'b'.repeat(1000)}`
  const invalid = new InvalidEventError(type, 'type', 'known', type)
  const order = new EventOrderError(type, 'initial')
  for (const { message, eventType } of [invalid, order]) {
    expect(message).toMatch(/^"a\\nb+…" \(1002 characters\): /)
    expect(message.length).toBeLessThan(300)
    expect(eventType).toBe(type)
  }
})

test('an event out of order is named with the state and what to do instead', () => {
  const error = new EventOrderError('sse.send', 'initial', 'send sse.start first')
  expect(error.message).toBe('sse.send: not allowed in the state initial: send sse.start first')
  expect(error).toMatchObject({ eventType: 'sse.send', state: 'initial' })
})

test('a content length error carries both lengths', () => {
  const error = new ContentLengthError(10, 12)
  expect(error).toMatchObject({ declared: 10, actual: 12 })
  expect(error.message).toContain('declares 10 bytes, the body has 12')
})

test('a disconnect error carries the token and the detail', () => {
  expect(new DisconnectError('read_error', 'ECONNRESET')).toMatchObject({
    reason: 'read_error',
    detail: 'ECONNRESET',
    message: 'the scope ended with read_error: ECONNRESET',
  })
  expect(new DisconnectError('x-quota')).toMatchObject({
    detail: undefined,
    message: 'the scope ended with x-quota',
  })
})

test('a load error carries the stage', () => {
  expect(new LoadError('construction', 'no').stage).toBe('construction')
})

test('the limit of receive is named', () => {
  expect(new ReceiveLimitError(100).message).toContain('more than 100 times')
})

test('an unsupported scope is named by its type', () => {
  const error = new UnsupportedScopeError({ type: 'gopher' })
  expect(error.scopeType).toBe('gopher')
  expect(error.message).toBe('scopes of type "gopher" are not served here')
})

test.each([
  ['nothing', undefined, 'undefined'],
  ['null', null, 'undefined'],
  ['a scope without a type', {}, 'undefined'],
  ['a type that is not a string', { type: 5 }, '5'],
  ['a scope that throws when read', throwing(), 'undefined'],
])('an unsupported scope may be %s', (_, scope, scopeType) => {
  expect(new UnsupportedScopeError(scope).scopeType).toBe(scopeType)
})

test('an error of another copy of the package is recognised', async () => {
  vi.resetModules()
  const copy = await import('@pagi/spec')
  const error = new copy.EventOrderError('sse.send', 'initial')
  expect(error).not.toBeInstanceOf(PagiError)
  expect(isPagiError(error)).toBe(true)
  expect(isPagiError(error, 'ERR_PAGI_EVENT_ORDER')).toBe(true)
  expect(isPagiError(error, 'ERR_PAGI_TRAILERS')).toBe(false)
  expect(copy.isPagiError(new TrailersError('no'), 'ERR_PAGI_TRAILERS')).toBe(true)
})

test('an error derived from one of the family belongs to it', () => {
  class LintError extends PagiError {}
  expect(isPagiError(new LintError('ERR_PAGI_LINT_X', 'no'), 'ERR_PAGI_LINT_X')).toBe(true)
})

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['null', null],
  ['a string', 'ERR_PAGI_LOAD'],
  ['a function', PagiError],
  ['an error with the same code', Object.assign(new Error('no'), { code: 'ERR_PAGI_LOAD' })],
  ['an object that has the brand, but no code', { [Symbol.for('pagi.error')]: true }],
  ['an object whose brand is not true', { [Symbol.for('pagi.error')]: 1, code: 'X' }],
  ['an object with a code that is not a string', { [Symbol.for('pagi.error')]: true, code: 1 }],
  ['the prototype of the family', PagiError.prototype],
  ['an object that throws when read', throwing()],
  ['a revoked proxy', revoked()],
])('%s is no error of the family', (_, value) => {
  expect(isPagiError(value)).toBe(false)
  expect(isPagiError(value, 'ERR_PAGI_LOAD')).toBe(false)
})

function throwing(): object {
  return new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail, ownKeys: fail })
}

function fail(): never {
  throw new Error('trap')
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
