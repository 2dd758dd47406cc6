import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Application, SendEvent, ServerOptions } from '../../src/index.ts'
import { eventually, gate } from '../support/apps.ts'
import { handshake } from '../support/frames.ts'
import {
  LEAVINGS,
  OBSERVERS,
  drainRest,
  expectLeft,
  expectNoTrace,
  leave,
} from '../support/leaving.ts'
import type { Leaving, Rest } from '../support/leaving.ts'
import { observeEnd } from '../support/observe-end.ts'
import type { SeenEnd } from '../support/observe-end.ts'
import { get, start } from '../support/start.ts'

// A client that leaves while output waits for it: sends are released by the end of the scope, not by
// what the client reads afterwards (T-SETTLE, FLOW-11), and what was begun stays cut short.

/** More than the system takes for a client that does not read. */
const BIG = 5 * 1024 * 1024
const text = 'x'.repeat(BIG)
const bytes = Buffer.alloc(BIG, 'x')

const folder = mkdtempSync(join(tmpdir(), 'pagi-ends-'))
const file = join(folder, 'sparse')
writeFileSync(file, '')
truncateSync(file, BIG)
afterAll(() => rmSync(folder, { recursive: true }))

async function* onePiece(): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** An open file that knows whether it is being read. */
const handle = {
  fd: 0,
  reads: 0,
  read: async (_into: Uint8Array, _offset: number, length: number) => {
    handle.reads += 1
    await Promise.resolve()
    handle.reads -= 1
    return { bytesRead: length }
  },
}

interface Waiting {
  readonly type: 'http' | 'sse' | 'websocket'
  readonly request: string
  /** What tells a client that its response is not whole; a number is the declared length. */
  readonly framing: 'chunked' | 'close' | 'frames' | number
  readonly begin: SendEvent
  readonly waits: () => SendEvent
}

const http = { type: 'http', request: get(), framing: 'chunked' } as const
const sse = {
  type: 'sse',
  request: get('/', 'accept: text/event-stream'),
  framing: 'chunked',
} as const
const websocket = { type: 'websocket', request: handshake(), framing: 'frames' } as const
const begin = (status: number, length?: number): SendEvent => ({
  type: 'http.response.start',
  status,
  headers: length === undefined ? [] : [['content-length', String(length)]],
})
const body = (content: string | Uint8Array) => (): SendEvent => ({
  type: 'http.response.body',
  body: content,
  more: true,
})
const fileBody = (): SendEvent => ({ type: 'http.response.body', file })
const handleBody = (): SendEvent => ({ type: 'http.response.body', fh: handle, length: BIG })
const pieces = (): SendEvent => ({ type: 'http.response.body', fh: onePiece(), more: true })

const WAITING: Record<string, Waiting> = {
  'http.response.body': { ...http, begin: begin(200), waits: body(text) },
  'http.response.body, bytes in place': { ...http, begin: begin(200), waits: body(bytes) },
  'http.response.body, declared length': {
    ...http,
    framing: 2 * BIG,
    begin: begin(200, 2 * BIG),
    waits: body(text),
  },
  'http.response.body, close-delimited': {
    ...http,
    request: 'GET / HTTP/1.0\r\n\r\n',
    framing: 'close',
    begin: begin(200),
    waits: body(text),
  },
  'http.response.body, file': { ...http, framing: BIG, begin: begin(200), waits: fileBody },
  'http.response.body, handle': { ...http, begin: begin(200), waits: handleBody },
  'http.response.body, iterable': { ...http, begin: begin(200), waits: pieces },
  'sse.send': {
    ...sse,
    begin: { type: 'sse.start' },
    waits: () => ({ type: 'sse.send', data: text }),
  },
  'sse.comment': {
    ...sse,
    begin: { type: 'sse.start' },
    waits: () => ({ type: 'sse.comment', comment: text }),
  },
  'sse refusal': { ...sse, begin: begin(403), waits: body(text) },
  'sse refusal, file': { ...sse, framing: BIG, begin: begin(403), waits: fileBody },
  'websocket.send, text': {
    ...websocket,
    begin: { type: 'websocket.accept' },
    waits: () => ({ type: 'websocket.send', text }),
  },
  'websocket.send, bytes in place': {
    ...websocket,
    begin: { type: 'websocket.accept' },
    waits: () => ({ type: 'websocket.send', bytes }),
  },
  'websocket refusal': { ...websocket, framing: 'chunked', begin: begin(403), waits: body(text) },
  'websocket refusal, bytes in place': {
    ...websocket,
    framing: 'chunked',
    begin: begin(403),
    waits: body(bytes),
  },
  'websocket refusal, file': { ...websocket, framing: BIG, begin: begin(403), waits: fileBody },
}

