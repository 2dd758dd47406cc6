import type { IncomingMessage, ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { fromNodeHandler } from '../src/index.ts'
import { BareServer } from './support/bare-server.ts'
import { eventually, turns } from './support/turns.ts'

// On any server: what a handler does, as the events of PAGI.

const POST = { method: 'POST', headers: [['content-length', '10']] } as const

describe('a response is as few events as it can be', () => {
  test('one that is known whole', async () => {
    const server = new BareServer()
    await server.call(
      fromNodeHandler((_req, res) => {
        res.setHeader('X-One', '1')
        res.end('hello')
      }),
    )
    expect(server.sent).toEqual([
      {
        type: 'http.response.start',
        status: 200,
        headers: [
          ['x-one', '1'],
          ['content-length', '5'],
        ],
      },
      { type: 'http.response.body', body: Buffer.from('hello') },
    ])
  })

  test('no framing of node:http gets into it', async () => {
    const server = new BareServer()
    await server.call(
      fromNodeHandler((_req, res) => {
        res.setHeader('connection', 'close')
        res.setHeader('transfer-encoding', 'chunked')
        res.write('a')
        res.end('b')
      }),
    )
    expect(server.sent[0]).toEqual({ type: 'http.response.start', status: 200, headers: [] })
    expect(server.body).toBe('ab')
  })

  test('trailers are told of in the start', async () => {
    const server = new BareServer()
    await server.call(
      fromNodeHandler((_req, res) => {
        res.writeHead(200, { trailer: 'x-sum' })
        res.write('a')
        res.addTrailers({ 'X-Sum': '1' })
        res.end()
      }),
    )
    expect(server.sent[0]).toMatchObject({ type: 'http.response.start', trailers: true })
    expect(server.sent.at(-1)).toEqual({
      type: 'http.response.trailers',
      headers: [['x-sum', '1']],
    })
  })
})

describe('flow control', () => {
  test('write returns false and drain waits while send is pending', async () => {
    const server = new BareServer()
    server.stalled = true
    const log: unknown[] = []
    const over = server.call(
      fromNodeHandler((_req, res) => {
        log.push(res.write(Buffer.alloc(100_000)))
        res.on('drain', () => {
          log.push('drain')
          res.end()
        })
      }),
    )
    await turns()
    expect(log).toEqual([false])
    expect(server.sent.map(({ type }) => type)).toEqual(['http.response.start'])
    server.release()
    await over
    expect(log).toEqual([false, 'drain'])
  })

  test('one event waits for the other', async () => {
    const server = new BareServer()
    const pieces: Promise<void>[] = []
    const over = server.call(
      fromNodeHandler((_req, res) => {
        for (let piece = 0; piece < 50; piece += 1)
          pieces.push(new Promise((resolve) => res.write(String(piece), () => resolve())))
        server.stalled = true
      }),
    )
    await turns()
    const before = server.sent.length
    await turns()
    expect(server.sent).toHaveLength(before)
    server.release()
    await Promise.all(pieces)
    server.leave()
    await over
    expect(server.body).toBe(Array.from({ length: 50 }, (_none, piece) => piece).join(''))
  })

  test('no receive before somebody reads', async () => {
    const server = new BareServer(POST)
    let request: IncomingMessage | undefined
    let response: ServerResponse | undefined
    const over = server.call(
      fromNodeHandler((req, res) => {
        request = req
        response = res
      }),
    )
    await turns()
    expect(server.received).toBe(0)
    request?.resume().on('end', () => response?.end())
    server.feed('0123456789')
    await over
    expect(server.received).toBe(1)
  })

  test('who stops reading stops receive', async () => {
    const server = new BareServer(POST)
    let request: IncomingMessage | undefined
    const over = server.call(
      fromNodeHandler((req, res) => {
        request = req
        req.on('data', () => req.pause())
        req.on('end', () => res.end())
      }),
    )
    const large = 'x'.repeat(200_000)
    for (let piece = 0; piece < 10; piece += 1) server.feed(large, piece < 9)
    await turns(20)
    expect(server.received).toBeLessThanOrEqual(2)
    request?.removeAllListeners('data')
    request?.resume()
    await over
    expect(server.received).toBe(10)
  })
})

describe('a response to a request whose body is still arriving', () => {
  const READERS: Readonly<Record<string, (req: IncomingMessage) => unknown>> = {
    'is read': (req) => req.on('data', () => {}),
    'is piped away': (req) => req.pipe(new Writable({ write: (_piece, _as, done) => done() })),
  }

  test.each(Object.entries(READERS))('which %s: only its end waits', async (_how, read) => {
    const server = new BareServer(POST)
    server.feed('abc', true)
    const over = server.call(
      fromNodeHandler((req, res) => {
        read(req)
        res.end('done')
      }),
    )
    await eventually(() => server.body === 'done')
    await turns()
    expect(server.sent.at(-1)).toMatchObject({ type: 'http.response.body', more: true })
    server.feed('defghij')
    await over
    expect(server.sent.at(-1)).toEqual({ type: 'http.response.body', body: Buffer.alloc(0) })
    expect(server.received).toBe(2)
  })

  test('which is waited for and never read: its end waits until all of it is there', async () => {
    const server = new BareServer(POST)
    server.feed('abc', true)
    const over = server.call(
      fromNodeHandler((req, res) => {
        req.on('readable', () => {})
        res.end('done')
      }),
    )
    await eventually(() => server.body === 'done')
    server.feed('defghij')
    await over
    expect(server.sent.at(-1)).not.toHaveProperty('more')
  })
})

describe('ends', () => {
  test('the client leaves: the request is aborted, the response closed, the application over', async () => {
    const server = new BareServer(POST)
    const log: string[] = []
    const over = server.call(
      fromNodeHandler((req, res) => {
        req.on('aborted', () => log.push('aborted'))
        req.on('error', (error) => log.push(`error ${Reflect.get(error, 'code')}`))
        req.on('close', () => log.push('request'))
        res.on('close', () => log.push(`response ${res.writableFinished}`))
        res.on('finish', () => log.push('never'))
        res.write('half')
      }),
    )
    await turns()
    server.leave()
    await over
    await turns()
    expect(log.toSorted()).toEqual(['aborted', 'error ECONNRESET', 'request', 'response false'])
    expect(server.aborted).toBeUndefined()
  })

  test.each([
    ['protocol_error', 'malformed HTTP: HPE_INVALID_CHUNK_SIZE', 'HPE_INVALID_CHUNK_SIZE'],
    ['protocol_error', undefined, 'EPROTO'],
    ['read_error', 'ETIMEDOUT', 'ETIMEDOUT'],
    ['read_error', undefined, 'ECONNRESET'],
    ['write_error', 'EPIPE', 'EPIPE'],
    ['client_closed', 'ECONNRESET', undefined],
    ['server_shutdown', undefined, undefined],
  ] as const)('of %s, %s, the socket has the error %s', async (reason, detail, code) => {
    const server = new BareServer()
    const seen: unknown[] = []
    const over = server.call(
      fromNodeHandler(({ socket }) => {
        socket.on('error', (error) => seen.push(Reflect.get(error, 'code'), error.message))
        socket.on('close', (hadError) => seen.push(hadError))
      }),
    )
    server.leave(reason, detail)
    await over
    await turns()
    expect(seen).toEqual(code === undefined ? [false] : [code, detail ?? reason, true])
  })

  test('the handler destroys the response: the scope is aborted', async () => {
    const server = new BareServer()
    await server.call(
      fromNodeHandler((_req, res) => {
        res.write('half', () => res.destroy(new Error('enough')))
      }),
    )
    expect(server.aborted).toBe('enough')
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('a handler that %s fails the application', async (_how, handler) => {
    const server = new BareServer()
    await expect(server.call(fromNodeHandler(handler))).rejects.toThrow('broken')
    expect([server.sent, server.aborted]).toEqual([[], undefined])
  })

  test('an event that the server refuses fails the application', async () => {
    const server = new BareServer()
    const app = fromNodeHandler((_req, res) => res.end('x'))
    const refusing = app(
      server.scope,
      () => new Promise(() => {}),
      () => Promise.reject(new Error('refused')),
    )
    await expect(refusing).rejects.toThrow('refused')
  })

  test('the application waits for a handler that goes on', async () => {
    const server = new BareServer()
    let over = false
    let release = (): void => {}
    const call = server
      .call(
        fromNodeHandler(async (_req, res) => {
          res.end('x')
          await new Promise<void>((resolve) => {
            release = resolve
          })
        }),
      )
      .then(() => (over = true))
    await eventually(() => server.body === 'x')
    await turns()
    expect(over).toBe(false)
    release()
    await call
  })
})

describe('where a handler is mounted', () => {
  const see = async (facts: object): Promise<unknown> => {
    const server = new BareServer(facts)
    await server.call(
      fromNodeHandler((req, res) => {
        const [base, original] = [Reflect.get(req, 'baseUrl'), Reflect.get(req, 'originalUrl')]
        res.end(JSON.stringify([req.url, base ?? null, original ?? null]))
      }),
    )
    return JSON.parse(server.body)
  }

  test.each([
    [{ path: '/a', raw_path: '/a', query_string: 'x=1' }, ['/a?x=1', null, null]],
    [{ path: '/ä/b', raw_path: '/%C3%A4%2Fb' }, ['/%C3%A4%2Fb', null, null]],
    [{ path: '/x', raw_path: '/m/x', root_path: '/m' }, ['/x', '/m', '/m/x']],
    [{ path: '/x', raw_path: '/%6D/%78', root_path: '/m' }, ['/%78', '/%6D', '/%6D/%78']],
    [{ path: '', raw_path: '/m', root_path: '/m' }, ['/', '/m', '/m']],
    [{ path: '', raw_path: '/m', root_path: '/m', query_string: 'x' }, ['/?x', '/m', '/m?x']],
    // What others have decided by holds, whatever the client wrote (MW-22).
    [{ path: '/safe', raw_path: '/other' }, ['/safe', null, null]],
    [{ path: '/a b?#%', raw_path: undefined }, ['/a%20b%3F%23%25', null, null]],
  ])('%o', async (facts, expected) => {
    expect(await see(facts)).toEqual(expected)
  })
})
