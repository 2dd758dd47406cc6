import compression from 'compression'
import cors from 'cors'
import express, { json } from 'express'
import { rateLimit } from 'express-rate-limit'
import session from 'express-session'
import helmet from 'helmet'
import morgan from 'morgan'
import { gunzipSync } from 'node:zlib'
import { UnsupportedScopeError } from '@pagi/server'
import type { Application, Scope, SendEvent } from '@pagi/server'
import type { TestClient } from '@pagi/testing'
import { describe, expect, test } from 'vitest'
import { connectMiddleware } from '../src/index.ts'
import type { ConnectMiddleware } from '../src/index.ts'
import { BareServer } from './support/bare-server.ts'
import { ask } from './support/client.ts'
import { clientOf } from './support/in-memory.ts'
import { startPagi } from './support/servers.ts'
import { openWebSocket } from './support/websocket.ts'

const LONG = 'hello '.repeat(1000)

/** Serves every protocol, and keeps the scopes. */
const inner =
  (scopes: Scope[] = []): Application =>
  async (scope, receive, send) => {
    scopes.push(scope)
    if (scope.type === 'lifespan') throw new UnsupportedScopeError(scope)
    if (scope.type === 'websocket') {
      await receive()
      await send({ type: 'websocket.accept', headers: [['x-inner', 'websocket']] })
      await send({ type: 'websocket.send', text: 'hello' })
      return await send({ type: 'websocket.close' })
    }
    if (scope.type === 'sse') {
      await send({ type: 'sse.start', headers: [['x-inner', 'sse']] })
      await send({ type: 'sse.send', data: LONG })
      return await send({ type: 'sse.close' })
    }
    const headers = [
      ['content-type', 'text/plain'],
      ['x-inner', 'http'],
    ] as const
    await send({ type: 'http.response.start', status: 200, headers })
    await send({ type: 'http.response.body', body: LONG })
  }

/** An application that sends these events. */
const sending =
  (...events: readonly SendEvent[]): Application =>
  async (_scope, _receive, send) => {
    for (const event of events) await send(event)
  }

const guard: ConnectMiddleware = (req, res, next) => {
  if (req.headers.authorization === 'yes') {
    Reflect.set(req, 'user', 'someone')
    return next()
  }
  res.statusCode = 401
  res.setHeader('www-authenticate', 'Basic')
  res.end('who are you?')
}

const sessions = (): ConnectMiddleware =>
  session({ secret: 'x', resave: false, saveUninitialized: true })

const STREAM = { accept: 'text/event-stream' }

