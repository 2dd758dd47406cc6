import { Transform } from 'node:stream'
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { toNodeHandler } from '../../src/index.ts'
import type { Application } from '../../src/index.ts'
import { gate, http, readBody, respond, sse } from '../support/apps.ts'
import { below, host } from '../support/host.ts'
import { fieldOf, readHead, readResponse, textOf } from '../support/response.ts'
import { LogBook, get, post } from '../support/start.ts'

const quiet = (): { logger: LogBook } => ({ logger: new LogBook() })

/** Answers with what tells where it was called. */
const whereAmI: Application = http(async (scope, _receive, send) => {
  const { root_path, path, raw_path, query_string } = scope
  await respond(send, JSON.stringify({ root_path, path, raw_path, query_string }))
})

test('an application is a request listener of node:http', async () => {
  const { ask } = await host(
    toNodeHandler(
      http(async (_scope, receive, send) => respond(send, await readBody(receive))),
      quiet(),
    ),
  )
  const response = await ask(post('hello'))
  expect(response.status).toBe(200)
  expect(textOf(response)).toBe('hello')
})

test.each([
  ['/live/a%20b?x=1', { root_path: '/live', path: '/a b', raw_path: '/live/a%20b' }],
  ['/live', { root_path: '/live', path: '/', raw_path: '/live' }],
  ['/live/', { root_path: '/live', path: '/', raw_path: '/live/' }],
  ['/l%C3%AFve/x', { root_path: '/lïve', path: '/x', raw_path: '/l%C3%AFve/x' }],
])('a mount point becomes the root path (T-PATH): %s', async (target, expected) => {
  const handler = toNodeHandler(whereAmI, quiet())
  const mount = target.split('/', 2).join('/').replace(/\?.*/, '')
  const { ask } = await host((req, res) => {
    below(
      mount,
      req,
      () => res.end('next'),
      (next) => handler(req, res, next),
    )
  })
  expect(JSON.parse(textOf(await ask(get(target))))).toMatchObject(expected)
})

test('a root path of the options stands in front of the mount point', async () => {
  const handler = toNodeHandler(whereAmI, { ...quiet(), rootPath: '/svc' })
  const { ask } = await host((req, res) => {
    below(
      '/live',
      req,
      () => res.end('next'),
      (next) => handler(req, res, next),
    )
  })
  expect(JSON.parse(textOf(await ask(get('/live/x?y'))))).toEqual({
    root_path: '/svc/live',
    path: '/x',
    raw_path: '/svc/live/x',
    query_string: 'y',
  })
})

test('a scope type that is not served goes to next, with the response untouched', async () => {
  const log = new LogBook()
  const handler = toNodeHandler(
    sse(async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.send', data: 'x' })
    }),
    { logger: log },
  )
  const { ask, connect } = await host((req, res) =>
    handler(req, res, (error) => res.end(error === undefined ? 'the next one' : 'failed')),
  )
  const response = await ask(get('/'))
  expect(response.status).toBe(200)
  expect(textOf(response)).toBe('the next one')
  expect(fieldOf(response, 'date')).toHaveLength(1)
  expect(log.at('error')).toEqual([])
  const client = await connect()
  client.write(get('/', 'accept: text/event-stream'))
  expect(fieldOf(await readHead(client), 'content-type')).toEqual(['text/event-stream'])
  await client.until('data: x\n\n')
})

test('without a next it is answered 500', async () => {
  const { ask } = await host(
    toNodeHandler(
      sse(async () => {}),
      quiet(),
    ),
  )
  expect((await ask(get('/'))).status).toBe(500)
})

test('one connection serves the owner’s routes and the application’s in turn', async () => {
  const handler = toNodeHandler(whereAmI, quiet())
  const { connect } = await host((req, res) => {
    if (req.url === '/own') res.end('own')
    else handler(req, res)
  })
  const client = await connect()
  client.write(get('/a') + get('/own') + get('/b'))
  expect(textOf(await readResponse(client))).toContain('"/a"')
  expect(textOf(await readResponse(client))).toBe('own')
  expect(textOf(await readResponse(client))).toContain('"/b"')
})

