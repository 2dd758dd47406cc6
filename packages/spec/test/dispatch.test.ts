import { expect, test, vi } from 'vitest'
import { dispatch, isPagiError, UnsupportedScopeError } from '@pagi/spec'
import type { Application, Receive, Scope, Send } from '@pagi/spec'

const receive: Receive = () => new Promise(() => undefined)
const send: Send = () => Promise.resolve()

/** What a caller that knows no types may do. */
function untyped(handlers: unknown): Application {
  return Reflect.apply(dispatch, undefined, [handlers])
}

function scope(type: string): Scope {
  const made: unknown = { type, pagi: { version: '0.5' } }
  if (isScope(made)) return made
  throw new TypeError('not reached')
}

function isScope(value: unknown): value is Scope {
  return typeof value === 'object'
}

test('a scope goes to the handler of its type, with receive and send as they are', async () => {
  const http = vi.fn(async () => undefined)
  const websocket = vi.fn(async () => undefined)
  const given = scope('http')
  await expect(dispatch({ http, websocket })(given, receive, send)).resolves.toBeUndefined()
  expect(http.mock.calls).toEqual([[given, receive, send]])
  expect(http.mock.calls.flat()[0]).toBe(given)
  expect(websocket).not.toHaveBeenCalled()
})

test.each(['sse', 'gopher', '', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a scope of type %j that nobody handles rejects',
  async (type) => {
    const app = dispatch({ http: async () => undefined })
    const error: unknown = await app(scope(type), receive, send).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UnsupportedScopeError)
    expect(isPagiError(error, 'ERR_PAGI_UNSUPPORTED_SCOPE')).toBe(true)
    expect(error).toMatchObject({ scopeType: type })
  },
)

test('without handlers every scope rejects', async () => {
  await expect(dispatch({})(scope('http'), receive, send)).rejects.toThrow(UnsupportedScopeError)
})

test('what a handler throws at once becomes a rejection', async () => {
  const failure = new Error('at once')
  const app = dispatch({
    http() {
      throw failure
    },
  })
  const promise = app(scope('http'), receive, send)
  expect(promise).toBeInstanceOf(Promise)
  await expect(promise).rejects.toBe(failure)
})

test('what a handler rejects with is passed on', async () => {
  const failure = new Error('later')
  const app = dispatch({ http: () => Promise.reject(failure) })
  await expect(app(scope('http'), receive, send)).rejects.toBe(failure)
})

test('a handler that returns no promise counts as done, and its result is dropped', async () => {
  const promise = untyped({ http: () => 'a page' })(scope('http'), receive, send)
  expect(promise).toBeInstanceOf(Promise)
  await expect(promise).resolves.toBeUndefined()
})

test('the handlers are read once, when dispatch is called', async () => {
  const first = vi.fn(async () => undefined)
  const second = vi.fn(async () => undefined)
  let reads = 0
  const handlers = {
    get http() {
      reads++
      return first
    },
    websocket: first,
  }
  const app = dispatch(handlers)
  handlers.websocket = second
  await app(scope('websocket'), receive, send)
  await app(scope('http'), receive, send)
  expect(reads).toBe(1)
  expect(first).toHaveBeenCalledTimes(2)
  expect(second).not.toHaveBeenCalled()
})

test('inherited handlers do not count', async () => {
  const app = untyped(Object.create({ http: async () => undefined }))
  await expect(app(scope('http'), receive, send)).rejects.toThrow(UnsupportedScopeError)
})

test.each<[unknown, string]>([
  [{ http: 'app.ts' }, 'dispatch: http must be a function, got "app.ts"'],
  [{ sse: undefined }, 'dispatch: sse must be a function, got undefined'],
  [
    { lifespan: { toApp: () => undefined } },
    'dispatch: lifespan must be a function, got an object with the keys toApp',
  ],
  [{ htpp: () => undefined }, 'dispatch: unknown scope type "htpp", expected "http"'],
  [
    { WebSocket: () => undefined },
    'dispatch: unknown scope type "WebSocket", expected "websocket"',
  ],
  [
    { events: () => undefined },
    'dispatch: unknown scope type "events", expected one of http, websocket, sse, lifespan',
  ],
  [undefined, 'dispatch: handlers must be an object, got undefined'],
  [null, 'dispatch: handlers must be an object, got null'],
  [async () => undefined, 'dispatch: handlers must be an object, got a function'],
])('%o is refused with a message that says why', (handlers, message) => {
  expect(() => untyped(handlers)).toThrow(new TypeError(message))
})