describe('what Connect middleware does around an application', () => {
  const around = (
    ...middleware: ConnectMiddleware[]
  ): { readonly client: TestClient; readonly scopes: readonly Scope[] } => {
    const scopes: Scope[] = []
    return { client: clientOf(connectMiddleware(...middleware)(inner(scopes))), scopes }
  }

  const GZIP = { headers: { 'accept-encoding': 'gzip' } }
  const stream = { headers: { ...STREAM, 'accept-encoding': 'gzip' } }

  /** What came first on a WebSocket: a message, or the status that refused it. */
  const first = async (client: TestClient, headers = {}): Promise<unknown> => {
    const socket = await client.websocket('/', { headers })
    return socket.accepted ? socket.receive() : (await socket.refusal()).status
  }

  test('helmet: its fields are on http and sse, and the application has its own', async () => {
    const { client } = around(helmet())
    for (const [question, type] of [
      [{}, 'http'],
      [stream, 'sse'],
    ] as const) {
      const response = await client.get('/', question)
      expect(response.headers.has('content-security-policy')).toBe(true)
      expect(response.headers.get('x-inner')).toBe(type)
      expect(response.text()).toContain('hello hello')
    }
    expect(await first(client)).toBe('hello')
  })

  test('cors: a preflight is answered without the application, others get the field', async () => {
    const { client, scopes } = around(cors({ origin: 'http://a.example' }))
    const headers = { origin: 'http://a.example', 'access-control-request-method': 'PUT' }
    expect((await client.request('/', { method: 'OPTIONS', headers })).status).toBe(204)
    expect(scopes.filter(({ type }) => type !== 'lifespan')).toEqual([])
    for (const question of [{}, stream]) {
      const response = await client.get('/', question)
      expect(response.headers.get('access-control-allow-origin')).toBe('http://a.example')
      expect(response.headers.get('vary')).toBe('Origin')
    }
  })

  test('compression: http is compressed, an event stream is not, a WebSocket works', async () => {
    const { client } = around(compression())
    const plain = await client.get('/', GZIP)
    expect(plain.headers.get('content-encoding')).toBe('gzip')
    expect(gunzipSync(plain.bytes()).toString()).toBe(LONG)
    const events = await client.get('/', stream)
    expect(events.headers.pairs.join()).not.toMatch(/gzip|no-transform/)
    expect(events.text()).toBe(`data: ${LONG}\n\n`)
    expect(await first(client, GZIP.headers)).toBe('hello')
  })

  test('express-session: the same session on http, sse and websocket', async () => {
    const { client, scopes } = around(sessions(), (req, _res, next) => {
      const own: unknown = Reflect.get(req, 'session')
      if (typeof own === 'object' && own !== null)
        Reflect.set(own, 'visits', Number(Reflect.get(own, 'visits') ?? 0) + 1)
      next()
    })
    const { headers } = await client.get('/')
    const cookie = /connect\.sid=[^;]+/.exec(headers.get('set-cookie') ?? '')?.[0] ?? ''
    expect(cookie).not.toBe('')
    await client.get('/', { headers: { ...STREAM, cookie } })
    expect(await first(client, { cookie })).toBe('hello')
    await client.get('/', { headers: { cookie } })
    const visits = scopes.map((scope) => {
      if (scope.type === 'lifespan') return undefined
      const own = scope['legacy.req']?.['session']
      return typeof own === 'object' && own !== null ? Reflect.get(own, 'visits') : undefined
    })
    expect(visits.filter((count) => count !== undefined)).toEqual([1, 2, 3, 4])
  })

  test('a guard: refuses all three, and its user reaches the application', async () => {
    const { client, scopes } = around(guard)
    for (const question of [{}, stream]) {
      const refused = await client.get('/', question)
      expect([refused.status, refused.text()]).toEqual([401, 'who are you?'])
      expect(refused.headers.get('www-authenticate')).toBe('Basic')
    }
    expect(await first(client)).toBe(401)
    expect(scopes.filter(({ type }) => type !== 'lifespan')).toEqual([])
    const headers = { authorization: 'yes' }
    await client.get('/', { headers })
    await client.get('/', { headers: { ...headers, ...STREAM } })
    expect(await first(client, headers)).toBe('hello')
    const users = scopes.map((scope) =>
      scope.type === 'lifespan' ? undefined : scope['legacy.req']?.['user'],
    )
    expect(users.filter((user) => user !== undefined)).toEqual(['someone', 'someone', 'someone'])
  })

  test('a rate limiter: counts all three, and refuses what is too much', async () => {
    const { client } = around(
      // It wants the `req.ip` and the `res.send` of Express.
      express().use(rateLimit({ limit: 3, windowMs: 60_000, legacyHeaders: false })),
    )
    expect((await client.get('/')).status).toBe(200)
    expect((await client.get('/', stream)).status).toBe(200)
    expect(await first(client)).toBe('hello')
    expect((await client.get('/')).status).toBe(429)
    expect((await client.get('/', stream)).status).toBe(429)
    expect(await first(client)).toBe(429)
  })

  test('morgan: a line for each, with its status', async () => {
    const lines: string[] = []
    const write = (line: string): void => void lines.push(line.trim())
    const { client } = around(morgan(':method :url :status', { stream: { write } }))
    await client.get('/a')
    await client.get('/b', stream)
    await client.websocket('/c')
    expect(lines).toEqual(['GET /a 200', 'GET /b 200', 'GET /c 101'])
  })

  test('all of them at once, over a wire', async () => {
    const app = connectMiddleware(helmet(), cors(), compression(), sessions(), guard)(inner())
    const { port, errors } = await startPagi(app)
    const headers = { authorization: 'yes', 'accept-encoding': 'gzip' }
    const answer = await ask(port, { headers })
    expect(gunzipSync(Buffer.from(answer.body, 'latin1')).toString()).toBe(LONG)
    expect((await ask(port, { headers: { ...headers, ...STREAM } })).body).toContain('hello')
    expect(await openWebSocket(port, '/', headers)).toBe('hello')
    expect(errors).toEqual([])
  })

  test('one around the other', async () => {
    const scopes: Scope[] = []
    const app = connectMiddleware(guard)(connectMiddleware(compression(), helmet())(inner(scopes)))
    const headers = { authorization: 'yes', 'accept-encoding': 'gzip' }
    const answer = await clientOf(app).get('/', { headers })
    expect(gunzipSync(answer.bytes()).toString()).toBe(LONG)
    const [scope] = scopes.filter(({ type }) => type === 'http')
    expect(scope?.type === 'http' && scope['legacy.req']?.['user']).toBe('someone')
  })
})

