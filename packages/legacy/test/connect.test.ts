import connect from 'connect'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { fromConnect } from '../src/index.ts'
import type { ConnectErrorMiddleware, ConnectLayer, ConnectMiddleware, Next } from '../src/index.ts'
import { ask } from './support/client.ts'
import { startNode, startPagi } from './support/servers.ts'

const OWN = { 'x-mine': '1' }

/** Answers with what it sees of the URL. */
const urls: ConnectMiddleware = (req, res) => {
  const { url } = req
  res.end(JSON.stringify([url, Reflect.get(req, 'originalUrl')]))
}

const mark =
  (name: string): ConnectMiddleware =>
  (_req, res, next) => {
    res.setHeader(`x-${name}`, 'passed')
    next()
  }

const rewrite =
  (url: string): ConnectMiddleware =>
  (req, _res, next) => {
    req.url = url
    next()
  }

const fail =
  (error: unknown): ConnectMiddleware =>
  (_req, _res, next) =>
    next(error)

const telling: ConnectErrorMiddleware = (error, _req, res, _next) => {
  res.statusCode = 418
  res.end(`took ${String(error)}`)
}

const passing: ConnectErrorMiddleware = (error, _req, res, next) => {
  res.setHeader('x-seen', String(error))
  next(error)
}

const broken = (): never => {
  throw new Error('thrown')
}

/** Stacks that Connect itself knows, and what to ask them for. */
const STACKS: Readonly<Record<string, readonly [path: string, ...stack: ConnectLayer[]]>> = {
  'one after the other': ['/', mark('one'), mark('two'), urls],
  'the first answer is the answer': ['/', urls, mark('never')],
  'below a mount': ['/files/a?x=1', ['/files', mark('mount'), urls]],
  'at a mount': ['/files', ['/files', urls]],
  'at a mount with a slash': ['/files/', ['/files/', urls]],
  'at a mount with a query': ['/files?x=1', ['/files', urls]],
  'a mount in other letters': ['/FILES/a', ['/files', urls]],
  'beside a mount': ['/filesystem', ['/files', mark('mount')], urls],
  'behind a mount': ['/files/a', ['/files', mark('mount')], urls],
  'behind a mount with a query': ['/files?x', ['/files', mark('mount')], urls],
  'a mount of all': ['/a', ['/', urls]],
  'a rewrite': ['/old', rewrite('/new'), urls],
  'a rewrite below a mount': ['/files/old', ['/files', rewrite('/new')], urls],
  'a rewrite into a mount': ['/old', rewrite('/files/a'), ['/files', urls]],
  'an error that is taken': ['/', fail(new Error('no')), mark('never'), telling],
  'an error that is passed on': ['/', fail(new Error('no')), passing, telling],
  'an error that is thrown': ['/', broken, telling],
  'an error for a mount': ['/a/b', fail('no'), ['/a', telling]],
  'an error beside a mount': ['/b', fail('no'), ['/a', passing], telling],
  'no error': ['/', fail(null), fail(undefined), fail(false), fail(0), telling, urls],
  'an error is over when it was taken': [
    '/',
    fail(new Error('no')),
    (_error: unknown, _req: IncomingMessage, _res: ServerResponse, next: Next) => next(),
    urls,
  ],
}

describe('what Connect does with a stack, fromConnect does', () => {
  test.each(Object.entries(STACKS))('%s', async (_name, [path, ...stack]) => {
    const original = connect()
    for (const layer of stack) {
      const [route, ...handlers] = typeof layer === 'function' ? ['/', layer] : layer
      for (const handler of handlers) original.use(route, handler)
    }
    const plain = await startNode(original)
    const adapted = await startPagi(fromConnect(...stack))
    const [expected, got] = [await ask(plain.port, { path }), await ask(adapted.port, { path })]
    expect(expected.status).not.toBe(404)
    expect(unframed(got.headers)).toEqual(unframed(expected.headers))
    expect({ ...got, headers: [] }).toEqual({ ...expected, headers: [] })
  })
})

/** Framing is the server's. */
const unframed = (headers: readonly string[]): readonly string[] =>
  headers.filter((line) => !/^(content-length|transfer-encoding):/.test(line))