test('fields the owner has set stay, and give way to those of the application', async () => {
  const handler = toNodeHandler(
    http(async (_scope, _receive, send) => respond(send, 'x', [['x-both', 'inner']])),
    quiet(),
  )
  const { ask } = await host((req, res) => {
    res.setHeader('x-outer', 'outer')
    res.setHeader('x-both', 'outer')
    handler(req, res)
  })
  const response = await ask(get('/'))
  expect(fieldOf(response, 'x-outer')).toEqual(['outer'])
  expect(fieldOf(response, 'x-both')).toEqual(['inner'])
})

/** What compression does: the body goes through a stream, and callbacks of `write` are dropped. */
const shout = (res: ServerResponse): void => {
  const write = res.write.bind(res)
  const end = res.end.bind(res)
  const writeHead = res.writeHead.bind(res)
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, callback) =>
      callback(null, chunk.toString('latin1').toUpperCase()),
  })
  stream.on('data', (chunk: Buffer) => {
    if (!write(chunk)) stream.pause()
  })
  stream.on('end', () => end())
  res.on('drain', () => stream.resume())
  stream.on('drain', () => res.emit('drain'))
  Object.assign(res, {
    write: (chunk: Buffer) => stream.write(chunk),
    end: (chunk?: Buffer) => {
      if (chunk !== undefined) stream.write(chunk)
      stream.end()
      return res
    },
    writeHead: (status: number) => {
      res.setHeader('x-length', String(res.getHeader('content-length')))
      res.removeHeader('content-length')
      return writeHead(status)
    },
  })
}

test('middleware that has wrapped the response wraps the application’s', async () => {
  const large = 'abcdefghij'.repeat(30_000)
  const handler = toNodeHandler(
    http(async ({ path }, _receive, send) => {
      if (path === '/whole') return respond(send, 'whole', [['content-length', '5']])
      await send({
        type: 'http.response.start',
        status: 201,
        headers: [
          ['x-a', '1'],
          ['x-a', '2'],
        ],
      })
      await send({ type: 'http.response.body', body: 'small', more: true })
      await send({ type: 'http.response.body', body: large, more: true })
      await send({ type: 'http.response.body', body: 'end' })
    }),
    quiet(),
  )
  const { ask } = await host((req, res) => {
    shout(res)
    handler(req, res)
  })
  const whole = await ask(get('/whole'))
  expect(fieldOf(whole, 'x-length')).toEqual(['5'])
  expect(textOf(whole)).toBe('WHOLE')
  const streamed = await ask(get('/'))
  expect(streamed.status).toBe(201)
  expect(fieldOf(streamed, 'x-a')).toEqual(['1', '2'])
  expect(textOf(streamed)).toBe(`SMALL${large.toUpperCase()}END`)
})

test('a body that was read before is an error that says what to do', async () => {
  const log = new LogBook()
  const handler = toNodeHandler(whereAmI, { logger: log })
  const { ask } = await host((req, res) => {
    req.resume().on('end', () => {
      if (req.url === '/') handler(req, res, (error) => res.end(String(error)))
      else handler(req, res)
    })
  })
  expect(textOf(await ask(post('read')))).toMatch(/^Error: the body of POST \/ was read before/)
  expect((await ask(post('read').replace('/', '/alone'))).status).toBe(500)
  expect(log.at('error')).toEqual([
    'the body of POST /alone was read before the PAGI application was called: mount it in front of body parsers',
  ])
})

test('the body that a client holds back is asked for, by whoever answers the expectation', async () => {
  const handler = toNodeHandler(
    http(async (_scope, receive, send) => respond(send, await readBody(receive))),
    quiet(),
  )
  const { server, connect } = await host(handler)
  for (const own of [false, true]) {
    if (own) server.on('checkContinue', handler)
    const client = await connect()
    client.write(
      'POST / HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n',
    )
    await client.until('HTTP/1.1 100 Continue\r\n\r\n')
    client.write('ok')
    expect(textOf(await readResponse(client))).toBe('ok')
  }
})

test('a client that leaves is noticed (CONN-03)', async () => {
  const started = gate()
  const reason = gate<string | undefined>()
  const { connect } = await host(
    toNodeHandler(
      http(async ({ 'pagi.connection': connection }, _receive, send) => {
        await send({ type: 'http.response.start', status: 200 })
        started.open()
        reason.open(await connection.ended)
      }),
      quiet(),
    ),
  )
  const client = await connect()
  client.write(get('/'))
  await started.promise
  client.reset()
  expect(await reason.promise).toMatch(/^(client_closed|read_error)$/)
})