describe('the rules of an intermediary', () => {
  const gzip = { headers: [['accept-encoding', 'gzip']] } as const
  const compressed = connectMiddleware(compression({ threshold: 0 }), helmet())

  const START = { type: 'http.response.start', status: 200 } as const
  const TEXT = [['content-type', 'text/plain']] as const

  const fields = (event: unknown): string =>
    typeof event === 'object' && event !== null ? JSON.stringify(Reflect.get(event, 'headers')) : ''

  test('a pass that does nothing forwards the very events', async () => {
    const server = new BareServer()
    const events: SendEvent[] = [
      { ...START, headers: TEXT },
      { type: 'http.response.body', body: 'a', more: true },
      { type: 'http.response.body', body: 'b' },
    ]
    await server.call(connectMiddleware((_req, _res, next) => next())(sending(...events)))
    expect(server.sent).toEqual(events)
  })

  test('sends that overlap settle in their order (CORE-32)', async () => {
    const settled: number[] = []
    const eager: Application = async (_scope, _receive, send) => {
      const sent = [
        send({ ...START, headers: TEXT }),
        send({ type: 'http.response.body', body: 'a', more: true }),
        send({ type: 'http.response.body', body: 'b', more: true }),
        send({ type: 'http.response.body', body: 'c' }),
      ]
      await Promise.all(sent.map(async (one, index) => settled.push(await one.then(() => index))))
    }
    const { port } = await startPagi(connectMiddleware((_req, _res, next) => next())(eager))
    expect((await ask(port)).body).toBe('abc')
    expect(settled).toEqual([0, 1, 2, 3])
  })

  test('an incomplete response stays incomplete, and is not held back (MW-09, MW-11)', async () => {
    for (const events of [
      [{ ...START, headers: TEXT }],
      [
        { ...START, headers: TEXT },
        { type: 'http.response.body', body: LONG, more: true },
      ],
    ] as const) {
      const server = new BareServer(gzip)
      await server.call(compressed(sending(...events)))
      expect(server.sent[0]).toMatchObject(START)
      expect(server.sent.slice(1).every((event) => Reflect.get(event, 'more') === true)).toBe(true)
    }
  })

  test('a failure is that of the application, and the response incomplete (MW-01)', async () => {
    const server = new BareServer(gzip)
    const error = new Error('broken')
    const app: Application = async (_scope, _receive, send) => {
      await send({ ...START, headers: TEXT })
      await send({ type: 'http.response.body', body: LONG, more: true })
      throw error
    }
    await expect(server.call(compressed(app))).rejects.toBe(error)
    expect(server.sent[0]).toMatchObject(START)
    expect(server.sent.slice(1).every((event) => Reflect.get(event, 'more') === true)).toBe(true)
  })

  test('a failure before the start leaves the answer to the server', async () => {
    const server = new BareServer()
    const app: Application = () => Promise.reject(new Error('broken'))
    await expect(server.call(compressed(app))).rejects.toThrow('broken')
    expect(server.sent).toEqual([])
  })

  test('a 206 is not transformed (MW-15)', async () => {
    const server = new BareServer(gzip)
    const headers = [...TEXT, ['content-range', 'bytes 0-4/10'], ['content-length', '5']] as const
    await server.call(
      compressed(
        sending({ ...START, status: 206, headers }, { type: 'http.response.body', body: 'hello' }),
      ),
    )
    expect(fields(server.sent[0])).toContain('content-security-policy')
    expect(fields(server.sent[0])).toContain('["content-length","5"]')
    expect(fields(server.sent[0])).not.toMatch(/gzip|no-transform/)
    expect(server.body).toBe('hello')
  })

  test('a response with trailers keeps them, and gets no length (MW-14, MW-16)', async () => {
    const server = new BareServer(gzip)
    const trailers = { type: 'http.response.trailers', headers: [['x-sum', '1']] } as const
    await server.call(
      compressed(
        sending(
          { ...START, headers: TEXT, trailers: true },
          { type: 'http.response.body', body: 'hello' },
          trailers,
        ),
      ),
    )
    expect(server.sent[0]).toMatchObject({ trailers: true })
    expect(fields(server.sent[0])).not.toMatch(/gzip|content-length/)
    expect(server.sent.at(-1)).toEqual(trailers)
  })

  test('a file is left to the server (MW-18)', async () => {
    const server = new BareServer(gzip)
    const file = { type: 'http.response.body', file: '/a/file', offset: 1 } as const
    await server.call(compressed(sending({ ...START, headers: TEXT }, file)))
    expect(fields(server.sent[0])).not.toContain('gzip')
    expect(server.sent[1]).toEqual(file)
  })

  test('pieces leave as they come, compressed', async () => {
    const server = new BareServer(gzip)
    const app: Application = async (_scope, _receive, send) => {
      await send({ ...START, headers: TEXT })
      await send({ type: 'http.response.body', body: LONG, more: true })
      await expect.poll(() => server.sent.length).toBeGreaterThan(1)
      await send({ type: 'http.response.body', body: LONG })
    }
    await server.call(compressed(app))
    const pieces = server.sent.map((event) => Reflect.get(event, 'body') ?? '')
    expect(gunzipSync(Buffer.concat(pieces.map((one) => Buffer.from(one)))).toString()).toBe(
      LONG + LONG,
    )
  })

  test('set-cookie and vary are joined, of everything else the application has the last word', async () => {
    const server = new BareServer()
    const middleware = connectMiddleware((_req, res, next) => {
      res.setHeader('set-cookie', 'a=1')
      res.setHeader('vary', 'Origin')
      res.setHeader('x-both', 'middleware')
      next()
    })
    const headers = [
      ['set-cookie', 'b=2'],
      ['vary', 'origin, Accept'],
      ['x-both', 'application'],
    ] as const
    await server.call(
      middleware(sending({ ...START, headers }, { type: 'http.response.body', body: '' })),
    )
    expect(Reflect.get(server.sent[0] ?? {}, 'headers')).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['vary', 'Origin, Accept'],
      ['x-both', 'application'],
    ])
  })

  test('the scope is cloned, and its parts keep their identity (MW-03, MW-04)', async () => {
    const server = new BareServer()
    await server.call(
      connectMiddleware((_req, _res, next) => next())(async (scope, receive, send) => {
        expect(scope).not.toBe(server.scope)
        expect('legacy.req' in server.scope).toBe(false)
        if (scope.type === 'http')
          expect(scope['pagi.connection']).toBe(server.scope['pagi.connection'])
        await inner()(scope, receive, send)
      }),
    )
  })

  test('lifespan goes past it', async () => {
    let called = false
    const app: Application = async () => {
      called = true
    }
    const untouched = connectMiddleware(guard)(app)
    await Reflect.apply(untouched, undefined, [{ type: 'lifespan' }])
    expect(called).toBe(true)
  })
})

