import { UnsupportedScopeError } from '@pagi/spec'
import type { Header, HttpScope, HttpSendEvent, Receive, SendOf, SseScope } from '@pagi/spec'
import { isServersOwn } from './fields.ts'
import type { HttpApplication } from './handlers.ts'
import { hasBody } from './request.ts'
import { targetOf } from './target.ts'

/** What a handler is told beside the request. */
export interface FetchContext {
  /** The scope that the request was made of. */
  readonly scope: HttpScope | SseScope
}

// As methods, whose parameters TypeScript compares both ways: frameworks ask for less, or for an
// environment of their own.

/** `(request) => response`, as service workers and their like have it. */
export type FetchHandler = {
  handle(request: Request, context: FetchContext): Response | Promise<Response>
}['handle']

/** An object with such a method: what Hono, itty-router and h3 export. */
export interface FetchApplication {
  fetch(request: Request, context: FetchContext): Response | Promise<Response>
}

/**
 * Makes an application of a handler that takes a `Request` and returns a `Response`. Both bodies are
 * streams, with flow control; `request.signal` aborts when the client leaves.
 *
 * It serves `http` scopes, and `sse` scopes the same way (LEG-04). All others reject with
 * `UnsupportedScopeError`; `dispatch` puts native applications beside it. A handler that fails fails the
 * application, which the server answers with 500 as long as nothing else was sent.
 *
 * @throws TypeError when the handler is neither a function nor an object with a method `fetch`
 *
 * @example
 * export default fromFetchHandler((request) => new Response(`You asked for ${request.url}`))
 */
export const fromFetchHandler = (handler: FetchHandler | FetchApplication): HttpApplication => {
  const handle = readHandler(handler)
  return async (scope, receive, send) => {
    if (scope.type !== 'http' && scope.type !== 'sse') throw new UnsupportedScopeError(scope)
    if (FORBIDDEN.has(scope.method.toUpperCase())) return answerForbidden(send)
    const response: unknown = await handle(requestOf(scope, receive), { scope })
    if (!isResponse(response)) {
      throw new TypeError('fromFetchHandler: the handler must return a Response')
    }
    await answer(response, scope, send)
  }
}

const readHandler = (handler: FetchHandler | FetchApplication): FetchHandler => {
  if (typeof handler === 'function') return handler
  if (typeof handler === 'object' && handler !== null && typeof handler.fetch === 'function')
    return (request, context) => handler.fetch(request, context)
  throw new TypeError(
    `fromFetchHandler: a handler is a function (request) or an object with a method fetch, got ${typeof handler}`,
  )
}

/** Methods that no `Request` can have. */
const FORBIDDEN: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

const answerForbidden = async (send: SendOf<HttpSendEvent>): Promise<void> => {
  await send({ type: 'http.response.start', status: 501 })
  await send({ type: 'http.response.body' })
}

const requestOf = (scope: HttpScope | SseScope, receive: Receive): Request => {
  const { method } = scope
  const takesBody = method !== 'GET' && method !== 'HEAD' && hasBody(scope)
  return new Request(urlOf(scope), {
    method,
    headers: headersOf(scope),
    signal: scope['pagi.connection'].signal,
    ...(takesBody && { body: bodyOf(scope, receive), duplex: 'half' }),
  })
}

const urlOf = (scope: HttpScope | SseScope): string => {
  const { url } = targetOf(scope)
  const path = url.startsWith('/') ? url : `/${url}` // OPTIONS *
  const origins = [scope.headers.find(([name]) => name === 'host')?.[1], scope.server?.[0]]
  for (const host of origins) {
    const whole = `${scope.scheme}://${host}${path}`
    // What is no host, or has more than that in it, shall not become part of the URL.
    if (host !== undefined && /^[^/?#@\\]+$/.test(host) && URL.canParse(whole)) return whole
  }
  return `${scope.scheme}://localhost${path}`
}

const headersOf = (scope: HttpScope | SseScope): Headers => {
  const headers = new Headers()
  const cookies: string[] = []
  for (const [name, value] of scope.headers) {
    if (name === 'cookie') cookies.push(value)
    else headers.append(name, value)
  }
  if (cookies.length > 0) headers.set('cookie', cookies.join('; ')) // the one list not made with commas
  return headers
}

/** Asks for the next piece only when the handler does. */
const bodyOf = (scope: HttpScope | SseScope, receive: Receive): ReadableStream<Uint8Array> =>
  new ReadableStream(
    {
      async pull(controller) {
        for (;;) {
          const event = await receive()
          if (event.type !== 'http.request' && event.type !== 'sse.request') {
            const { signal } = scope['pagi.connection']
            return controller.error(signal.reason ?? new TypeError('the request has ended'))
          }
          if (event.body.byteLength > 0) controller.enqueue(event.body)
          if (!event.more) return controller.close()
          if (event.body.byteLength > 0) return
        }
      },
    },
    { highWaterMark: 0 },
  )

const answer = async (
  { status, headers, body, url }: Response,
  scope: HttpScope | SseScope,
  send: SendOf<HttpSendEvent>,
): Promise<void> => {
  // What `fetch` has got is decoded, but its headers are not changed.
  const decoded = url !== '' && headers.has('content-encoding')
  const list: Header[] = [...headers].filter(
    ([name]) =>
      !isServersOwn(name) &&
      !(decoded && (name === 'content-encoding' || name === 'content-length')),
  )
  const start = { type: 'http.response.start', status, headers: list } as const
  if (body === null || scope.method === 'HEAD') {
    await send(start)
    await send({ type: 'http.response.body' })
    await body?.cancel()
    return
  }
  const reader = body.getReader()
  const unregister = scope['pagi.connection'].onDisconnect(() => {
    // A source that cannot be cancelled has failed already, and the next read says so.
    reader.cancel(scope['pagi.connection'].signal.reason).catch(() => {})
  })
  try {
    await sendBody(reader, start, send)
  } catch (error) {
    await reader.cancel(error).catch(() => {}) // the first error is the one to tell
    throw error
  } finally {
    unregister()
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** A body that is there at once goes in one piece, which tells the server its length. */
const sendBody = async (
  reader: Reader,
  start: HttpSendEvent,
  send: SendOf<HttpSendEvent>,
): Promise<void> => {
  let next = reader.read()
  let started = false
  for (;;) {
    if (!started && !(await isSettled(next))) {
      started = true
      await send(start)
    }
    const { done, value } = await next
    if (done) {
      if (!started) await send(start)
      return await send({ type: 'http.response.body' })
    }
    if (!(value instanceof Uint8Array)) {
      throw new TypeError('fromFetchHandler: the body of a Response consists of bytes')
    }
    next = reader.read()
    next.catch(() => {}) // awaited above
    const last = !started && (await isSettled(next)) && (await isDone(next))
    if (!started) await send(start)
    started = true
    await send({ type: 'http.response.body', body: value, more: !last })
    if (last) return
  }
}

/** Within the time that streams of what is in memory need. */
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  const seen = { settled: false }
  const settle = (): void => {
    seen.settled = true
  }
  promise.then(settle, settle)
  for (let turn = 0; turn < 10 && !seen.settled; turn += 1) await Promise.resolve()
  return seen.settled
}

const isDone = async (next: ReturnType<Reader['read']>): Promise<boolean> =>
  next.then(
    ({ done }) => done,
    () => false,
  )

/** Not by its class: polyfills and other realms have one of their own. */
const isResponse = (value: unknown): value is Response =>
  typeof value === 'object' &&
  value !== null &&
  'status' in value &&
  'headers' in value &&
  'body' in value
