import type { Application, Middleware, Receive, Scope, Send } from '@pagi/spec'
import { LAST, MORE, respond, START } from './cases.ts'
import { wild } from './support.ts'
import type { Kind, RawApp, RawSend } from './support.ts'

// One middleware for each rule that breaks it and nothing else, with a twin that is in order.

export interface MiddlewareCase {
  readonly code: string
  readonly requirement: string
  readonly bad: Middleware
  readonly good: Middleware
  /** The application inside; by default one that answers at once. */
  readonly inner?: RawApp
  readonly kind?: Kind
  readonly says: string
  readonly nowhere?: boolean
}

type Fields = Record<string, unknown>

/** A middleware that changes what passes: scopes with `change`, events with `passed`. */
const mapScope =
  (change: (scope: Scope) => Fields): Middleware =>
  (app) =>
  (scope, receive, send) =>
    app({ ...scope, ...change(scope) }, receive, send)

const mapEvents =
  (change: (event: Fields) => Fields): Middleware =>
  (app) =>
  (scope, receive, send) =>
    app(scope, receive, (event) => raw(send)(change({ ...event })))

const raw =
  (send: Send): RawSend =>
  (event) =>
    Reflect.apply(send, undefined, [event])

const withHeader = (event: Fields, name: string, value: string): Fields =>
  event['type'] === 'http.response.start'
    ? { ...event, headers: [...Object(event['headers'] ?? []), [name, value]] }
    : event

const addHeader = (name: string, value: string): Middleware =>
  mapEvents((event) => withHeader(event, name, value))

/** Holds back what the inner application sends until it has returned. */
const buffer =
  (finish: (held: Fields[], send: RawSend) => Promise<void>): Middleware =>
  (app) =>
  async (scope, receive, send) => {
    const held: Fields[] = []
    await app(scope, receive, async (event) => {
      held.push({ ...event })
    })
    await finish(held, raw(send))
  }

const sendAll = async (held: readonly Fields[], send: RawSend): Promise<void> => {
  for (const event of held) await send(event)
}

const through: Middleware = (app) => (scope, receive, send) => app(scope, receive, send)

const mount =
  (change: (path: string) => Fields): Middleware =>
  (app) =>
  (scope: Scope, receive: Receive, send: Send) =>
    app({ ...scope, ...(scope.type === 'http' ? change(scope.path) : {}) }, receive, send)

const failing: RawApp = async () => {
  throw new Error('broken')
}
const cutShort: RawApp = async (_scope, _receive, send) => {
  await send(START)
  await send(MORE)
}
const partial: RawApp = async (_scope, _receive, send) => {
  await send({ ...START, status: 206 })
  await send(LAST)
}
const fromFile: RawApp = async (_scope, _receive, send) => {
  await send(START)
  await send({ type: 'http.response.body', file: '/nowhere' }).catch(() => undefined)
}
const withTrailers: RawApp = async (_scope, _receive, send) => {
  await send({ ...START, trailers: true })
  await send(LAST)
  await send({ type: 'http.response.trailers' })
}
const streaming: RawApp = async (_scope, _receive, send) => {
  await send(START)
  await send(MORE)
  await send({ type: 'http.response.body' })
}