describe('the body of the request', () => {
  const echo: Application = async (scope, receive, send) => {
    if (scope.type !== 'http') return
    const event = await receive()
    await send({ type: 'http.response.start', status: 200 })
    await send({
      type: 'http.response.body',
      body: event.type === 'http.request' ? event.body : 'none',
    })
  }

  test('is the application’s', async () => {
    const { port } = await startPagi(connectMiddleware(sessions(), compression())(echo))
    expect((await ask(port, { method: 'POST', body: 'mine' })).body).toBe('mine')
  })

  test('that nobody has read is gone with the response, and no error (HTTP-96)', async () => {
    const ends: unknown[] = []
    let dropped = Promise.resolve()
    const unread: Application = async (_scope, receive, send) => {
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'done' })
      await dropped
      ends.push(await receive())
    }
    const passing = connectMiddleware((req, _res, next) => {
      dropped = new Promise((resolve) => req.on('close', resolve))
      next()
    })
    const { port, errors } = await startPagi(passing(unread))
    expect((await ask(port, { method: 'POST', body: 'unread' })).body).toBe('done')
    await expect.poll(() => ends).toEqual([{ type: 'http.disconnect' }])
    expect(errors).toEqual([])
  })

  test('that middleware has read is not empty, but an error that says where it is', async () => {
    const { port, errors } = await startPagi(connectMiddleware(json())(echo))
    const question = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    }
    expect((await ask(port, question)).status).toBe(500)
    expect(errors.join()).toContain("['legacy.req']")
    expect((await ask(port)).status).toBe(200) // of a request without one nothing was read
  })

  test('parsed by middleware is in the scope', async () => {
    const { port } = await startPagi(
      connectMiddleware(json())(async (scope, _receive, send) => {
        if (scope.type !== 'http') return
        await send({ type: 'http.response.start', status: 200 })
        const body = JSON.stringify(scope['legacy.req']?.['body'])
        await send({ type: 'http.response.body', body })
      }),
    )
    const headers = { 'content-type': 'application/json' }
    expect((await ask(port, { method: 'POST', headers, body: '{"a":1}' })).body).toBe('{"a":1}')
  })
})

