import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { UnsupportedScopeError } from '../../src/index.ts'
import type { Header, HttpSendEvent, WebSocketSendEvent } from '../../src/index.ts'
import { codeOf, gate, http, websocket } from '../support/apps.ts'
import { handshake, nextFrame, text } from '../support/frames.ts'
import { fieldOf, readChunk, readHead, readResponse, textOf } from '../support/response.ts'
import type { WireResponse } from '../support/response.ts'
import { get, start } from '../support/start.ts'

const folder = mkdtempSync(join(tmpdir(), 'pagi-refusal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'why.html')
writeFileSync(file, 'because')

const FORBIDDEN = { type: 'http.response.start', status: 403 } as const
const refusals: readonly (readonly [string, readonly HttpSendEvent[]])[] = [
  ['one body event', [FORBIDDEN, { type: 'http.response.body', body: 'because' }]],
  [
    'a stream',
    [
      FORBIDDEN,
      { type: 'http.response.body', body: 'be', more: true },
      { type: 'http.response.body', body: 'cause' },
    ],
  ],
  ['a file', [FORBIDDEN, { type: 'http.response.body', file }]],
  ['a slice of a file', [FORBIDDEN, { type: 'http.response.body', file, offset: 2, length: 3 }]],
  ['no body', [{ ...FORBIDDEN, status: 302, headers: [['location', '/login']] }, body('')]],
  ['204-like: 304 has none', [{ ...FORBIDDEN, status: 304 }, body('dropped')]],
  ['a declared length', [{ ...FORBIDDEN, headers: [['content-length', '7']] }, body('because')]],
  [
    'cookies and bytes',
    [
      {
        ...FORBIDDEN,
        headers: [
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=\xff'],
        ],
      },
      body('x'),
    ],
  ],
  [
    'trailers',
    [
      { ...FORBIDDEN, trailers: true },
      body('because'),
      { type: 'http.response.trailers', headers: [['x-sum', '1']] },
    ],
  ],
]

function body(content: string): HttpSendEvent {
  return { type: 'http.response.body', body: content }
}

/** What REF-03 compares: everything but the server's own connection headers and the moment. */
const comparable = (response: WireResponse) => ({
  ...response,
  headers: response.headers.filter(
    ([name]) => !['connection', 'keep-alive', 'date'].includes(name.toLowerCase()),
  ),
})

test.each(refusals)('a refusal with %s is the response of an http scope', async (_what, events) => {
  const { ask, connect } = await start(async (scope, _receive, send) => {
    if (scope.type === 'lifespan') throw new UnsupportedScopeError(scope)
    for (const event of events) await send(event)
  })
  const client = await connect()
  client.write(handshake())
  const refused = await readResponse(client)
  expect(comparable(refused)).toEqual(comparable(await ask(get('/socket'))))
  expect(fieldOf(refused, 'connection')).toEqual(['close']) // REF-10
  expect(fieldOf(refused, 'date')).toHaveLength(1)
  expect(await client.end()).toBe('fin')
})

test('a streamed refusal leaves piece by piece', async () => {
  const go = gate()
  const { connect } = await start(
    websocket(async (_scope, _receive, send) => {
      await send(FORBIDDEN)
      await send({ type: 'http.response.body', body: 'one', more: true })
      await go.promise
      await send({ type: 'http.response.body', body: 'two' })
    }),
  )
  const client = await connect()
  client.write(handshake())
  await readHead(client)
  expect(await readChunk(client)).toEqual(Buffer.from('one'))
  go.open()
  expect(await readChunk(client)).toEqual(Buffer.from('two'))
})

test('frames a refused client has sent already do not cost it the answer', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send(FORBIDDEN)
      await send({ type: 'http.response.body', body: 'x'.repeat(100_000) })
    }),
  )
  const client = await connect()
  client.write(Buffer.concat([Buffer.from(handshake()), text('early'), text('bird')]))
  expect((await readResponse(client)).complete).toBe(true)
  expect(await client.end()).toBe('fin')
})

test('an upgrade header of a refusal brings its connection header', async () => {
  const headers: readonly Header[] = [['upgrade', 'other']]
  const { ask } = await start(
    websocket(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 426, headers })
      await send({ type: 'http.response.body' })
    }),
  )
  const response = await ask(handshake())
  expect(fieldOf(response, 'connection').join().toLowerCase()).toContain('upgrade')
  expect(fieldOf(response, 'connection').join().toLowerCase()).toContain('close')
})

test.each([
  ['a status below 300', { type: 'http.response.start', status: 200 }],
  ['a body before its start', { type: 'http.response.body', body: 'x' }],
] as const satisfies readonly (readonly [string, WebSocketSendEvent])[])(
  '%s is refused, and the socket may still be accepted',
  async (_what, event) => {
    const { connect } = await start(
      websocket(async (_scope, _receive, send) => {
        const code = await codeOf(send(event))
        await send({ type: 'websocket.accept' })
        await send({ type: 'websocket.send', text: code ?? 'accepted' })
        await send({ type: 'websocket.close' })
      }),
    )
    const client = await connect()
    client.write(handshake())
    expect((await readHead(client)).status).toBe(101)
    expect(await nextFrame(client)).toMatch(/^text ERR_PAGI_(INVALID_EVENT|EVENT_ORDER)$/) // REF-05
  },
)

test('after the start of a refusal nothing of websocket is valid, and removed events never are', async () => {
  const codes = gate<readonly (string | undefined)[]>()
  const { ask } = await start(
    websocket(async (_scope, _receive, send) => {
      const removed = await codeOf(send(JSON.parse('{"type":"websocket.http.response.start"}')))
      await send(FORBIDDEN)
      codes.open([
        removed,
        await codeOf(send({ type: 'websocket.accept' })),
        await codeOf(send({ type: 'websocket.send', text: 'x' })),
        await codeOf(send({ type: 'websocket.close' })),
      ])
      await send({ type: 'http.response.body', body: 'no' })
    }),
  )
  expect(textOf(await ask(handshake()))).toBe('no')
  const order = 'ERR_PAGI_EVENT_ORDER'
  expect(await codes.promise).toEqual(['ERR_PAGI_UNKNOWN_EVENT', order, order, order]) // REF-07, REF-14
})

test('an application for http alone answers a handshake with 500 and goes on', async () => {
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'page' })
    }),
  )
  expect((await ask(handshake())).status).toBe(500)
  expect(textOf(await ask(get()))).toBe('page')
})
