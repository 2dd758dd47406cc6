import { describe, expect, test, vi } from 'vitest'
import { dispatch, toNodeHandler } from '../../src/index.ts'
import type { Application, RequestRecord, ServerOptions } from '../../src/index.ts'
import { eventually, gate, http, readBody, respond, sse, websocket } from '../support/apps.ts'
import { closeFrame, frame, handshake, nextFrame, open, text } from '../support/frames.ts'
import { below, host } from '../support/host.ts'
import { readHead, readResponse } from '../support/response.ts'
import { get, post, start } from '../support/start.ts'
import type { Running } from '../support/start.ts'

// One line per request, stream and session, whatever its end, and of all that came to neither.

interface Logging extends Running {
  readonly records: readonly RequestRecord[]
  /** So many have ended; what is told of them, in order. */
  readonly told: (count: number) => Promise<readonly RequestRecord[]>
}

const logging = async (app: Application, options: ServerOptions = {}): Promise<Logging> => {
  const records: RequestRecord[] = []
  const running = await start(app, {
    accessLog: true,
    accessLogFormat: (record) => {
      records.push(record)
      return undefined
    },
    ...options,
  })
  const told = async (count: number): Promise<readonly RequestRecord[]> => {
    await eventually(() => records.length >= count)
    await new Promise(setImmediate)
    expect(records).toHaveLength(count)
    return records
  }
  return { ...running, records, told }
}

const ok = http(async (_scope, _receive, send) => respond(send, 'ok', [['x-own', 'yes']]))