test('middleware that answers although it has passed the request on has the response', async () => {
  let sent = false
  const { port, errors } = await startPagi(
    connectMiddleware((_req, res, next) => {
      next()
      res.write('mine')
      setImmediate(() => res.end(', all of it'))
    })(async (scope, _receive, send) => {
      await Promise.resolve()
      if (scope.type !== 'http') return
      await send({ type: 'http.response.start', status: 404 })
      sent = true
    }),
  )
  expect((await ask(port)).body).toBe('mine, all of it')
  expect([sent, errors]).toEqual([true, []])
})

test('a start that the server refuses is an error of the application, which may send another', async () => {
  const { port, errors } = await startPagi(
    connectMiddleware(
      helmet(),
      compression(),
    )(async (scope, _receive, send) => {
      if (scope.type !== 'http') return
      const headers = [['content-length', 'many']] as const
      const refused = send({ type: 'http.response.start', status: 206, headers })
      await expect(refused).rejects.toThrow('content-length')
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'another' })
    }),
  )
  expect((await ask(port)).body).toBe('another')
  expect(errors).toEqual([])
})

describe('errors of middleware', () => {
  test('are answered with their status, and the application is not called', async () => {
    const scopes: Scope[] = []
    const { port } = await startPagi(
      connectMiddleware((_req, _res, next) => {
        next(Object.assign(new Error('no'), { status: 403, expose: true }))
      })(inner(scopes)),
    )
    expect((await ask(port)).status).toBe(403)
    expect(await openWebSocket(port, '/')).toBe('refused with 403')
    expect(scopes.filter(({ type }) => type !== 'lifespan')).toEqual([])
  })
})