describe('the ends of a stack', () => {
  test('what nobody answers is answered with 404, and the fields set so far', async () => {
    const { port, errors } = await startPagi(fromConnect(mark('one')))
    const answer = await ask(port)
    expect([answer.status, answer.body]).toEqual([404, 'Not Found\n'])
    expect(answer.headers).toContain('x-one: passed')
    expect(errors).toEqual([])
  })

  test('an error that nobody takes is a 500 that says nothing, and the server hears of it', async () => {
    const { port, errors } = await startPagi(fromConnect(fail(new Error('secret'))))
    const answer = await ask(port)
    expect([answer.status, answer.body]).toEqual([500, 'Internal Server Error\n'])
    await expect.poll(() => errors.join()).toContain('secret')
  })

  test('an error has a status, fields and, when it is exposed, a message', async () => {
    const error = Object.assign(new Error('too many'), {
      status: 429,
      expose: true,
      headers: { 'retry-after': '1' },
    })
    const { port, errors } = await startPagi(fromConnect(fail(error)))
    const answer = await ask(port)
    expect([answer.status, answer.body]).toEqual([429, 'too many\n'])
    expect(answer.headers).toContain('retry-after: 1')
    expect(errors).toEqual([])
  })

  test('a message that is not exposed is not told', async () => {
    const { port } = await startPagi(fromConnect(fail({ statusCode: 403, message: 'secret' })))
    const answer = await ask(port)
    expect([answer.status, answer.body]).toEqual([403, 'Forbidden\n'])
  })

  test('fields of a body that is not sent are left out', async () => {
    const { port } = await startPagi(
      fromConnect((_req, res, next) => {
        res.setHeader('etag', '"1"')
        res.setHeader('content-encoding', 'gzip')
        res.setHeader('x-kept', '1')
        next(new Error('no'))
      }),
    )
    const { headers } = await ask(port)
    expect(headers).toContain('x-kept: 1')
    expect(headers.join()).not.toMatch(/etag|gzip/)
  })

  test('an error after the head ends the response for good', async () => {
    const { port, errors } = await startPagi(
      fromConnect((_req, res, next) => {
        res.write('half')
        setImmediate(() => next(new Error('broken')))
      }),
    )
    const answer = await ask(port)
    expect([answer.status, answer.complete]).toEqual([200, false])
    await expect.poll(() => errors.join()).toContain('broken')
  })

  test('HEAD has the same ends, without a body', async () => {
    const { port } = await startPagi(fromConnect())
    const answer = await ask(port, { method: 'HEAD' })
    expect([answer.status, answer.body]).toEqual([404, ''])
    expect(answer.headers).toContain('content-length: 10')
  })
})

describe('async middleware', () => {
  test('may reject instead of next(error)', async () => {
    const { port } = await startPagi(
      fromConnect(async () => {
        throw new Error('rejected')
      }, telling),
    )
    expect((await ask(port)).body).toBe('took Error: rejected')
  })

  test('that rejects with nothing has failed all the same', async () => {
    const nothing: unknown = undefined
    const { port } = await startPagi(fromConnect(() => Promise.reject(nothing), telling))
    expect((await ask(port)).status).toBe(418)
  })

  test('that fails behind next leaves the response alone, and the server hears of it', async () => {
    const { port, errors } = await startPagi(
      fromConnect(async (_req, _res, next) => {
        next()
        throw new Error('afterwards')
      }, urls),
    )
    const answer = await ask(port)
    expect([answer.status, answer.body]).toEqual([200, '["/","/"]'])
    await expect.poll(() => errors.join()).toContain('afterwards')
  })

  test('is waited for', async () => {
    let release = (): void => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const app = fromConnect(async (_req, res) => {
      res.end('early')
      await released
    })
    let over = false
    const { port } = await startPagi(async (...call) => {
      await app(...call)
      over = call[0].type === 'http'
    })
    expect((await ask(port)).body).toBe('early')
    expect(over).toBe(false)
    release()
    await expect.poll(() => over).toBe(true)
  })
})

test('a second call of next does nothing', async () => {
  let calls = 0
  const { port } = await startPagi(
    fromConnect(
      (_req, _res, next) => {
        next()
        next()
      },
      (_req, res) => {
        calls += 1
        res.end()
      },
    ),
  )
  await ask(port, { headers: OWN })
  expect(calls).toBe(1)
})

test('a mount tells Express where it is', async () => {
  const { port } = await startPagi(
    fromConnect(
      [
        '/Api',
        (req, res, next) => {
          res.setHeader('x-base', String(Reflect.get(req, 'baseUrl')))
          next()
        },
      ],
      (req, res) => res.end(String(Reflect.get(req, 'baseUrl'))),
    ),
  )
  const { headers, body } = await ask(port, { path: '/api/x' })
  expect(headers).toContain('x-base: /api')
  expect(body).toBe('')
})

test.each([
  ['no layer', 'middleware', 'got string'],
  ['a path without a slash', ['files', urls], 'got [string, function]'],
  ['a path of nothing', ['/files', 1], 'got [string, number]'],
])('%s is refused', (_name, layer, said) => {
  expect(() => Reflect.apply(fromConnect, undefined, [layer])).toThrow(said)
})
