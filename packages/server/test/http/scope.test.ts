import { describe, expect, test } from 'vitest'
import type { HttpScope, ServerOptions } from '../../src/index.ts'
import { dispatch } from '../../src/index.ts'
import { http, respond } from '../support/apps.ts'
import { get, start } from '../support/start.ts'

/** The scope that one request arrives as. */
const scopeOf = async (request: string, options: ServerOptions = {}): Promise<HttpScope> => {
  let seen: HttpScope | undefined
  const { ask } = await start(
    http(async (scope, _receive, send) => {
      seen = scope
      await respond(send)
    }),
    options,
  )
  const { status } = await ask(request)
  if (seen === undefined) throw new Error(`not dispatched: ${status}`)
  return seen
}

test('an http scope has every key of the specification and no other', async () => {
  const { server, port, connect } = await start(
    http(async (scope, _receive, send) => {
      expect(Object.keys(scope).toSorted()).toEqual(
        [
          'client',
          'extensions',
          'headers',
          'http_version',
          'method',
          'pagi',
          'pagi.connection',
          'pagi.transport',
          'path',
          'query_string',
          'raw_path',
          'root_path',
          'scheme',
          'server',
          'state',
          'type',
        ].toSorted(),
      )
      expect({ ...scope, 'pagi.connection': 0, 'pagi.transport': 0 }).toEqual({
        type: 'http',
        pagi: { version: '0.5', spec_version: '0.6' }, // CORE-03, CORE-04
        http_version: '1.1',
        method: 'GET',
        scheme: 'http',
        path: '/a b',
        raw_path: '/a%20b',
        query_string: 'x=%20+1',
        root_path: '',
        headers: [['host', 'test']],
        client: ['127.0.0.1', client.socket.localPort],
        server: ['127.0.0.1', port],
        state: {},
        extensions: { fullflush: {} },
        'pagi.connection': 0,
        'pagi.transport': 0,
      })
      await respond(send, 'as it should be')
    }),
  )
  const client = await connect()
  client.write(get('/a%20b?x=%20+1'))
  await client.until('as it should be')
  expect(server.url).toBe(`http://127.0.0.1:${port}`)
})

test('http/1.0 is told from http/1.1, and needs no Host', async () => {
  const scope = await scopeOf('GET / HTTP/1.0\r\n\r\n')
  expect(scope.http_version).toBe('1.0')
  expect(scope.headers).toEqual([])
})

// HTTP-03, HTTP-04, HTTP-05
test('header names are lower-cased, values stay bytes, duplicates stay apart and in order', async () => {
  const { headers } = await scopeOf(
    get('/', 'X-A: 1', 'x_a: 2', 'X-A: 3, 4', 'x-bytes: \xe4\xff', 'x-blank:', 'x-trim: \t a b \t'),
  )
  expect(headers).toEqual([
    ['host', 'test'],
    ['x-a', '1'],
    ['x_a', '2'],
    ['x-a', '3, 4'],
    ['x-bytes', '\xe4\xff'],
    ['x-blank', ''],
    ['x-trim', 'a b'],
  ])
})

test('cookie lines become one pair, where the first one stood', async () => {
  const { headers } = await scopeOf(get('/', 'Cookie: a=1', 'x: y', 'cookie: b=2; c=3')) // HTTP-06
  expect(headers).toEqual([
    ['host', 'test'],
    ['cookie', 'a=1; b=2; c=3'],
    ['x', 'y'],
  ])
})

test('hundreds of headers arrive in full where they may', async () => {
  const lines = Array.from({ length: 300 }, (_, at) => `x-${at}: ${at}`)
  const { headers } = await scopeOf(get('/', ...lines), { maxHeaderCount: 301 })
  expect(headers).toHaveLength(301)
})

// HTTP-07: the token as received; node:http knows a fixed list of methods.
test.each(['GET', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])(
  'the method %s is delivered as it is',
  async (method) => {
    expect((await scopeOf(`${method} / HTTP/1.1\r\nhost: test\r\n\r\n`)).method).toBe(method)
  },
)

