import { dispatch, isPagiError } from '@pagi/server'
import type { Application } from '@pagi/server'
import { testApp } from '@pagi/testing'
import express from 'express'
import type { ErrorRequestHandler } from 'express'
import { describe, expect, test } from 'vitest'
import { fromNodeHandler } from '../src/index.ts'
import { BareServer } from './support/bare-server.ts'
import { ask } from './support/client.ts'
import { clientOf } from './support/in-memory.ts'
import { startPagi } from './support/servers.ts'

const hello = fromNodeHandler((_req, res) => res.end('hello'))

describe('an sse scope is answered as http', () => {
  test('with any response', async () => {
    const stream = await clientOf(hello).sse('/')
    expect(stream.accepted).toBe(false)
    const response = await stream.response()
    expect([response.status, response.text()]).toEqual([200, 'hello'])
  })

  test('with an event stream written by hand', async () => {
    let gone = (): void => {}
    const left = new Promise<void>((resolve) => {
      gone = resolve
    })
    const client = clientOf(
      fromNodeHandler((req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        res.flushHeaders()
        res.write('data: 1\n\n')
        req.on('close', gone)
      }),
    )
    const stream = await client.sse('/')
    expect(await stream.next()).toMatchObject({ data: '1' })
    await stream.close()
    await left
  })

  test('with its body', async () => {
    const client = clientOf(fromNodeHandler((req, res) => req.pipe(res)))
    const stream = await client.sse('/', { method: 'POST', body: 'ping' })
    expect((await stream.response()).text()).toBe('ping')
  })
})

test('a server without the lifespan starts', async () => {
  expect((await clientOf(hello).get('/')).text()).toBe('hello')
})

test('a websocket scope is refused, and everything else', async () => {
  await using client = testApp(hello)
  const socket = await client.websocket('/')
  expect((await socket.refusal()).status).toBe(500)
  expect(socket.error).toMatchObject({ code: 'ERR_PAGI_UNSUPPORTED_SCOPE' })
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
  const client = clientOf(app)
  expect((await client.get('/')).text()).toBe('hello')
  expect(await (await client.sse('/')).next()).toMatchObject({ data: 'native' })
  expect(await (await client.websocket('/')).receive()).toBe('native')
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
    const response = await clientOf(answering(status)).get('/')
    expect([response.status, response.text(), response.complete]).toEqual([500, code, true])
  })

  test.each(CODES)('%i in Express', async (status, code) => {
    const app = express()
    app.use((_req, res) => res.status(status).end())
    const page: ErrorRequestHandler = (error, _req, res, _next) => {
      res.status(500).send(codeOf(error))
    }
    app.use(page)
    const response = await clientOf(fromNodeHandler(app)).get('/')
    expect([response.status, response.text(), response.complete]).toEqual([500, code, true])
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
