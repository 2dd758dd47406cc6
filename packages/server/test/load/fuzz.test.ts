// Random bytes and random events: no crash, no hang, no unhandled rejection, and the next client is
// served. fast-check prints the seed and the smallest input of a failure.
import { createConnection } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../../src/index.ts'
import type { Application, Server } from '../../src/index.ts'
import { LogBook } from '../support/start.ts'
import { FULL, figure } from './load-server.ts'

/** How long each kind of input is tried in the full version; in the small one so many are. */
const TIME = 2 * 60_000
const RUNS = 50
/** How long a client waits for an answer before it leaves, in milliseconds. */
const AGES = 30
const LIMITS: fc.Parameters<unknown> = FULL
  ? { numRuns: 2 ** 31 - 1, interruptAfterTimeLimit: TIME }
  : { numRuns: RUNS, seed: 5 }

/** What the application sends next, whatever comes. */
let events: readonly unknown[] = []

/** Reads what it gets, and sends what it is told to. */
const app: Application = async (scope, receive, send) => {
  if (scope.type === 'lifespan') throw new Error('not served')
  if (scope.path === '/next') {
    await send({ type: 'http.response.start', status: 200 })
    await send({ type: 'http.response.body', body: 'next' })
    return
  }
  // What is sent is what a program without types may send.
  const sendAny: (event: unknown) => Promise<void> = (event) =>
    Reflect.apply(send, undefined, [event])
  for (const event of events) await sendAny(event).catch(() => {})
  if (scope.type === 'websocket') await send({ type: 'websocket.accept' }).catch(() => {})
  const { signal } = scope['pagi.connection']
  for (let count = 0; count < 50 && !signal.aborted; count += 1) {
    const event = await receive()
    if (
      event.type.endsWith('.disconnect') ||
      (event.type.endsWith('.request') && !('more' in event && event.more))
    )
      break
    if (event.type === 'websocket.receive')
      await send({ type: 'websocket.send', text: 'got' }).catch(() => {})
  }
}

let server: Server
let port = 0
const log = new LogBook()
const rejections: unknown[] = []
const note = (error: unknown): void => void rejections.push(error)

beforeAll(async () => {
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  server = createServer(app, {
    port: 0,
    logger: log,
    closeTimeout: 50,
    shutdownTimeout: 1000,
  })
  await server.listen()
  port = server.addresses()[0]?.port ?? 0
})

afterAll(async () => {
  server.terminate()
  await server.close()
  process.off('unhandledRejection', note)
  process.off('uncaughtException', note)
})

/**
 * Everything the server says to these bytes. `pieces` go out one by one, and `later` once it has begun
 * to answer; the client then says no more.
 */
async function say(
  pieces: readonly Uint8Array[],
  later: readonly Uint8Array[] = [],
): Promise<string> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    if (text.length < 10_000) text += chunk.toString('latin1')
  })
  const closed = new Promise((resolve) => {
    socket.once('close', resolve)
  })
  const answered = new Promise((resolve) => {
    socket.once('data', resolve)
  })
  const write = async (all: readonly Uint8Array[]): Promise<void> => {
    for (const piece of all) {
      if (!socket.writable) return
      socket.write(piece)
      await new Promise(setImmediate)
    }
  }
  await write(pieces)
  // What is not complete has no answer, and is left at that.
  if (later.length === 0) await Promise.race([answered, closed, delay(AGES)])
  else await Promise.race([answered, closed])
  await write(later)
  socket.end()
  await closed
  return text
}

/** Tries inputs of one kind; after each the next client is served, and nothing was left unhandled. */
async function hold<Input>(
  what: string,
  inputs: fc.Arbitrary<Input>,
  attempt: (input: Input) => Promise<void>,
): Promise<void> {
  let tried = 0
  const property = fc.asyncProperty(inputs, async (input) => {
    tried += 1
    await attempt(input)
    const next = await say([NEXT])
    expect(next).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nnext$/)
    expect(rejections).toEqual([])
    expect(log.at('error').filter((line) => !EXPECTED.test(line))).toEqual([])
    log.lines.length = 0
  })
  await fc.assert(property, LIMITS)
  figure(what, `${tried} inputs`)
  expect(tried).toBeGreaterThanOrEqual(RUNS)
}

/** What an application that sends nonsense is told. */
const EXPECTED = /the application (?:failed|returned|left)/

const NEXT = Buffer.from('GET /next HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')

const byte = fc.integer({ min: 0, max: 255 })
const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const noise = fc.uint8Array({ maxLength: 60 })

/** Text of HTTP with, here and there, something that is none. */
const words = (...known: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...known) },
    {
      weight: 1,
      arbitrary: fc.array(byte, { maxLength: 12 }).map((all) => String.fromCharCode(...all)),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  )

const target = fc
  .array(
    words(
      '/',
      'a',
      '%41',
      '%',
      '%zz',
      '..',
      '//',
      '?',
      '#',
      '*',
      'http://',
      'a:1',
      '@',
      '[::1]',
      '\\',
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''))

const fieldName = words(
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'cookie',
  'accept',
  'x',
  'X_y',
  '',
)
const fieldValue = words(
  'a',
  '0',
  '5',
  '-1',
  '1e3',
  '99999999999999999999',
  'chunked',
  'chunked, chunked',
  'close',
  'keep-alive',
  'websocket',
  '100-continue',
  'text/event-stream',
  'gzip',
  ' ',
  '',
)
const field = fc
  .tuple(
    fieldName,
    words(': ', ':', ' : ', '\t:', ''),
    fieldValue,
    words('\r\n', '\r\n', '\n', '\r', '\r\n '),
  )
  .map((parts) => parts.join(''))