describe('http', () => {
  test('a response that was sent whole', async () => {
    const { ask, told, port } = await logging(ok)
    const before = Date.now()
    await ask(get('/a%20b?c', 'user-agent: test', 'connection: close'))
    const [record] = await told(1)
    expect(record).toMatchObject({
      type: 'http',
      client: ['127.0.0.1', expect.any(Number)],
      server: ['127.0.0.1', port],
      scheme: 'http',
      method: 'GET',
      target: '/a%20b?c',
      httpVersion: '1.1',
      headers: [
        ['host', 'test'],
        ['user-agent', 'test'],
        ['connection', 'close'],
      ],
      responseHeaders: [['x-own', 'yes']],
      status: 200,
      bytes: 2,
      reason: undefined,
      detail: undefined,
      closeCode: undefined,
    })
    expect(record?.time).toBeGreaterThanOrEqual(before)
    expect(record?.time).toBeLessThanOrEqual(Date.now())
    expect(record?.duration).toBeGreaterThanOrEqual(0)
  })

  test('requests of one connection, each when it ends', async () => {
    const { connect, told } = await logging(ok)
    const client = await connect()
    client.write(get('/1') + get('/2') + get('/3'))
    for (let at = 0; at < 3; at++) await readResponse(client)
    expect((await told(3)).map(({ target }) => target)).toEqual(['/1', '/2', '/3'])
  })

  test('the body counts, not its chunks, nor what HEAD leaves out', async () => {
    const { ask, told } = await logging(
      http(async ({ path }, _receive, send) => {
        await send({ type: 'http.response.start', status: path === '/none' ? 204 : 200 })
        for (const body of path === '/none' ? [] : ['12345', 'é', 'x'.repeat(20_000)])
          await send({ type: 'http.response.body', body, more: true })
        await send({ type: 'http.response.body' })
      }),
    )
    await ask(get('/'))
    await ask(get('/').replace('GET', 'HEAD'))
    await ask(get('/none'))
    expect((await told(3)).map(({ status, bytes }) => [status, bytes])).toEqual([
      [200, 20_007],
      [200, 0],
      [204, 0],
    ])
  })

  test('the duration is that of the request', async () => {
    const go = gate()
    const { connect, told } = await logging(
      http(async (_scope, _receive, send) => {
        await go.promise
        await respond(send)
      }),
    )
    const client = await connect()
    const began = performance.now()
    client.write(get())
    setTimeout(() => go.open(), 30)
    await readResponse(client)
    const [record] = await told(1)
    expect(record?.duration).toBeGreaterThan(25)
    expect(record?.duration).toBeLessThanOrEqual(performance.now() - began)
  })

  test('an application that fails, one that says nothing, and one that stops in the middle', async () => {
    const { ask, told } = await logging(
      http(async ({ path }, _receive, send) => {
        if (path === '/fails') throw new Error('no database')
        if (path === '/silent') return
        await send({ type: 'http.response.start', status: 200 })
        await send({ type: 'http.response.body', body: 'begun', more: true })
      }),
    )
    for (const path of ['/fails', '/silent', '/stops']) await ask(get(path))
    expect(
      (await told(3)).map(({ status, bytes, reason, detail }) => [status, bytes, reason, detail]),
    ).toEqual([
      [500, 26, 'server_error', 'the application failed: no database'],
      [500, 26, 'server_error', 'the application sent no response'],
      [200, 5, 'server_error', 'the application left its response incomplete'],
    ])
  })

  test('a client that leaves before the response, and in the middle of it', async () => {
    const { connect, told } = await logging(
      http(async ({ path, 'pagi.connection': connection }, _receive, send) => {
        if (path === '/middle') {
          await send({ type: 'http.response.start', status: 200 })
          await send({ type: 'http.response.body', body: 'begun', more: true })
        }
        await connection.ended
      }),
    )
    const one = await connect()
    one.write(get('/before'))
    await new Promise(setImmediate)
    one.fin()
    await told(1)
    const two = await connect()
    two.write(get('/middle'))
    await two.until('begun')
    two.fin()
    expect((await told(2)).map(({ target, status, reason }) => [target, status, reason])).toEqual([
      ['/before', undefined, 'client_closed'],
      ['/middle', 200, 'client_closed'],
    ])
  })

  test('an application that aborts', async () => {
    const { connect, told } = await logging(
      http(async ({ 'pagi.connection': connection }) => connection.abort('bored')),
    )
    const client = await connect()
    client.write(get())
    await client.end()
    expect(await told(1)).toMatchObject([
      { status: undefined, reason: 'app_abort', detail: 'bored' },
    ])
  })

  test('a mounted application that does not serve it leaves the telling to who does', async () => {
    const records: RequestRecord[] = []
    const handler = toNodeHandler(
      dispatch({
        sse: async (_scope, _receive, send) => {
          await send({ type: 'sse.start' })
          await send({ type: 'sse.close' })
        },
      }),
      { accessLog: true, accessLogFormat: (record) => void records.push(record) },
    )
    const { ask } = await host((req, res) => {
      below(
        '/live',
        req,
        () => res.end('elsewhere'),
        (next) => handler(req, res, next),
      )
    })
    await ask(get('/live/page', 'connection: close'))
    await ask(get('/live/feed', 'accept: text/event-stream', 'connection: close'))
    await eventually(() => records.length > 0)
    expect(records.map(({ type, target }) => [type, target])).toEqual([['sse', '/live/feed']])
    expect(handler.stats()).toMatchObject({
      http: { open: 0, total: 1 },
      sse: { open: 0, total: 1 },
      connections: { total: 2 },
    })
    await handler.shutdown()
  })
})

