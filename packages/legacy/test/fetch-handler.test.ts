import { H3 } from 'h3'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { AutoRouter } from 'itty-router'
import { testApp } from '@pagi/testing'
import { describe, expect, test } from 'vitest'
import { fromFetchHandler } from '../src/index.ts'
import type { FetchApplication, FetchHandler } from '../src/index.ts'
import { BareServer } from './support/bare-server.ts'
import { ask } from './support/client.ts'
import { clientOf } from './support/in-memory.ts'
import { startPagi } from './support/servers.ts'

const echo: FetchHandler = async (request) => new Response(await request.text())

describe('the request', () => {
  const see = async (facts: object, look: (request: Request) => unknown): Promise<unknown> => {
    const server = new BareServer(facts)
    let seen: unknown
    await server.call(
      fromFetchHandler((request) => {
        seen = look(request)
        return new Response()
      }),
    )
    return seen
  }

  test.each([
    [{ path: '/a b', raw_path: '/a%20b', query_string: 'x=1' }, 'http://example.org/a%20b?x=1'],
    [{ scheme: 'https' }, 'https://example.org/'],
    [{ headers: [['host', 'a:8080']] }, 'http://a:8080/'],
    [{ headers: [], server: ['::1', 80] }, 'http://localhost/'],
    [{ headers: [], server: ['127.0.0.1', 80] }, 'http://127.0.0.1/'],
    [{ headers: [['host', 'a/b?c']] }, 'http://localhost/'],
    [{ headers: [['host', 'user@evil']] }, 'http://localhost/'],
    [{ path: '//x', raw_path: '//x' }, 'http://example.org//x'],
    [{ path: '/x', raw_path: '/m/x', root_path: '/m' }, 'http://example.org/x'],
    [{ method: 'OPTIONS', path: '*', raw_path: '*' }, 'http://example.org/*'],
  ])('%o has the URL %s', async (facts, url) => {
    expect(await see(facts, (request) => request.url)).toBe(url)
  })

  test('has the fields, cookies joined as cookies are', async () => {
    const headers = [
      ['x-a', '1'],
      ['x-a', '2'],
      ['cookie', 'a=1'],
      ['cookie', 'b=2'],
    ]
    const seen = await see({ headers }, (request) => [...request.headers])
    expect(seen).toEqual([
      ['cookie', 'a=1; b=2'],
      ['x-a', '1, 2'],
    ])
  })

  test('has its scope beside it', async () => {
    const server = new BareServer({ client: ['192.0.2.1', 4] })
    await server.call(fromFetchHandler((_request, { scope }) => new Response(String(scope.client))))
    expect(server.body).toBe('192.0.2.1,4')
  })

  test('of a method that no Request can have is refused', async () => {
    const server = new BareServer({ method: 'TRACE' })
    await server.call(fromFetchHandler(() => Response.error()))
    expect(server.sent[0]).toMatchObject({ status: 501 })
  })
})

describe('the body of the request', () => {
  const POST = { method: 'POST', headers: [['content-length', '6']] } as const

  test('is received as it is read', async () => {
    const server = new BareServer(POST)
    const call = server.call(
      fromFetchHandler(async (request) => {
        const reader = request.body?.getReader()
        const pieces: number[] = [server.received]
        for (;;) {
          const piece = await reader?.read()
          if (piece === undefined || piece.done) break
          pieces.push(server.received)
        }
        return Response.json(pieces)
      }),
    )
    server.feed('abc', true)
    server.feed('', true)
    server.feed('def')
    await call
    expect(server.body).toBe('[0,1,3]')
  })

  test('breaks off when the client leaves, and the signal aborts', async () => {
    const seen: boolean[] = []
    const client = clientOf(
      fromFetchHandler(async (request) => {
        const error: unknown = await request.text().catch((thrown: unknown) => thrown)
        seen.push(error instanceof Error, request.signal.aborted)
        return new Response()
      }),
    )
    const upload = await client.open('/', { method: 'POST', stream: true })
    await upload.write('x')
    await upload.leave()
    expect(seen).toEqual([true, true])
  })

  test('comes back whole', async () => {
    const body = 'x'.repeat(300_000)
    const response = await clientOf(fromFetchHandler(echo)).post('/', { body })
    expect(response.text()).toBe(body)
  })
})

