import { dispatch } from '@pagi/spec'
import { expect, test } from 'vitest'
import { FailuresError, MisuseError, lint, testApp } from '../src/index.ts'
import type { RequestOptions, TestOptions } from '../src/index.ts'
import { last, say, start } from './support/apps.ts'
import { loosely } from './support/loosely.ts'

const hello = dispatch({ http: say('hello') })

test.each<[string, unknown, string]>([
  ['an unknown name', { timeout: 5 }, 'there is no option timeout: there are maxBodySize,'],
  ['a size in words', { maxBodySize: '1mb' }, 'maxBodySize must be an integer of at least 0'],
  ['a limit of nothing', { wsMaxQueue: 0 }, 'wsMaxQueue must be an integer of at least 1'],
  ['a mode', { lifespan: 'off' }, 'lifespan must be auto or strict, got off'],
  ['a root path', { rootPath: 'api' }, 'rootPath: a root path must start with "/", got "api"'],
])('an option that is wrong is told by name: %s', (_what, options, message) => {
  const make = (): unknown => Reflect.apply(testApp, undefined, [hello, options])
  expect(make).toThrow(message)
  expect(make).toThrow(MisuseError)
})

test('an application is a function', () => {
  expect(() => Reflect.apply(testApp, undefined, [{ app: hello }])).toThrow(
    'an application is a function (scope, receive, send), got object',
  )
})

test('undefined options are those that nobody said', async () => {
  const options: TestOptions = JSON.parse('{}')
  await using client = testApp(hello, { ...options, rootPath: '' })
  expect((await client.get('/')).text()).toBe('hello')
})

test.each<[string, unknown, unknown, string]>([
  ['no path', 'users', {}, 'a target must be a path such as "/users?page=2", got "users"'],
  ['no string', 7, {}, 'a target must be a path such as "/users?page=2", got number'],
  ['wide text', '/→', {}, 'a target must be percent-encoded, got "/→"'],
  ['a line end', '/a\r\nx', {}, 'a target must be percent-encoded'],
  ['a method', '/', { method: 'GET /' }, 'a method must be a token such as GET, got "GET /"'],
  ['a header name', '/', { headers: { 'x y': '1' } }, 'a header name must be a token, got "x y"'],
  ['a line end in a header', '/', { headers: { x: 'a\r\nb' } }, 'got U+000D at 1'],
  ['wide text in a header', '/', { headers: [['x', '→']] }, 'header x must consist of bytes'],
  [
    'a header that is no string',
    '/',
    { headers: { x: 1 } },
    'header x must be a string, got number',
  ],
  ['two bodies', '/', { body: 'a', json: 1 }, 'a request has one of body, json and stream'],
  ['a body that is an object', '/', { body: { a: 1 } }, 'json takes any other value'],
  ['a body that is a number', '/', { body: 7 }, 'body must be a string, bytes'],
  ['a stream', '/', { stream: true }, 'a body that comes later needs open(), not request()'],
  ['chunks in HTTP/1.0', '/', { body: ['a'], httpVersion: '1.0' }, 'HTTP/1.0 has no chunks'],
])('a request that no client can make is refused: %s', async (_what, target, options, message) => {
  await using client = testApp(hello)
  const making: unknown = loosely(client, 'request')(target, options)
  await expect(making).rejects.toThrow(message)
  await expect(making).rejects.toBeInstanceOf(MisuseError)
  expect(client.log.filter(({ level }) => level === 'error')).toEqual([])
})

test('an option that is misspelt is told', async () => {
  await using client = testApp(hello)
  const told = (making: unknown): Promise<void> =>
    expect(making).rejects.toThrow(/is no option here: there are .*headers/)
  await told(loosely(client, 'get')('/', { header: {} }))
  await told(loosely(client, 'get')('/', { stalled: true }))
  await told(loosely(client, 'open')('/', { lastEventId: '1' }))
  await told(loosely(client, 'sse')('/', { reconnect: true }))
  await told(loosely(client, 'websocket')('/', { protocols: ['chat'] }))
})

test('a piece that is no piece breaks the upload off', async () => {
  await using client = testApp(
    dispatch({
      async http(_scope, receive) {
        await receive()
      },
    }),
  )
  const options: RequestOptions = { body: JSON.parse('[7]') }
  await expect(client.post('/', options)).rejects.toThrow(
    'a piece of a body must be a string or a Uint8Array, got number',
  )
})

test('a body has an end, and the length it declares', async () => {
  await using client = testApp(hello)
  const chunked = await client.open('/', { method: 'POST', stream: true })
  await chunked.end('all')
  await expect(chunked.write('more')).rejects.toThrow('the request body has ended')
  await expect(chunked.end()).rejects.toThrow('the request body has ended before')
  const declared = await client.open('/', {
    method: 'POST',
    stream: true,
    headers: { 'content-length': '3' },
  })
  await declared.write('a')
  await expect(declared.write('bcd')).rejects.toThrow(
    'content-length declares 3 bytes, the body would have 4',
  )
  await expect(declared.end()).rejects.toThrow(
    'content-length declares 3 bytes, the body has 1: disconnect() is how a client stops',
  )
  await declared.end('bc')
})

test('numbers that make no sense are refused', async () => {
  await using client = testApp(hello)
  const exchange = await client.open('/')
  expect(() => exchange.drain(-1)).toThrow('drain takes a number of bytes, got -1')
  await expect(client.advance(-1)).rejects.toThrow('advance takes a number of milliseconds')
})

test('a client that was closed makes no request', async () => {
  const client = testApp(hello)
  await client.get('/')
  await client.close()
  await expect(client.get('/')).rejects.toThrow('the client is closed')
  await expect(client.websocket('/')).rejects.toThrow('the client is closed')
})

test('verify tells of everything that went wrong, and of nothing else', async () => {
  await using client = testApp(
    dispatch({
      async http(scope, _receive, send) {
        await send(last('early')).catch(() => undefined)
        await send(start())
        await send(last())
        if (scope.path === '/crash') throw new Error('no more')
      },
    }),
  )
  client.verify()
  await client.get('/crash')
  const verifying = (): void => client.verify()
  expect(verifying).toThrow(FailuresError)
  expect(verifying).toThrow(
    /^GET \/crash: an event was refused: .*not allowed in the state initial.*\nGET \/crash: the application failed: Error: no more$/,
  )
})

test('lint works below it', async () => {
  const codes: string[] = []
  await using client = testApp(
    lint(
      dispatch({
        async http(_scope, _receive, send) {
          void send(start())
          await send(last())
        },
      }),
      { report: ({ code }) => codes.push(code) },
    ),
  )
  expect((await client.get('/')).status).toBe(200)
  expect(codes).toContain('ERR_PAGI_LINT_UNAWAITED_SEND')
})

test('a logger of the test hears what the log keeps', async () => {
  const heard: unknown[] = []
  const error = new Error('oops')
  await using client = testApp(dispatch({ http: () => Promise.reject(error) }), {
    logger: { error: (...args: unknown[]) => heard.push(args) },
  })
  await client.get('/')
  expect(heard).toEqual([['http: the application failed', error]])
  expect(client.log.length).toBeGreaterThan(1)
})
