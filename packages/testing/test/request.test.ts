import { dispatch } from '@pagi/spec'
import type { HttpScope } from '@pagi/spec'
import { expect, test } from 'vitest'
import { testApp } from '../src/index.ts'
import type { RequestOptions } from '../src/index.ts'
import { bodyOf, last, more, say, start } from './support/apps.ts'

test('a request comes back with what the application sent', async () => {
  await using client = testApp(
    dispatch({
      async http(scope, _receive, send) {
        await send(start(201, [['content-type', 'text/plain']]))
        await send(last(`${scope.method} ${scope.path} ${scope.query_string}`))
      },
    }),
  )
  const response = await client.get('/hello?x=1')
  expect(response.status).toBe(201)
  expect(response.headers.get('Content-Type')).toBe('text/plain')
  expect(response.text()).toBe('GET /hello x=1')
  expect(response.complete).toBe(true)
  expect(response.ok).toBe(true)
  expect(response.reason).toBeUndefined()
  expect(response.error).toBeUndefined()
  expect(client.failures).toEqual([])
})

/** What an application sees of a request, body included. */
const seen = async (
  target: string | URL,
  options: RequestOptions = {},
): Promise<{ scope: HttpScope; body: string; header: (name: string) => string | undefined }> => {
  let found: HttpScope | undefined
  let body = ''
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        found = scope
        body = await bodyOf(receive)
        await say('')(scope, receive, send)
      },
    }),
    { headers: { 'X-Shared': 'by all', 'x-other': 'shared' } },
  )
  await client.request(target, options)
  if (found === undefined) throw new Error('the application was not called')
  const { headers } = found
  return { scope: found, body, header: (name) => headers.find(([key]) => key === name)?.[1] }
}

test('the scope is what a server makes of the request', async () => {
  const { scope } = await seen('/a%20b/%C3%A4?q=%20', {
    headers: [
      ['X-One', '1'],
      ['Cookie', 'a=1'],
      ['x-one', '2'],
      ['cookie', 'b=2'],
    ],
  })
  expect(scope).toMatchObject({
    type: 'http',
    http_version: '1.1',
    method: 'GET',
    scheme: 'http',
    path: '/a b/ä',
    raw_path: '/a%20b/%C3%A4',
    query_string: 'q=%20',
    root_path: '',
    client: ['127.0.0.1', 50_000],
    server: ['127.0.0.1', 80],
    extensions: { fullflush: {} },
    state: {},
  })
  expect(scope.headers).toEqual([
    ['host', 'localhost'],
    ['x-shared', 'by all'],
    ['x-other', 'shared'],
    ['x-one', '1'],
    ['cookie', 'a=1; b=2'],
    ['x-one', '2'],
  ])
})

test.each<
  [string, RequestOptions, { type?: string; length?: string; method: string; body: string }]
>([
  ['nothing', {}, { method: 'GET', body: '' }],
  [
    'a text',
    { body: 'wörds' },
    { method: 'POST', type: 'text/plain;charset=UTF-8', length: '6', body: 'wörds' },
  ],
  ['bytes', { body: new Uint8Array([65, 66]) }, { method: 'POST', length: '2', body: 'AB' }],
  ['a buffer', { body: new Uint8Array([65]).buffer }, { method: 'POST', length: '1', body: 'A' }],
  [
    'JSON',
    { json: { a: [1] }, method: 'put' },
    { method: 'PUT', type: 'application/json', length: '9', body: '{"a":[1]}' },
  ],
  [
    'a form',
    { body: new URLSearchParams({ a: 'b c' }) },
    {
      method: 'POST',
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      length: '5',
      body: 'a=b+c',
    },
  ],
  ['no body of a POST', { method: 'POST' }, { method: 'POST', length: '0', body: '' }],
])('a body can be %s', async (_what, options, wanted) => {
  const { scope, body, header } = await seen('/', options)
  expect({
    method: scope.method,
    type: header('content-type'),
    length: header('content-length'),
    body,
  }).toEqual({ type: undefined, length: undefined, ...wanted })
})

test('a multipart form is encoded, with its boundary', async () => {
  const form = new FormData()
  form.set('name', 'value')
  const { body, header } = await seen('/', { body: form })
  const [, boundary = 'none'] =
    /^multipart\/form-data; boundary=(.*)$/.exec(header('content-type') ?? '') ?? []
  expect(body).toContain(`--${boundary}\r\nContent-Disposition: form-data; name="name"`)
})

test('a body in pieces arrives in these pieces, chunked', async () => {
  const pieces: string[] = []
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        expect(scope.headers).toContainEqual(['transfer-encoding', 'chunked'])
        for (let open = true; open;) {
          const event = await receive()
          if (event.type !== 'http.request') break
          pieces.push(new TextDecoder().decode(event.body))
          open = event.more
        }
        await say('')(scope, receive, send)
      },
    }),
  )
  await client.post('/', { body: ['one', new Uint8Array([50])] })
  expect(pieces).toEqual(['one', '2', ''])
})

test('a large body takes several events, as from a socket', async () => {
  const sizes: number[] = []
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        for (let open = true; open;) {
          const event = await receive()
          if (event.type !== 'http.request') break
          sizes.push(event.body.byteLength)
          open = event.more
        }
        await say('')(scope, receive, send)
      },
    }),
  )
  await client.post('/', { body: new Uint8Array(150_000) })
  expect(sizes).toEqual([65_536, 65_536, 18_928])
})