describe('what the server answers by itself', () => {
  const LIMITS = { maxUrlSize: 100, maxHeaderSize: 200, maxHeaderCount: 5 }

  test.each<[number, string, string, string | undefined, Partial<RequestRecord>]>([
    [400, 'no Host', 'GET /a HTTP/1.1\r\n\r\n', 'http', { target: '/a' }],
    [400, 'what is no HTTP', '\x16\x03\x01\x02\x00\r\n\r\n', undefined, { target: undefined }],
    [
      400,
      'a field that is none',
      'GET /etc/passwd HTTP/1.1\r\nhost: t\r\na b: c\r\n\r\n',
      undefined,
      { method: 'GET', target: '/etc/passwd', httpVersion: '1.1', reason: 'protocol_error' },
    ],
    [413, 'a body too long', post('x'.repeat(20)), 'http', { reason: 'body_too_large' }],
    [414, 'a target too long', get(`/${'a'.repeat(120)}`), 'http', {}],
    [414, 'one that the parser gives up', get(`/${'a'.repeat(400)}`), undefined, {}],
    [431, 'too many fields', get('/', 'a: 1', 'b: 1', 'c: 1', 'd: 1', 'e: 1'), 'http', {}],
    [
      431,
      'fields that the parser gives up',
      get('/', `a: ${'a'.repeat(400)}`),
      undefined,
      { target: '/' },
    ],
    [
      501,
      'CONNECT',
      'CONNECT other:443 HTTP/1.1\r\nhost: other:443\r\nuser-agent: scan\r\n\r\n',
      undefined,
      {
        method: 'CONNECT',
        target: 'other:443',
        headers: [
          ['host', 'other:443'],
          ['user-agent', 'scan'],
        ],
      },
    ],
    [400, 'a handshake without a key', handshake('sec-websocket-key: x'), 'websocket', {}],
    [
      426,
      'a handshake of another version',
      handshake('sec-websocket-version: 8'),
      'websocket',
      { target: '/socket', scheme: 'ws', closeCode: undefined },
    ],
  ])('%i for %s', async (status, _what, request, type, more) => {
    const { ask, told, server } = await logging(
      http(async (_scope, receive, send) => {
        await readBody(receive)
        await respond(send)
      }),
      { ...LIMITS, maxBodySize: 10 },
    )
    const response = await ask(request)
    expect(response.status).toBe(status)
    const [record] = await told(1)
    expect(record).toMatchObject({ type, status, bytes: response.body.byteLength, ...more })
    expect(record?.detail).toMatch(/\w/)
    expect(server.stats()).toMatchObject({
      rejected: 1,
      responses: { '1xx': 0, '2xx': 0, '4xx': status < 500 ? 1 : 0, '5xx': status < 500 ? 0 : 1 },
    })
  })

  test('408 for a head that does not come', async () => {
    const { connect, told } = await logging(ok, { headersTimeout: 50 })
    const client = await connect()
    client.write('GET / HTTP/1.1\r\n')
    expect((await readResponse(client)).status).toBe(408)
    expect(await told(1)).toMatchObject([
      { type: undefined, status: 408, reason: 'client_timeout', method: undefined },
    ])
  })

  test('503 for a connection too many', async () => {
    const { connect, told, server } = await logging(ok, { maxConnections: 1 })
    await connect()
    const client = await connect()
    expect((await readResponse(client)).status).toBe(503)
    expect(await told(1)).toMatchObject([
      { type: undefined, status: 503, detail: 'too many connections' },
    ])
    expect(server.stats()).toMatchObject({ connections: { total: 2 }, rejected: 1 })
  })
})

describe('sse', () => {
  const ACCEPT = 'accept: text/event-stream'
  const stream: Application<'sse'> = async (scope, _receive, send) => {
    await send({ type: 'sse.start' })
    await send({ type: 'sse.send', data: 'x' })
    if (scope.path === '/short') await send({ type: 'sse.close' })
    await scope['pagi.connection'].ended
  }

  test('one that is closed, one whose client leaves, and one that is refused', async () => {
    const { ask, connect, told } = await logging(
      sse(async (scope, receive, send) => {
        if (scope.path !== '/refused') return stream(scope, receive, send)
        await send({ type: 'http.response.start', status: 403 })
        await send({ type: 'http.response.body', body: 'no' })
      }),
    )
    await ask(get('/short', ACCEPT))
    const client = await connect()
    client.write(get('/long', ACCEPT))
    await client.until('data: x')
    client.reset()
    await told(2)
    await ask(get('/refused', ACCEPT))
    expect(
      (await told(3)).map(({ type, status, bytes, reason }) => [type, status, bytes, reason]),
    ).toEqual([
      ['sse', 200, 9, undefined],
      ['sse', 200, 9, expect.stringMatching(/^(?:client_closed|read_error)$/)],
      ['sse', 403, 2, undefined],
    ])
  })

  test('one that the end of the server ends is told before that', async () => {
    const { connect, records, server } = await logging(sse(stream))
    const client = await connect()
    client.write(get('/', ACCEPT))
    await client.until('data: x')
    expect(server.stats()).toMatchObject({ sse: { open: 1, total: 1 }, calls: 1 })
    await server.close()
    expect(records).toMatchObject([{ type: 'sse', reason: 'server_shutdown' }])
    await eventually(() => server.stats().connections.open === 0)
    expect(server.stats()).toMatchObject({
      sse: { open: 0, total: 1 },
      calls: 0,
      connections: { open: 0, total: 1 },
      bytes: 9,
      disconnects: { server_shutdown: 1 },
    })
  })
})

