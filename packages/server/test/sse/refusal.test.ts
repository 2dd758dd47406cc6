import { expect, test } from 'vitest'
import type { SseSendEvent } from '../../src/index.ts'
import { codeOf, gate, http, respond, sse } from '../support/apps.ts'
import { fieldOf, readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

const ACCEPT = 'accept: text/event-stream'

test.each([200, 204, 404, 503])(
  '%i: an ordinary response, and the end of the connection',
  async (status) => {
    const events = gate<readonly unknown[]>()
    const { connect } = await start(
      sse(async (_scope, receive, send) => {
        await receive()
        await respond(send, 'no stream', [['x-own', 'yes']], status)
        events.open([await receive(), await receive()])
      }),
    )
    const client = await connect()
    client.write(get('/', ACCEPT))
    const response = await readResponse(client)
    expect([response.status, textOf(response)]).toEqual([status, status === 204 ? '' : 'no stream'])
    expect(fieldOf(response, 'content-type')).toEqual([])
    expect(fieldOf(response, 'cache-control')).toEqual([])
    expect(fieldOf(response, 'x-own')).toEqual(['yes'])
    expect(fieldOf(response, 'connection')).toEqual(['close']) // REF-10
    expect(await client.end()).toBe('fin')
    const clean = { type: 'sse.disconnect' }
    expect(await events.promise).toStrictEqual([clean, clean]) // REF-09, SSE-24
  },
)

test('a streamed one with trailers', async () => {
  const { ask } = await start(
    sse(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 406, trailers: true })
      await send({ type: 'http.response.body', body: 'no ', more: true })
      await send({ type: 'http.response.body', body: 'stream' })
      await send({ type: 'http.response.trailers', headers: [['x', '1']] })
    }),
  )
  const response = await ask(get('/', ACCEPT))
  expect([response.framing, textOf(response), response.trailers]).toEqual([
    'chunked',
    'no stream',
    [['x', '1']],
  ])
})

test('one left incomplete is cut short', async () => {
  const { ask, log } = await start(
    sse(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 404 })
      await send({ type: 'http.response.body', body: 'half', more: true })
    }),
  )
  const response = await ask(get('/', ACCEPT))
  expect([textOf(response), response.complete]).toEqual(['half', false])
  expect(log.at('error')).toHaveLength(1)
})

const wrong: readonly (readonly [string, SseSendEvent])[] = [
  ['a send before the start', { type: 'sse.send', data: 'x' }],
  ['a comment before the start', { type: 'sse.comment', comment: 'x' }],
  ['a close before the start', { type: 'sse.close' }],
  ['a body before the start', { type: 'http.response.body', body: 'x' }],
  ['status 204', { type: 'sse.start', status: 204 }],
  ['status 304', { type: 'sse.start', status: 304 }],
  ['a content-length', { type: 'sse.start', headers: [['content-length', '5']] }],
  ['an injected header', { type: 'sse.start', headers: [['x', 'a\r\nb: c']] }],
  ['a removed event', JSON.parse('{"type":"sse.http.response.start","status":404}')],
]
test.each(wrong)('%s is refused, and a stream may still start', async (_what, event) => {
  const code = gate<string | undefined>()
  const { ask } = await start(
    sse(async (_scope, _receive, send) => {
      code.open(await codeOf(send(event)))
      await send({ type: 'sse.start' })
      await send({ type: 'sse.close' })
    }),
  )
  const response = await ask(get('/', ACCEPT))
  expect([response.status, textOf(response)]).toEqual([200, ''])
  expect(await code.promise).toMatch(/^ERR_PAGI_/)
})

const wrongLater: readonly (readonly [string, SseSendEvent])[] = [
  ['no data', JSON.parse('{"type":"sse.send"}')],
  ['data that is no text', JSON.parse('{"type":"sse.send","data":7}')],
  ['a line end in the event', { type: 'sse.send', data: 'x', event: 'a\nb' }],
  ['a line end in the id', { type: 'sse.send', data: 'x', id: 'a\rb' }],
  ['NUL in the id', { type: 'sse.send', data: 'x', id: 'a\0b' }],
  ['a fractional retry', { type: 'sse.send', data: 'x', retry: 1.5 }],
  ['a negative retry', { type: 'sse.send', data: 'x', retry: -1 }],
  ['a lone surrogate', { type: 'sse.send', data: '\udc00' }],
  ['an http event', { type: 'http.response.start', status: 404 }],
  ['a second start', { type: 'sse.start' }],
]
test.each(wrongLater)('%s is refused, and the stream goes on', async (_what, event) => {
  const { ask } = await start(
    sse(async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.send', data: (await codeOf(send(event))) ?? 'accepted' })
      await send({ type: 'sse.close' })
    }),
  )
  expect(textOf(await ask(get('/', ACCEPT)))).toMatch(
    /^data: ERR_PAGI_(INVALID_EVENT|EVENT_ORDER)\n\n$/,
  )
})

test('an application for http alone answers an EventSource with 500', async () => {
  const { ask } = await start(http(async (_scope, _receive, send) => respond(send, 'page')))
  expect((await ask(get('/', ACCEPT))).status).toBe(500)
  expect(textOf(await ask(get()))).toBe('page')
})
