import { dispatch, isPagiError } from '@pagi/server'
import type { Application } from '@pagi/server'
import express from 'express'
import type { ErrorRequestHandler } from 'express'
import { describe, expect, test } from 'vitest'
import { fromNodeHandler } from '../src/index.ts'
import { BareServer } from './support/bare-server.ts'
import { ask } from './support/client.ts'
import { startPagi } from './support/servers.ts'
import { openWebSocket } from './support/websocket.ts'

const hello = fromNodeHandler((_req, res) => res.end('hello'))

describe('an sse scope is answered as http', () => {
  const EVENTS = { accept: 'text/event-stream' }

  test('with any response', async () => {
    const { port, errors } = await startPagi(hello)
    const answer = await ask(port, { headers: EVENTS })
    expect([answer.status, answer.body]).toEqual([200, 'hello'])
    expect(errors).toEqual([])
  })

  test('with an event stream written by hand', async () => {
    let gone = (): void => {}
    const left = new Promise<void>((resolve) => {
      gone = resolve
    })
    const { port, errors } = await startPagi(
      fromNodeHandler((req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        res.flushHeaders()
        res.write('data: 1\n\n')
        req.on('close', gone)
      }),
    )
    const answer = await ask(port, {
      headers: EVENTS,
      take: (res, req) => res.on('data', () => req.destroy()),
    })
    expect(answer.headers).toEqual(expect.arrayContaining(['content-type: text/event-stream']))
    expect([answer.status, answer.body]).toEqual([200, 'data: 1\n\n'])
    await left
    expect(errors).toEqual([])
  })

  test('with its body', async () => {
    const { port } = await startPagi(fromNodeHandler((req, res) => req.pipe(res)))
    const answer = await ask(port, { method: 'POST', headers: EVENTS, body: 'ping' })
    expect(answer.body).toBe('ping')
  })
})

test('a server without the lifespan starts', async () => {
  const { port, errors } = await startPagi(hello, { lifespan: 'auto' })
  expect((await ask(port)).body).toBe('hello')
  expect(errors).toEqual([])
})

test('a websocket scope is refused, and everything else', async () => {
  const { port, errors } = await startPagi(hello)
  expect(await openWebSocket(port, '/')).toBe('refused with 500')
  expect(errors.join()).toContain('websocket')
})

test.each(['websocket', 'lifespan', 'smoke'])('%s: UnsupportedScopeError', async (type) => {
  const nothing = (): never => {
    throw new Error('not to be called')
  }
  const refused: unknown = await Reflect.apply(hello, undefined, [
    { type },
    nothing,
    nothing,
  ]).catch((error: unknown) => error)
  expect(isPagiError(refused) && refused.code).toBe('ERR_PAGI_UNSUPPORTED_SCOPE')
})

test('dispatch puts native applications beside it', async () => {
  const app: Application = dispatch({
    http: hello,
    async websocket(_scope, receive, send) {
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.send', text: 'native' })
      await send({ type: 'websocket.close' })
    },
    async sse(_scope, _receive, send) {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.send', data: 'native' })
      await send({ type: 'sse.close' })
    },
  })
  const { port, errors } = await startPagi(app)
  expect((await ask(port)).body).toBe('hello')
  expect((await ask(port, { headers: { accept: 'text/event-stream' } })).body).toBe(
    'data: native\n\n',
  )
  expect(await openWebSocket(port, '/')).toBe('native')
  expect(errors).toEqual([])
})

describe('a handler that wants the raw connection', () => {
  test.each([
    ['by its socket', fromNodeHandler((req) => req.socket.write('HTTP/1.1 101 Hi\r\n\r\n'))],
    ['by its status', fromNodeHandler((_req, res) => res.writeHead(101).end())],
  ])('%s gets an error that names the way', async (_name, app) => {
    const { port, errors } = await startPagi(app)
    const { status } = await ask(port)
    expect([0, 500]).toContain(status)
    await expect.poll(() => errors.join()).toContain('dispatch()')
  })
})

describe('a status that is no final one is refused where it is set', () => {
  const CODES = [
    [100, 'ERR_PAGI_INTERIM_STATUS'],
    [101, 'ERR_PAGI_RAW_SOCKET'],
    [102, 'ERR_PAGI_INTERIM_STATUS'],
    [103, 'ERR_PAGI_INTERIM_STATUS'],
    [199, 'ERR_PAGI_INTERIM_STATUS'],
  ] as const

  const codeOf = (error: unknown): string => (isPagiError(error) ? error.code : String(error))

  /** As a framework does: what a handler throws is answered. */
  const answering = (status: number): Application =>
    fromNodeHandler((_req, res) => {
      try {
        res.statusCode = status
        res.end()
      } catch (error) {
        res.statusCode = 500
        res.setHeader('content-length', codeOf(error).length)
        res.end(codeOf(error))
      }
    })

  test.each(CODES)('%i, and the error page has its body', async (status, code) => {
    const { port, errors } = await startPagi(answering(status))
    const { status: got, body, complete } = await ask(port)
    expect([got, body, complete]).toEqual([500, code, true])
    expect(errors).toEqual([])
  })

  test.each(CODES)('%i in Express', async (status, code) => {
    const app = express()
    app.use((_req, res) => res.status(status).end())
    const page: ErrorRequestHandler = (error, _req, res, _next) => {
      res.status(500).send(codeOf(error))
    }
    app.use(page)
    const { port, errors } = await startPagi(fromNodeHandler(app))
    const { status: got, body, complete } = await ask(port)
    expect([got, body, complete]).toEqual([500, code, true])
    expect(errors).toEqual([])
  })

  test('on HEAD the error page has none', async () => {
    const server = new BareServer({ method: 'HEAD' })
    await server.call(answering(101))
    expect(server.sent).toEqual([
      {
        type: 'http.response.start',
        status: 500,
        headers: [['content-length', String('ERR_PAGI_RAW_SOCKET'.length)]],
      },
      { type: 'http.response.body', body: Buffer.alloc(0) },
    ])
  })
})

test('what is no function is refused at once', () => {
  expect(() => Reflect.apply(fromNodeHandler, undefined, [{}])).toThrow(
    'fromNodeHandler: a handler is a function (req, res), got object',
  )
})
