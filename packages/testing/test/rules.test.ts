import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { dispatch, isPagiError } from '@pagi/spec'
import type { Send } from '@pagi/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp, turn } from '../src/index.ts'
import type { RequestOptions } from '../src/index.ts'
import { bodyOf, last, more, say, start } from './support/apps.ts'

// What a server would enforce is enforced here, as it is core that runs.

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pagi-testing-'))
  writeFileSync(join(folder, 'page.txt'), 'a file of some words')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The codes of what an application's sends were rejected with. */
const rejections = async (
  use: (send: (event: unknown) => Promise<void>) => Promise<void>,
): Promise<{ codes: readonly unknown[]; failures: number; text: string }> => {
  const codes: unknown[] = []
  await using client = testApp(
    dispatch({
      async http(_scope, _receive, send: Send<'http'>) {
        const loosely = (event: unknown): unknown => Reflect.apply(send, undefined, [event])
        await use(async (event) => {
          try {
            await loosely(event)
          } catch (error) {
            codes.push(isPagiError(error) ? error.code : error)
          }
        })
      },
    }),
  )
  const response = await client.get('/')
  return { codes, failures: client.failures.length, text: response.text() }
}

test('events out of order, malformed or unknown reject, and are failures', async () => {
  const { codes, failures, text } = await rejections(async (send) => {
    await send(last('too early'))
    await send(start(99))
    await send({ type: 'http.response.begin' })
    await send(start(200, [['X-Upper', 'no']]))
    await send(start(200, [['x-line', 'a\r\nb']]))
    await send(start())
    await send(start())
    await send(last('fine'))
    await send(last('too late'))
  })
  expect(codes).toEqual([
    'ERR_PAGI_EVENT_ORDER',
    'ERR_PAGI_INVALID_EVENT',
    'ERR_PAGI_UNKNOWN_EVENT',
    'ERR_PAGI_INVALID_HEADER',
    'ERR_PAGI_INVALID_HEADER',
    'ERR_PAGI_EVENT_ORDER',
    'ERR_PAGI_EVENT_ORDER',
  ])
  expect(failures).toBe(7)
  expect(text).toBe('fine')
})

test('a body is as long as its content-length says (HTTP-43)', async () => {
  const { codes } = await rejections(async (send) => {
    await send(start(200, [['content-length', '3']]))
    await send(more('four'))
    await send(last('no'))
    await send(last('yes'))
  })
  expect(codes).toEqual(['ERR_PAGI_CONTENT_LENGTH', 'ERR_PAGI_CONTENT_LENGTH'])
})

test('a file is sent, and one that is not there leaves the response as it was (HTTP-54)', async () => {
  const { codes, text } = await rejections(async (send) => {
    await send(start())
    await send({ type: 'http.response.body', file: join(folder, 'none') })
    await send({ type: 'http.response.body', file: folder })
    await send({ type: 'http.response.body', file: 'relative.txt' })
    await send({ type: 'http.response.body', file: join(folder, 'page.txt'), offset: 2, length: 4 })
  })
  expect(codes).toEqual(['ERR_PAGI_BODY_SOURCE', 'ERR_PAGI_BODY_SOURCE', 'ERR_PAGI_INVALID_EVENT'])
  expect(text).toBe('file')
})

test('an iterable is a body, too', async () => {
  const { codes, text } = await rejections(async (send) => {
    await send(start())
    const fh = (async function* () {
      yield new Uint8Array([65])
      yield new Uint8Array([66])
    })()
    await send({ type: 'http.response.body', fh })
  })
  expect([codes, text]).toEqual([[], 'AB'])
})

test('a stream of Node is a body, and is left alone when the client leaves', async () => {
  const whole = Readable.from([Buffer.from('a'), Buffer.from('b')])
  const endless = new PassThrough()
  endless.write('begun')
  await using client = testApp(
    dispatch({
      async http(scope, _receive, send) {
        await send(start())
        await send({ type: 'http.response.body', fh: scope.path === '/whole' ? whole : endless })
      },
    }),
  )
  expect((await client.get('/whole')).text()).toBe('ab')
  const exchange = await client.open('/endless')
  expect(new TextDecoder().decode(await exchange.read())).toBe('begun')
  exchange.disconnect()
  await exchange.settled
  endless.write('answers the read under way')
  await turn()
  expect(endless.destroyed).toBe(false)
  expect(client.failures).toEqual([])
})

test.each<[string, { target: string; options?: RequestOptions; status: number }]>([
  ['a target that is no path', { target: '/a b', status: 400 }],
  ['a fragment', { target: '/a#b', status: 400 }],
  ['a target that is too long', { target: `/${'a'.repeat(100)}`, status: 414 }],
  ['CONNECT', { target: '/', options: { method: 'CONNECT' }, status: 501 }],
  ['two Hosts', { target: '/', options: { headers: { host: ['a', 'b'] } }, status: 400 }],
  ['too many fields', { target: '/', options: { headers: { x: ['1', '2', '3'] } }, status: 431 }],
  ['large fields', { target: '/', options: { headers: { x: 'x'.repeat(100) } }, status: 431 }],
  ['a body that declares too much', { target: '/', options: { body: '123456789' }, status: 413 }],
  [
    'an unknown coding',
    { target: '/', options: { headers: { 'transfer-encoding': 'gzip, chunked' } }, status: 501 },
  ],
])('%s is answered without the application', async (_what, { target, options, status }) => {
  let called = false
  await using client = testApp(
    dispatch({
      async http() {
        called = true
      },
    }),
    { maxUrlSize: 50, maxHeaderCount: 3, maxHeaderSize: 80, maxBodySize: 8 },
  )
  const exchange = await client.open(target, options)
  const response = await exchange.response()
  expect(response.status).toBe(status)
  expect(exchange.scope).toBeUndefined()
  expect(called).toBe(false)
})

test('a chunked body over the limit is a 413 while nothing was sent (HTTP-31)', async () => {
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        await say(await bodyOf(receive))(scope, receive, send)
      },
    }),
    { maxBodySize: 8 },
  )
  const response = await client.post('/', { body: ['12345', '6789'] })
  expect(response).toMatchObject({ status: 413, reason: 'body_too_large' })
})

test('receive after the end repeats up to its limit (CONN-48)', async () => {
  const codes: unknown[] = []
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        await say('')(scope, receive, send)
        for (let at = 0; at < 4; at++)
          await receive().then(
            ({ type }) => codes.push(type),
            (error: unknown) => codes.push(isPagiError(error) ? error.code : error),
          )
      },
    }),
    { receiveLimit: 2 },
  )
  const exchange = await client.open('/')
  await exchange.settled
  expect(codes).toEqual([
    'http.disconnect',
    'http.disconnect',
    'http.disconnect',
    'ERR_PAGI_RECEIVE_LIMIT',
  ])
})