export const MIDDLEWARE: readonly MiddlewareCase[] = [
  {
    code: 'SWALLOWED_FAILURE',
    requirement: 'MW-01',
    inner: failing,
    bad: (app) => (scope, receive, send) => app(scope, receive, send).catch(() => undefined),
    good: (app) => async (scope, receive, send) => {
      try {
        await app(scope, receive, send)
      } catch (error) {
        await send({ type: 'http.response.start', status: 500 })
        await send({ type: 'http.response.body', body: 'sorry' })
        throw error
      }
    },
    says: 'the inner application failed with an instance of Error',
    nowhere: true,
  },
  {
    code: 'INNER_NOT_AWAITED',
    requirement: 'MW-01',
    bad: (app) => async (scope, receive, send) => {
      void app(scope, receive, send)
    },
    good: through,
    says: 'return app(scope, receive, send), or await it',
    nowhere: true,
  },
  {
    code: 'SCOPE_CHANGED',
    requirement: 'MW-03',
    bad: (app) => async (scope, receive, send) => {
      Reflect.defineProperty(scope, 'myapp.user', { value: 'me' })
      await app(scope, receive, send)
    },
    good: mapScope(() => ({ 'myapp.user': 'me' })),
    says: 'scope["myapp.user"] was defined',
  },
  {
    code: 'SCOPE_IDENTITY',
    requirement: 'MW-04',
    bad: mapScope(() => ({ state: {} })),
    good: mapScope(() => ({ 'myapp.state': {} })),
    says: 'scope["state"] is another object',
  },
  {
    code: 'SCOPE_KEY',
    requirement: 'MW-06',
    bad: mapScope(() => ({ user: 'me' })),
    good: mapScope(() => ({ 'myapp.user': 'me', client: ['10.0.0.1', 1] })),
    says: "use a prefix of your own, as in 'myapp.user'",
  },
  {
    code: 'SCOPE_KEY',
    requirement: 'HTTP-16',
    bad: mapScope(() => ({ 'pagi.user': 'me' })),
    good: mapScope(() => ({ 'pagix.user': 'me' })),
    says: 'scope["pagi.user"] was added',
  },
  {
    code: 'MOUNT',
    requirement: 'MW-20',
    bad: mount((path) => ({ root_path: '/api/', path: path.slice('/api'.length) })),
    good: mount((path) => ({ root_path: '/api', path: path.slice('/api'.length) })),
    says: 'add to root_path exactly what is removed',
  },
  {
    code: 'MOUNT',
    requirement: 'MW-20',
    bad: mount((path) => ({ root_path: '/api', path: path.slice(4), raw_path: '/users' })),
    good: mount((path) => ({ root_path: '/api', path: path.slice(4) })),
    says: 'a mount changed raw_path',
  },
  {
    code: 'MOUNT',
    requirement: 'MW-21',
    bad: mount((path) => ({ root_path: '/ap', path: path.slice('/ap'.length) })),
    good: mount((path) =>
      path.startsWith('/ap/') ? { root_path: '/ap', path: path.slice(3) } : {},
    ),
    says: 'a mount matches whole segments',
  },
  {
    code: 'COMPLETED_INCOMPLETE',
    requirement: 'MW-09',
    inner: cutShort,
    bad: buffer(async (held, send) => {
      await sendAll(held, send)
      await send({ type: 'http.response.body' })
    }),
    good: buffer(sendAll),
    says: 'for an inner response that was left incomplete',
  },
  {
    code: 'EARLY_METADATA',
    requirement: 'MW-10',
    bad: addHeader('etag', '"1"'),
    good: buffer(([start = {}, ...rest], send) =>
      sendAll([withHeader(start, 'etag', '"1"'), ...rest], send),
    ),
    says: 'etag was added before the inner response was complete',
  },
  {
    code: 'DROPPED_START',
    requirement: 'MW-11',
    inner: cutShort,
    bad: buffer((held, send) => (held.length > 2 ? sendAll(held, send) : Promise.resolve())),
    good: buffer(sendAll),
    says: 'pass on what was held back',
    nowhere: true,
  },
  {
    code: 'LENGTH_WITH_TRAILERS',
    requirement: 'MW-14',
    inner: withTrailers,
    bad: buffer(([start = {}, ...rest], send) =>
      sendAll([withHeader(start, 'content-length', '1'), ...rest], send).catch(() => undefined),
    ),
    good: buffer(([start = {}, ...rest], send) =>
      sendAll([withHeader(start, 'x-seen', '1'), ...rest], send),
    ),
    says: 'content-length was added to a response that declared trailers',
  },
  {
    code: 'PARTIAL_METADATA',
    requirement: 'MW-15',
    inner: partial,
    bad: addHeader('content-encoding', 'gzip'),
    good: mapEvents((event) =>
      event['status'] === 206 ? event : withHeader(event, 'content-encoding', 'gzip'),
    ),
    says: 'content-encoding was added to a partial response',
  },
  {
    code: 'DROPPED_KEYS',
    requirement: 'MW-16',
    inner: withTrailers,
    bad: mapEvents((event) => {
      const { trailers: _trailers, ...rest } = event
      return rest
    }),
    good: mapEvents((event) => withHeader(event, 'x-seen', '1')),
    says: 'http.response.start was sent on without its "trailers"',
  },
  {
    code: 'LOST_MORE',
    requirement: 'MW-17',
    inner: streaming,
    bad: mapEvents((event) =>
      event['type'] === 'http.response.body' ? { type: event['type'], body: event['body'] } : event,
    ),
    good: mapEvents((event) => ({ ...event })),
    says: 'keep the more of each event',
  },
  {
    code: 'ENCODED_FILE',
    requirement: 'MW-18',
    inner: fromFile,
    bad: addHeader('content-encoding', 'gzip'),
    good: addHeader('x-seen', '1'),
    says: 'the body is a file or a handle',
  },
]

export const inside = ({ inner = respond }: MiddlewareCase): Application => wild(inner)