interface Run {
  readonly seen: SeenEnd
  /** For a client that reads on. */
  readonly rest: Rest | undefined
}

const run = async (
  { request, begin: first }: Waiting,
  events: readonly SendEvent[],
  how: Leaving,
  options: ServerOptions = {},
): Promise<Run> => {
  const ending = gate<Promise<SeenEnd>>()
  const waits = gate()
  const app: Application = async (scope, receive, send) => {
    if (scope.type === 'lifespan') throw new Error('no lifespan')
    await receive()
    await send(first)
    const handed = { scope, receive, send }
    const seen = observeEnd(
      handed,
      events.map((event) => send(event)),
    )
    ending.open(seen)
    await eventually(() => (scope['pagi.transport']?.bufferedAmount ?? 0) > 0)
    waits.open()
    await seen
  }
  const running = await start(app, options)
  const client = await running.connect()
  client.stall()
  client.write(request)
  await waits.promise
  leave(client, how)
  const seen = await ending.promise // before the client reads on
  expect(handle.reads).toBe(0)
  const rest = how === 'half-close' ? await drainRest(client) : undefined
  await expectNoTrace(running)
  return { seen, rest }
}

const expectCutShort = ({ framing }: Waiting, { bytes: got, tail, ending }: Rest): void => {
  expect(ending).toBe(framing === 'close' ? 'rst' : 'fin') // HTTP-75
  if (framing === 'chunked') expect(tail.toString('latin1')).not.toMatch(/\r\n0\r\n\r\n$/) // HTTP-74
  if (typeof framing === 'number') expect(got).toBeLessThan(framing)
  if (framing === 'frames') expect(tail.includes(0x88)).toBe(false) // T-CLOSE 7: no Close frame
}

describe.each(Object.entries(WAITING))('%s', (_event, waiting) => {
  test.each(LEAVINGS)('%s while it waits', async (how) => {
    const { type } = waiting
    const malformed: SendEvent = JSON.parse('{"type":"no.such.event"}')
    const { seen, rest } = await run(waiting, [waiting.waits(), waiting.waits(), malformed], how)
    expectLeft(seen, { type, how, started: true, unread: true })
    // those behind it are not even looked at
    expect(seen.order.filter((name) => name !== 'receive')).toEqual([
      ...OBSERVERS,
      'send 1',
      'send 2',
      'send 3',
    ])
    expect(seen.sends).toBe('resolved') // CORE-26
    if (rest !== undefined) expectCutShort(waiting, rest)
  })
})

// The end of the scope is the last byte written, not the terminal event (T-END).
const TERMINAL: Record<string, Waiting & { readonly ends: SendEvent }> = {
  'the last http.response.body': {
    ...http,
    begin: begin(200),
    waits: body(text),
    ends: { type: 'http.response.body' },
  },
  'the last http.response.body, bytes in place': {
    ...http,
    begin: begin(200),
    waits: () => ({ type: 'http.response.body', body: 'and ', more: true }),
    ends: { type: 'http.response.body', body: bytes },
  },
  'http.response.trailers': {
    ...http,
    begin: { type: 'http.response.start', status: 200, trailers: true },
    waits: () => ({ type: 'http.response.body', body: text }),
    ends: { type: 'http.response.trailers', headers: [['x-sum', '1']] },
  },
  'sse.close': {
    ...sse,
    begin: { type: 'sse.start' },
    waits: () => ({ type: 'sse.send', data: text }),
    ends: { type: 'sse.close' },
  },
  'the last of an sse refusal': {
    ...sse,
    begin: begin(403),
    waits: body(text),
    ends: { type: 'http.response.body' },
  },
  'websocket.close': {
    ...websocket,
    begin: { type: 'websocket.accept' },
    waits: () => ({ type: 'websocket.send', text }),
    ends: { type: 'websocket.close', code: 4000 },
  },
  'the last of a websocket refusal': {
    ...websocket,
    begin: begin(403),
    waits: body(text),
    ends: { type: 'http.response.body' },
  },
}

describe.each(Object.entries(TERMINAL))('%s', (_event, waiting) => {
  test.each(LEAVINGS)('%s while output is behind it', async (how) => {
    const { type, waits, ends } = waiting
    const { seen } = await run(waiting, [waits(), ends], how, { writeHighWatermark: 2 * BIG })
    expectLeft(seen, { type, how, started: true, unread: true })
  })
})