test('fields of a request replace those that all have, and its query is added', async () => {
  const { scope, header } = await seen('/list?page=1', {
    headers: { 'X-Other': ['own', 'twice'], 'x-none': undefined },
    query: { q: 'a&b', size: 2 },
  })
  expect(scope.headers.filter(([name]) => name === 'x-other')).toEqual([
    ['x-other', 'own'],
    ['x-other', 'twice'],
  ])
  expect(header('x-shared')).toBe('by all')
  expect(scope.query_string).toBe('page=1&q=a%26b&size=2')
})

test('an absolute URL says host and scheme', async () => {
  const { scope, header } = await seen(new URL('https://example.com:8443/a?b'))
  expect([scope.scheme, scope.path, scope.query_string, header('host')]).toEqual([
    'https',
    '/a',
    'b',
    'example.com:8443',
  ])
})

test('addresses, root path, TLS and HTTP/1.0 are options', async () => {
  let scope: unknown
  const tls = {
    server_cert: null,
    client_cert_chain: [],
    client_cert_name: null,
    client_cert_error: null,
    tls_version: 0x0304,
    cipher_suite: null,
  }
  await using client = testApp(
    dispatch({
      async http(found, receive, send) {
        scope = found
        await say('')(found, receive, send)
      },
    }),
    {
      client: null,
      server: ['/run/app.sock', null],
      secure: true,
      rootPath: '/api',
      extensions: { tls },
    },
  )
  await client.get('/users', { httpVersion: '1.0' })
  expect(scope).toMatchObject({
    http_version: '1.0',
    scheme: 'https',
    root_path: '/api',
    raw_path: '/api/users',
    path: '/users',
    server: ['/run/app.sock', null],
    extensions: { fullflush: {}, tls },
  })
  expect(scope).not.toHaveProperty('client')
})

test('trailers, repeated fields and an empty body', async () => {
  await using client = testApp(
    dispatch({
      async http(_scope, _receive, send) {
        await send({
          type: 'http.response.start',
          status: 200,
          headers: [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
            ['connection', 'close'],
          ],
          trailers: true,
        })
        await send(last())
        await send({ type: 'http.response.trailers', headers: [['x-sum', '7']] })
      },
    }),
  )
  const response = await client.get('/')
  expect(response.headers.getAll('set-cookie')).toEqual(['a=1', 'b=2'])
  expect(response.headers.has('connection')).toBe(false) // HTTP-86
  expect([...response.headers]).toHaveLength(2)
  expect(response.trailers.get('x-sum')).toBe('7')
  expect(response.bytes()).toEqual(new Uint8Array(0))
})

test('the body is there as text, bytes and JSON; what is no JSON is shown', async () => {
  await using client = testApp(
    dispatch({ http: (scope, receive, send) => say(scope.path.slice(1))(scope, receive, send) }),
  )
  const response = await client.get('/{"a":1}')
  expect(response.json()).toEqual({ a: 1 })
  expect(response.bytes()).toEqual(new TextEncoder().encode('{"a":1}'))
  const other = await client.get('/oops')
  expect(() => other.json()).toThrow('the body of this 200 is no JSON: "oops"')
})

test('HEAD gets the head alone', async () => {
  await using client = testApp(dispatch({ http: say('hello') }))
  const response = await client.head('/')
  expect([response.status, response.text(), response.complete]).toEqual([200, '', true])
})

test('an application that fails is answered with 500, and says what it threw', async () => {
  const error = new Error('out of ideas')
  await using client = testApp(dispatch({ http: () => Promise.reject(error) }))
  const response = await client.get('/crash')
  expect([response.status, response.text()]).toEqual([500, '500 Internal Server Error\n'])
  expect(response.complete).toBe(true)
  expect(response.reason).toBe('server_error')
  expect(response.error).toBe(error)
  expect(client.failures).toEqual([{ call: 'GET /crash', kind: 'failed', error }])
  expect(client.log.filter(({ level }) => level === 'error')).toEqual([
    { level: 'error', message: 'http: the application failed', cause: error },
  ])
  expect(() => client.verify()).toThrow('GET /crash: the application failed: Error: out of ideas')
})

test('a response that the application leaves is incomplete', async () => {
  await using client = testApp(
    dispatch({
      async http(_scope, _receive, send) {
        await send(start())
        await send(more('half'))
      },
    }),
  )
  const response = await client.get('/')
  expect([response.status, response.text()]).toEqual([200, 'half'])
  expect([response.complete, response.ok, response.reason]).toEqual([false, false, 'server_error'])
})

test('an application that aborts before it answers leaves no response', async () => {
  await using client = testApp(
    dispatch({
      async http(scope) {
        scope['pagi.connection'].abort('enough')
      },
    }),
  )
  const response = await client.get('/')
  expect(response).toMatchObject({ status: 0, complete: false, reason: 'app_abort' })
})

test('an error after the response is a failure, too', async () => {
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        await say('fine')(scope, receive, send)
        throw new Error('afterwards')
      },
    }),
  )
  const response = await client.get('/')
  expect([response.status, response.text()]).toEqual([200, 'fine'])
  expect(client.failures).toMatchObject([{ kind: 'failed', error: { message: 'afterwards' } }])
  expect(response.error).toMatchObject({ message: 'afterwards' })
})

test('requests at the same time have their own scopes', async () => {
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        const body = await bodyOf(receive)
        await say(`${scope.path} ${body}`)(scope, receive, send)
      },
    }),
  )
  const responses = await Promise.all([
    client.post('/1', { body: 'a' }),
    client.put('/2', { body: 'b' }),
    client.patch('/3', { body: 'c' }),
    client.delete('/4'),
  ])
  expect(responses.map((response) => response.text())).toEqual(['/1 a', '/2 b', '/3 c', '/4 '])
})