describe('path, raw_path and root_path (T-PATH)', () => {
  const rows = [
    ['/api/a%2Fb?x=1', '', '/api/a/b', '/api/a%2Fb'],
    ['/api', '', '/api', '/api'],
    ['/apix', '', '/apix', '/apix'],
    ['/users', '/svc', '/users', '/svc/users'],
    ['/svc/users', '/svc', '/svc/users', '/svc/svc/users'],
    ['//host/x', '', '//host/x', '//host/x'],
    ['/%FF', '', '/\u00ff', '/%FF'],
    ['/a%zz', '', '/a%zz', '/a%zz'],
    ['http://h/p?q', '', '/p', '/p'],
    ['*', '', '*', '*'],
    // HTTP-17, HTTP-18, HTTP-23
    ['/caf%C3%A9/%E2%82%AC', '', '/café/€', '/caf%C3%A9/%E2%82%AC'],
    ['/%C3%A9%FF', '', '/\u00c3\u00a9\u00ff', '/%C3%A9%FF'],
    ['/a+b/../c//d/', '', '/a+b/../c//d/', '/a+b/../c//d/'],
    ['/?', '', '/', '/'],
    ['http://h', '', '/', '/'],
    ['http://h?q', '', '/', '/'],
  ] as const
  test.each(rows)('%s below %j', async (target, rootPath, path, rawPath) => {
    const method = target === '*' ? 'OPTIONS' : 'GET'
    const scope = await scopeOf(`${method} ${target} HTTP/1.1\r\nhost: h\r\n\r\n`, { rootPath })
    expect([scope.root_path, scope.path, scope.raw_path]).toEqual([rootPath, path, rawPath])
  })

  test('the query string is everything after the first question mark, undecoded', async () => {
    const queries = ['/?a=%20b?c&d=+', '/?', '/', 'http://h?q'].map(async (target) => {
      const scope = await scopeOf(`GET ${target} HTTP/1.1\r\nhost: h\r\n\r\n`)
      return scope.query_string // HTTP-09
    })
    expect(await Promise.all(queries)).toEqual(['a=%20b?c&d=+', '', '', 'q'])
  })

  test('no header of the request sets the root path', async () => {
    const scope = await scopeOf(
      get('/x', 'x-forwarded-prefix: /evil', 'script-name: /evil', 'x-forwarded-proto: https'),
    )
    expect([scope.root_path, scope.path, scope.scheme]).toEqual(['', '/x', 'http']) // HTTP-22, HTTP-08
  })
})

test('state of the lifespan is copied for every scope: keys are private, values shared', async () => {
  const shared = { count: 0 }
  const { connect } = await start(
    dispatch({
      lifespan: async (scope, receive, send) => {
        await receive()
        if (scope.state !== undefined) scope.state['shared'] = shared
        await send({ type: 'lifespan.startup.complete' })
        await receive()
        await send({ type: 'lifespan.shutdown.complete' })
      },
      http: async ({ state }, _receive, send) => {
        if (state === undefined) throw new Error('no state')
        shared.count += state['shared'] === shared ? 1 : 0
        const keys = Object.keys(state).join()
        state['own'] = true
        await respond(send, keys) // LIFE-19, HTTP-13
      },
    }),
  )
  const client = await connect()
  for (const _ of [1, 2]) {
    client.write(get())
    await client.until('\r\n\r\nshared')
  }
  expect(shared.count).toBe(2)
  expect(client.pending.byteLength).toBe(0)
})

test('each request of a connection has a connection object and a transport of its own', async () => {
  const seen = new Set<unknown>()
  const { connect } = await start(
    http(async (scope, _receive, send) => {
      seen.add(scope).add(scope['pagi.connection']).add(scope['pagi.transport'])
      expect(scope['pagi.connection'].responseStarted).toBe(false)
      await respond(send, 'done')
    }),
  )
  const client = await connect()
  for (const _ of [1, 2, 3]) {
    client.write(get())
    await client.until('done')
  }
  expect(seen.size).toBe(9) // CONN-01
})