describe('websocket', () => {
  const echo = websocket(async (_scope, receive, send) => {
    await receive()
    await send({ type: 'websocket.accept', headers: [['x-own', 'yes']] })
    for (;;) {
      const event = await receive()
      if (event.type !== 'websocket.receive') return
      if (event.text === 'bye') await send({ type: 'websocket.close', code: 4001 })
      else if (event.text === 'leave') return
      else await send({ type: 'websocket.send', text: event.text ?? '' })
    }
  })

  test.each<[string, (client: Awaited<ReturnType<Running['connect']>>) => unknown, object]>([
    ['the client closes', (client) => client.write(closeFrame(4321)), { closeCode: 4321 }],
    [
      'the client closes without a code',
      (client) => client.write(closeFrame()),
      { closeCode: 1005 },
    ],
    [
      'the application closes',
      async (client) => {
        client.write(text('bye'))
        await nextFrame(client)
        client.write(closeFrame(4001))
      },
      { closeCode: 4001 },
    ],
    ['the client vanishes', (client) => client.fin(), { closeCode: 1006, reason: 'client_closed' }],
    [
      'the client breaks the protocol',
      (client) => client.write(frame(3, 'x')),
      { closeCode: 1002, reason: 'protocol_error' },
    ],
    [
      'the application leaves',
      async (client) => {
        client.write(text('leave'))
        await nextFrame(client)
        client.write(closeFrame(1011))
      },
      { closeCode: 1011, reason: 'server_error' },
    ],
  ])('%s', async (_how, end, expected) => {
    const { connect, told } = await logging(echo)
    const client = await connect()
    await open(client)
    client.write(text('hello'))
    await nextFrame(client)
    await end(client)
    await client.end()
    client.fin()
    const [record] = await told(1)
    expect(record).toMatchObject({
      type: 'websocket',
      scheme: 'ws',
      method: 'GET',
      target: '/socket',
      status: 101,
      responseHeaders: [['x-own', 'yes']],
      reason: undefined,
      ...expected,
    })
    expect(record?.bytes).toBeGreaterThanOrEqual(7) // a header of two bytes, and hello
  })

  test('one that is refused', async () => {
    const { ask, told } = await logging(
      websocket(async (_scope, _receive, send) => {
        await send({ type: 'http.response.start', status: 403 })
        await send({ type: 'http.response.body', body: 'members only' })
      }),
    )
    await ask(handshake())
    expect(await told(1)).toMatchObject([
      { type: 'websocket', status: 403, bytes: 12, closeCode: undefined, reason: undefined },
    ])
  })

  test('one that the end of the server ends', async () => {
    const { connect, records, server } = await logging(echo)
    const client = await connect()
    await open(client)
    const closing = server.close()
    await nextFrame(client)
    client.write(closeFrame(1012))
    await closing
    expect(records).toMatchObject([{ status: 101, closeCode: 1012, reason: 'server_shutdown' }])
  })
})

test('a format that fails costs its line, and is reported once', async () => {
  const { ask, log } = await start(ok, {
    accessLog: true,
    accessLogFormat: () => {
      throw new Error('broken format')
    },
  })
  for (let at = 0; at < 3; at++) expect((await ask(get())).status).toBe(200)
  await eventually(() => log.at('error').length > 0)
  expect(log.at('error')).toEqual([
    'access log: the format failed, which is reported once: Error: broken format',
  ])
})

test('in development it goes to standard output, in production nowhere', async () => {
  const written: unknown[] = []
  for (const env of ['development', 'production', 'none'] as const) {
    const { ask, server } = await start(ok, { env, lint: false })
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((...given: unknown[]) => {
      for (const one of given) if (typeof one === 'function') one()
      return true
    })
    await ask(get(`/${env}`))
    await server.close()
    written.push(...write.mock.calls.map(([chunk]) => chunk))
    write.mockRestore()
  }
  expect(written.join('')).toMatch(
    /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/development HTTP\/1\.1" 200 2\n$/,
  )
})

test('a handshake that the application does not serve', async () => {
  const { connect, told } = await logging(ok)
  const client = await connect()
  client.write(handshake())
  expect((await readHead(client)).status).toBe(500)
  expect(await told(1)).toMatchObject([{ type: 'websocket', status: 500, reason: 'server_error' }])
})