const head = fc
  .tuple(
    words('GET', 'POST', 'HEAD', 'OPTIONS', 'CONNECT', 'get', 'PRI', ''),
    words(' ', ' ', '  ', '\t', ''),
    target,
    words(' ', ' ', '  ', ''),
    words('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', ''),
    words('\r\n', '\r\n', '\n', '\r'),
    fc.array(field, { maxLength: 6 }),
    fc.boolean(),
  )
  .map(([method, one, where, two, version, end, fields, host]) =>
    [method, one, where, two, version, end, host ? 'host: a\r\n' : '', ...fields, '\r\n'].join(''),
  )
const body = fc.array(
  words(
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    '0\r\nx: y\r\n\r\n',
    'ffffffffff\r\n',
    '5;x=y\r\nhello\r\n',
    '-1\r\n',
    '\r\n',
  ),
  {
    maxLength: 5,
  },
)

/** The same bytes, in pieces. */
const split = (texts: fc.Arbitrary<string>): fc.Arbitrary<readonly Uint8Array[]> =>
  fc.tuple(texts, fc.array(fc.nat(200), { maxLength: 3 })).map(([text, cuts]) => {
    const places = [...cuts.map((cut) => Math.min(cut, text.length)), text.length].toSorted(
      (a, b) => a - b,
    )
    return places.map((place, index) => bytesOf(text.slice(places[index - 1] ?? 0, place)))
  })

/** Every answer there is begins with a status line, and is one. */
function checkAnswers(text: string): void {
  if (text !== '') expect(text).toMatch(/^HTTP\/1\.1 (?:100|101|200|204|4\d\d|5\d\d) /)
}

const timeout = TIME + 120_000

test('targets and header sections', { timeout }, async () => {
  await hold('heads', split(head), async (pieces) => checkAnswers(await say(pieces)))
})

test('bodies, well framed and not', { timeout }, async () => {
  const framed = fc
    .tuple(
      words(
        'transfer-encoding: chunked',
        'content-length: 10',
        'content-length: 10\r\ntransfer-encoding: chunked',
      ),
      body,
      fc.boolean(),
    )
    .map(([framing, parts, again]) => {
      const request = `POST / HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n${parts.join('')}`
      return again ? request + NEXT.toString() : request
    })
  await hold('bodies', split(framed), async (pieces) => checkAnswers(await say(pieces)))
})

test('bytes that are nothing at all', { timeout }, async () => {
  await hold('bytes', fc.array(noise, { maxLength: 6 }), async (pieces) =>
    checkAnswers(await say(pieces)),
  )
})

test('frames of a WebSocket', { timeout }, async () => {
  const handshake = bytesOf(
    'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  const frame = fc
    .record({
      first: fc.oneof(fc.constantFrom(0x81, 0x82, 0x88, 0x89, 0x8a, 0x01, 0x00, 0x80), byte),
      second: fc.oneof(fc.constantFrom(0x80, 0x85, 0xfe, 0xff, 0x05), byte),
      rest: noise,
    })
    .map(({ first, second, rest }) => Uint8Array.from([first, second, ...rest]))
  await hold('frames', fc.array(frame, { minLength: 1, maxLength: 6 }), async (frames) => {
    expect(await say([handshake], frames)).toMatch(/^HTTP\/1\.1 101 /)
  })
})

test('events of an application', { timeout }, async () => {
  const value: fc.Arbitrary<unknown> = fc.oneof(
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withTypedArray: true,
      withNullPrototype: true,
    }),
    fc.constantFrom(
      'text',
      200,
      404,
      0,
      -1,
      true,
      new Uint8Array(5),
      [['a', 'b']],
      [['a', 'b\r\nc: d']],
      1005,
      'x'.repeat(200),
    ),
  )
  const type = fc.constantFrom(
    'http.response.start',
    'http.response.body',
    'http.response.trailers',
    'http.fullflush',
    'sse.start',
    'sse.send',
    'sse.comment',
    'sse.keepalive',
    'sse.close',
    'websocket.accept',
    'websocket.send',
    'websocket.close',
    'websocket.keepalive',
    'lifespan.startup.complete',
    'no.such.event',
  )
  const event = fc.oneof(
    { weight: 1, arbitrary: value },
    {
      weight: 9,
      arbitrary: fc
        .tuple(
          type,
          fc.dictionary(
            fc.constantFrom(
              'status',
              'headers',
              'body',
              'more',
              'trailers',
              'file',
              'fh',
              'offset',
              'length',
              'data',
              'event',
              'id',
              'retry',
              'comment',
              'text',
              'bytes',
              'code',
              'reason',
              'subprotocol',
              'interval',
              'timeout',
            ),
            value,
          ),
        )
        .map(([name, fields]): unknown => ({ type: name, ...fields })),
    },
  )
  const accept = fc.constantFrom(
    '',
    'accept: text/event-stream\r\n',
    'upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
  )
  await hold(
    'events',
    fc.tuple(accept, fc.array(event, { maxLength: 6 })),
    async ([lines, sent]) => {
      events = sent
      const connection = lines.startsWith('upgrade') ? 'upgrade' : 'close'
      const text = await say([
        bytesOf(`GET / HTTP/1.1\r\nhost: a\r\nconnection: ${connection}\r\n${lines}\r\n`),
      ])
      events = []
      expect(text).not.toMatch(/^c: d/m) // CR and LF of a header never reach the wire
    },
  )
})
