import { expect, test } from 'vitest'
import { dispatch } from '../../src/index.ts'
import { gate, http, readBody, respond } from '../support/apps.ts'
import { fieldOf, readResponse, textOf } from '../support/response.ts'
import { get, post, start } from '../support/start.ts'

// T-STATUS: what the server answers by itself; 503 is in limits.test.ts.

const KEY = 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=='
const handshake = (version: string, method = 'GET', key = KEY): string =>
  `${method} / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: ${version}\r\n${key}\r\n\r\n`
const raw = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`

const rows: readonly (readonly [status: number, what: string, request: string])[] = [
  [400, 'a line that is no request line', raw('nonsense')],
  [400, 'an empty method', raw(' / HTTP/1.1', 'host: t')],
  [400, 'a version that is none', raw('GET / HTTQ/1.1', 'host: t')],
  [400, 'an unknown method', raw('BREW / HTTP/1.1', 'host: t')],
  [400, 'a header line without a colon', raw('GET / HTTP/1.1', 'host: t', 'broken')],
  [400, 'a blank before the colon', raw('GET / HTTP/1.1', 'host : t')],
  [400, 'NUL in a value', raw('GET / HTTP/1.1', 'host: t', 'x: a\0b')],
  [400, 'a bare CR in a value', raw('GET / HTTP/1.1', 'host: t', 'x: a\rb')],
  [400, 'a folded line', raw('GET / HTTP/1.1', 'host: t', 'x: a', ' b')],
  [400, 'no Host', raw('GET / HTTP/1.1')],
  [400, 'two Hosts', raw('GET / HTTP/1.1', 'host: t', 'host: t')],
  [400, 'a malformed Host', raw('GET / HTTP/1.1', 'host: a b')],
  [400, 'an authority other than Host', raw('GET http://other/ HTTP/1.1', 'host: t')],
  [400, 'a target that is no path', raw('GET path HTTP/1.1', 'host: t')],
  [400, '* with another method than OPTIONS', raw('GET * HTTP/1.1', 'host: t')],
  [400, 'a fragment', raw('GET /a#b HTTP/1.1', 'host: t')],
  [400, 'two Content-Lengths', raw('POST / HTTP/1.1', 'host: t', ...twice('content-length: 0'))],
  [400, 'a Content-Length list', raw('POST / HTTP/1.1', 'host: t', 'content-length: 0, 0')],
  [400, 'a signed Content-Length', raw('POST / HTTP/1.1', 'host: t', 'content-length: +1')],
  [400, 'a negative Content-Length', raw('POST / HTTP/1.1', 'host: t', 'content-length: -1')],
  [
    400,
    'Transfer-Encoding beside Content-Length',
    raw('POST / HTTP/1.1', 'host: t', 'content-length: 5', 'transfer-encoding: chunked'),
  ],
  [400, 'chunked twice', raw('POST / HTTP/1.1', 'host: t', ...twice('transfer-encoding: chunked'))],
  [400, 'Transfer-Encoding in HTTP/1.0', raw('POST / HTTP/1.0', 'transfer-encoding: chunked')],
  [400, 'a handshake without a key', handshake('13', 'GET', 'x: y')],
  [400, 'a handshake with a short key', handshake('13', 'GET', 'sec-websocket-key: AAAA')],
  [400, 'a handshake with two versions', handshake('13\r\nsec-websocket-version: 13')],
  [405, 'a handshake by POST', handshake('13', 'POST')],
  [426, 'a handshake of version 8', handshake('8')],
  [
    431,
    'a header section over the limit',
    raw('GET / HTTP/1.1', 'host: t', `x: ${'x'.repeat(5000)}`),
  ],
  [
    431,
    'a header field too many',
    raw('GET / HTTP/1.1', 'host: t', ...Array<string>(20).fill('x: y')),
  ],
  [414, 'a target over the limit', raw(`GET /${'x'.repeat(1000)} HTTP/1.1`, 'host: t')],
  [
    414,
    'a handshake with a target over the limit',
    handshake('13').replace(' /', ` /${'x'.repeat(1000)}`),
  ],
  [
    414,
    'a target beyond what the parser reads',
    raw(`GET /${'x'.repeat(9000)} HTTP/1.1`, 'host: t'),
  ],
  [501, 'an unknown transfer coding', raw('POST / HTTP/1.1', 'host: t', 'transfer-encoding: gzip')],
  [
    501,
    'an unknown transfer coding before chunked',
    raw('POST / HTTP/1.1', 'host: t', 'transfer-encoding: gzip, chunked'),
  ],
  [501, 'CONNECT', raw('CONNECT example.com:443 HTTP/1.1', 'host: example.com:443')],
  [505, 'HTTP/2.0 in a request line', raw('GET / HTTP/2.0', 'host: t')],
  [
    413,
    'a declared body over the limit',
    raw('POST / HTTP/1.1', 'host: t', 'content-length: 2000'),
  ],
]

function twice(line: string): [string, string] {
  return [line, line]
}

test.each(rows)('%i: %s', async (status, _what, request) => {
  let called = false
  const { connect, ask } = await start(
    async (scope, receive, send) => {
      if (scope.type === 'lifespan') throw new Error('no lifespan')
      called = called || (scope.path !== '/alive' && scope.type !== 'websocket')
      await http((_scope, _receive, answer) => respond(answer))(scope, receive, send)
    },
    { maxUrlSize: 1000, maxHeaderSize: 4096, maxHeaderCount: 20, maxBodySize: 1000 },
  )
  const client = await connect()
  client.write(request)
  const response = await readResponse(client)
  expect(response.status).toBe(status)
  expect(fieldOf(response, 'content-type').join()).toMatch(/^text\/plain/) // HTTP-92
  expect(textOf(response).length).toBeLessThan(100)
  expect(fieldOf(response, 'date')).toHaveLength(1)
  expect(fieldOf(response, 'connection').join()).toMatch(/\bclose\b/)
  expect(await client.end()).toBe('fin')
  expect(called).toBe(false)
  if (status === 426) expect(fieldOf(response, 'sec-websocket-version')).toEqual(['13'])
  expect((await ask(get('/alive'))).status).toBe(200)
})

test.each([
  ['http', get()],
  ['sse', get('/', 'accept: text/event-stream')],
  ['websocket', handshake('13')],
] as const)(
  '500: an %s application that returns or fails before any start',
  async (type, request) => {
    const { ask, log } = await start(
      dispatch({
        [type]: async ({ path }: { path: string }) => {
          if (path === '/throw') throw new Error('it broke')
        },
      }),
    )
    for (const path of ['/', '/throw']) {
      const response = await ask(request.replace(' / ', ` ${path} `))
      expect([response.status, textOf(response)]).toEqual([500, '500 Internal Server Error\n'])
      expect(fieldOf(response, 'connection')).toEqual(['close'])
    }
    expect(log.at('error')).toEqual([
      `${type}: the application returned without a response`,
      expect.stringContaining(`${type}: the application failed: Error: it broke`),
    ])
  },
)

test('500: a synchronous throw is a failure like any other', async () => {
  const { ask } = await start(() => {
    throw new Error('at once')
  })
  expect((await ask(get())).status).toBe(500)
  expect((await ask(get())).status).toBe(500)
})

test('413: a body that crosses the limit in chunks', async () => {
  const seen = gate<string>()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, receive, send) => {
      await receive()
      const { type } = await receive()
      seen.open(`${type} ${connection.disconnectReason} ${connection.responseStarted}`)
      await respond(send)
    }),
    { maxBodySize: 10 },
  )
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n')
  client.write('9\r\nand more \r\n')
  const response = await readResponse(client)
  expect(response.status).toBe(413)
  expect(await seen.promise).toBe('http.disconnect body_too_large true') // HTTP-31
  client.write('0\r\n\r\n')
  expect(await client.end()).toBe('fin')
})

test('a body that crosses the limit after the start is cut short, not answered twice', async () => {
  const reason = gate<string | undefined>()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, receive, send) => {
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'begun', more: true })
      await receive()
      await receive()
      reason.open(connection.disconnectReason)
    }),
    { maxBodySize: 10 },
  )
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n')
  await client.until('begun')
  client.write('9\r\nand more \r\n')
  expect(await reason.promise).toBe('body_too_large')
  expect(await client.rest()).toBe('\r\n')
})

test('400: a chunk that is none, in the middle of a body', async () => {
  const reason = gate<string | undefined>()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, receive) => {
      await receive()
      await receive()
      reason.open(connection.disconnectReason)
    }),
  )
  const client = await connect()
  client.write(
    'POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n',
  )
  expect((await readResponse(client)).status).toBe(400)
  expect(await reason.promise).toBe('protocol_error')
})

test('408: a head that does not come', async () => {
  const { connect } = await start(
    http(async (_scope, _receive, send) => respond(send)),
    {
      headersTimeout: 40,
    },
  )
  const client = await connect()
  client.write('GET / HTTP/1.1\r\nhost:')
  expect((await readResponse(client)).status).toBe(408)
  expect(await client.end()).toBe('fin')
})

test('408: a body that does not come', async () => {
  const reason = gate<string | undefined>()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, receive) => {
      await receive()
      await receive()
      reason.open(connection.disconnectReason)
    }),
    { bodyTimeout: 40 },
  )
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\nhalf')
  expect((await readResponse(client)).status).toBe(408)
  expect(await reason.promise).toBe('client_timeout')
})

test('random bytes, and an HTTP request after them on another connection', async () => {
  const { connect, ask } = await start(http(async (_scope, _receive, send) => respond(send)))
  for (const bytes of [Buffer.alloc(500), Buffer.alloc(500, 0xff), Buffer.from([0x16, 3, 1, 2])]) {
    const client = await connect()
    client.write(bytes)
    client.fin()
    await client.end()
  }
  expect((await ask(get())).status).toBe(200)
})

test('a handshake that fails leaves body and all behind it unread', async () => {
  let calls = 0
  const { connect } = await start(
    http(async (_scope, receive, send) => {
      calls += 1
      await respond(send, await readBody(receive))
    }),
  )
  const client = await connect()
  client.write(`${handshake('8')}${post('x')}`)
  expect((await readResponse(client)).status).toBe(426)
  await client.end()
  expect(calls).toBe(0)
})