describe('the response', () => {
  const events = async (response: () => Response, facts = {}): Promise<unknown[]> => {
    const server = new BareServer(facts)
    await server.call(fromFetchHandler(response))
    return server.sent
  }
  const start = (status: number, ...headers: string[][]): object => ({
    type: 'http.response.start',
    status,
    headers,
  })
  const TEXT = ['content-type', 'text/plain;charset=UTF-8']

  test('of text is one piece', async () => {
    expect(await events(() => new Response('hello'))).toEqual([
      start(200, TEXT),
      { type: 'http.response.body', body: new TextEncoder().encode('hello'), more: false },
    ])
  })

  test.each([
    ['bytes', () => new Response(new Uint8Array([1, 2]))],
    ['json', () => Response.json([1])],
    ['a blob', () => new Response(new Blob(['x']))],
    ['a form', () => new Response(new URLSearchParams('a=1'))],
  ])('of %s is complete', async (_what, response) => {
    const expected = await response().text()
    const server = new BareServer()
    await server.call(fromFetchHandler(response))
    expect(server.body).toBe(expected)
    expect(server.sent.at(-1)).not.toHaveProperty('more', true)
  })

  test('of nothing has no body', async () => {
    expect(await events(() => new Response(null, { status: 204 }))).toEqual([
      start(204),
      { type: 'http.response.body' },
    ])
  })

  test('has every cookie, and nothing that is the server’s', async () => {
    const headers: [string, string][] = [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['connection', 'close'],
      ['x-a', 'é'],
    ]
    expect((await events(() => new Response(null, { headers })))[0]).toEqual(
      start(200, ['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['x-a', 'é']),
    )
  })

  test('to HEAD is not read', async () => {
    let cancelled = false
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel: () => {
        cancelled = true
      },
    })
    const sent = await events(() => new Response(body), { method: 'HEAD' })
    expect(sent).toEqual([start(200), { type: 'http.response.body' }])
    expect(cancelled).toBe(true)
  })

  test('of a stream leaves piece by piece, no faster than send', async () => {
    const server = new BareServer()
    let pulls = 0
    const body = new ReadableStream(
      {
        async pull(controller) {
          await new Promise((resolve) => setImmediate(resolve))
          pulls += 1
          if (pulls > 20) controller.close()
          else controller.enqueue(new TextEncoder().encode('x'))
        },
      },
      { highWaterMark: 0 },
    )
    server.stalled = true
    const call = server.call(fromFetchHandler(() => new Response(body)))
    await expect.poll(() => server.sent.length).toBe(1)
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(pulls).toBeLessThan(3)
    server.release()
    await call
    expect(server.body).toBe('x'.repeat(20))
  })

  test('whose stream fails is left incomplete', async () => {
    const missing = new Error('the other half is missing')
    await using client = testApp(
      fromFetchHandler(() => {
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('half')),
          async pull() {
            await new Promise((resolve) => setImmediate(resolve))
            throw missing
          },
        })
        return new Response(body)
      }),
    )
    const response = await client.get('/')
    expect([response.status, response.text(), response.complete]).toEqual([200, 'half', false])
    expect(response.error).toBe(missing)
  })

  test('whose client leaves has its stream cancelled', async () => {
    let cancel = (_reason: unknown): void => {}
    const cancelled = new Promise((resolve) => {
      cancel = resolve
    })
    const client = clientOf(
      fromFetchHandler(
        () =>
          new Response(
            new ReadableStream({
              start: (controller) => controller.enqueue(new TextEncoder().encode('x')),
              cancel,
            }),
          ),
      ),
    )
    const exchange = await client.open('/')
    await exchange.read()
    await exchange.leave()
    expect(await cancelled).toMatchObject({ code: 'ERR_PAGI_DISCONNECTED' })
  })

  test('of fetch is passed on as what it was decoded to', async () => {
    const { port: behind } = await startPagi(
      fromFetchHandler(() => {
        const zip = new CompressionStream('gzip')
        const body = new Blob(['x'.repeat(1000)]).stream().pipeThrough(zip)
        return new Response(body, { headers: { 'content-encoding': 'gzip', 'x-own': '1' } })
      }),
    )
    const { port, errors } = await startPagi(
      fromFetchHandler(() => fetch(`http://127.0.0.1:${behind}/`)),
    )
    const answer = await ask(port)
    expect(answer.body).toBe('x'.repeat(1000))
    expect(answer.headers).toContain('x-own: 1')
    expect(answer.headers.join()).not.toContain('gzip')
    expect(errors).toEqual([])
  })
})

describe('a handler that fails', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
      'broken',
    ],
    ['rejects', () => Promise.reject(new Error('broken')), 'broken'],
    ['returns something else', () => JSON.parse('"no"'), 'must return'],
    ['returns the error response', () => Response.error(), 'status'],
  ])('by that it %s', async (_how, handler, said) => {
    await using client = testApp(fromFetchHandler(handler))
    const { status, error } = await client.get('/')
    expect(status).toBe(500)
    expect(String(error)).toContain(said)
  })

  test.each([[undefined], [{}], [{ fetch: 1 }]])('%o is no handler', (handler) => {
    expect(() => Reflect.apply(fromFetchHandler, undefined, [handler])).toThrow('fromFetchHandler')
  })
})

const hono = new Hono()
hono.get('/hello/:name', (c) => c.text(`hello ${c.req.param('name')}`))
hono.post('/echo', async (c) => c.json(await c.req.json()))
hono.get('/live', (c) => streamSSE(c, (stream) => stream.writeSSE({ data: 'from Hono' })))

const itty = AutoRouter()
itty.get('/hello/:name', ({ params }) => new Response(`hello ${params['name']}`))
itty.post('/echo', async (request) => request.json())

const h3 = new H3()
h3.get('/hello/:name', (event) => `hello ${event.context.params?.['name']}`)
h3.post('/echo', (event) => event.req.json())

const APPS: Readonly<Record<string, FetchHandler | FetchApplication>> = {
  Hono: hono,
  'Hono by its fetch': hono.fetch,
  'itty-router': itty,
  h3,
}

describe('real routers', () => {
  test.each(Object.entries(APPS))('%s', async (_name, app) => {
    const client = clientOf(fromFetchHandler(app))
    expect((await client.get('/hello/you?x=1')).text()).toBe('hello you')
    expect((await client.post('/echo', { json: { a: [1] } })).json()).toEqual({ a: [1] })
    expect((await client.get('/nowhere')).status).toBe(404)
  })

  test('an event stream of Hono answers an sse scope', async () => {
    const stream = await clientOf(fromFetchHandler(hono)).sse('/live')
    expect(await stream.next()).toMatchObject({ data: 'from Hono' })
    expect(await stream.next()).toBeUndefined()
    expect(stream.complete).toBe(true)
  })

  test('a WebSocket is refused', async () => {
    await using client = testApp(fromFetchHandler(hono))
    const socket = await client.websocket('/live')
    expect((await socket.refusal()).status).toBe(500)
  })
})
