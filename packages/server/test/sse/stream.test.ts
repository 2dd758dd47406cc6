import { expect, test } from 'vitest'
import type { Application, SseReceiveEvent, SseSendEvent } from '../../src/index.ts'
import { codeOf, gate, nextTurn, settled, sse } from '../support/apps.ts'
import { fieldOf, readChunk, readHead, readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

const ACCEPT = 'accept: text/event-stream'

const sending = (...events: readonly SseSendEvent[]): Application =>
  sse(async (_scope, _receive, send) => {
    for (const event of events) await send(event)
  })

test('the head supplies what a stream needs', async () => {
  const { ask } = await start(sending({ type: 'sse.start' }, { type: 'sse.close' }))
  const response = await ask(get('/', ACCEPT))
  expect([response.status, response.framing, response.complete]).toEqual([200, 'chunked', true])
  expect(fieldOf(response, 'content-type')).toEqual(['text/event-stream'])
  expect(fieldOf(response, 'cache-control')).toEqual(['no-cache'])
  expect(fieldOf(response, 'date')).toHaveLength(1)
  expect(fieldOf(response, 'connection')).toEqual(['keep-alive']) // SSE-09
})

test('what the application says itself is not said twice', async () => {
  const { ask } = await start(
    sending(
      {
        type: 'sse.start',
        status: 202,
        headers: [
          ['content-type', 'text/event-stream; charset=utf-8'],
          ['cache-control', 'no-store'],
          ['date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
          ['transfer-encoding', 'gzip'],
        ],
      },
      { type: 'sse.close' },
    ),
  )
  const response = await ask(get('/', ACCEPT))
  expect(response.status).toBe(202)
  expect(fieldOf(response, 'content-type')).toEqual(['text/event-stream; charset=utf-8'])
  expect(fieldOf(response, 'cache-control')).toEqual(['no-store'])
  expect(fieldOf(response, 'date')).toEqual(['Thu, 01 Jan 1970 00:00:00 GMT'])
  expect(fieldOf(response, 'transfer-encoding')).toEqual(['chunked'])
})

const encodings: readonly (readonly [SseSendEvent, string])[] = [
  [{ type: 'sse.send', data: 'plain' }, 'data: plain\n\n'],
  [{ type: 'sse.send', data: '' }, 'data: \n\n'],
  [
    { type: 'sse.send', data: 'grüß dich', event: 'größe', id: '7', retry: 1500 },
    'event: größe\nid: 7\nretry: 1500\ndata: grüß dich\n\n',
  ],
  [
    { type: 'sse.send', data: 'a\nb\r\nc\rd\n\ne' },
    'data: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: e\n\n',
  ],
  [{ type: 'sse.send', data: 'x', id: '', retry: 0 }, 'id: \nretry: 0\ndata: x\n\n'],
  [{ type: 'sse.comment', comment: 'hello' }, ':hello\n\n'],
  [{ type: 'sse.comment', comment: ': a\nb' }, ': a\n:b\n\n'],
]
test.each(encodings)('%j is one dispatch, flushed at once', async (event, expected) => {
  const go = gate()
  const { connect } = await start(
    sse(async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
      await send(event)
      await go.promise
      await send({ type: 'sse.close' })
    }),
  )
  const client = await connect()
  client.write(get('/', ACCEPT))
  await readHead(client)
  expect((await readChunk(client)).toString('utf8')).toBe(expected) // SSE-13 to SSE-15
  go.open()
  expect(await readChunk(client)).toHaveLength(0)
})

test('the head leaves before the first event', async () => {
  const { connect } = await start(
    sse(async ({ 'pagi.connection': connection }, _receive, send) => {
      await send({ type: 'sse.start' })
      await connection.ended
    }),
  )
  const client = await connect()
  client.write(get('/', ACCEPT))
  expect((await readHead(client)).status).toBe(200)
})

test('sse.close ends the stream at once, and the connection serves on', async () => {
  const codes = gate<readonly (string | undefined)[]>()
  const { connect } = await start(
    sse(async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.send', data: 'last' })
      await send({ type: 'sse.close', reason: 'secret' })
      codes.open([
        await codeOf(send({ type: 'sse.send', data: 'x' })),
        await codeOf(send({ type: 'sse.comment', comment: 'x' })),
        await codeOf(send({ type: 'sse.keepalive', interval: 1 })),
        await codeOf(send({ type: 'sse.close' })),
      ])
    }),
  )
  const client = await connect()
  client.write(get('/', ACCEPT) + get('/', ACCEPT))
  for (const _ of [1, 2]) {
    const response = await readResponse(client)
    expect([textOf(response), response.complete]).toEqual(['data: last\n\n', true])
  }
  const order = 'ERR_PAGI_EVENT_ORDER'
  expect(await codes.promise).toEqual([order, order, order, undefined]) // SSE-20
  expect(client.ending).toBeUndefined()
})

test('a client that asks for close gets it', async () => {
  const { connect } = await start(sending({ type: 'sse.start' }, { type: 'sse.close' }))
  const client = await connect()
  client.write(get('/', ACCEPT, 'connection: close'))
  expect(fieldOf(await readResponse(client), 'connection')).toEqual(['close'])
  expect(await client.end()).toBe('fin')
})

test.each(['content-length: 5', 'transfer-encoding: chunked'])(
  'the body of a POST (%s) arrives as sse.request',
  async (line) => {
    const events: SseReceiveEvent[] = []
    const { connect } = await start(
      sse(async (_scope, receive, send) => {
        for (;;) {
          const event = await receive()
          events.push(event)
          if (event.type !== 'sse.request' || !event.more) break
        }
        await send({ type: 'sse.start' })
        await send({ type: 'sse.close' })
      }),
    )
    const client = await connect()
    client.write(`POST / HTTP/1.1\r\nhost: test\r\n${ACCEPT}\r\n${line}\r\n\r\n`)
    await nextTurn()
    client.write(line.startsWith('content') ? 'query' : '5\r\nquery\r\n0\r\n\r\n')
    expect((await readResponse(client)).status).toBe(200)
    const bodies = events.map((event) => (event.type === 'sse.request' ? event.body : Buffer.of()))
    expect(Buffer.concat(bodies).toString()).toBe('query')
    expect(events.at(-1)).toMatchObject({ type: 'sse.request', more: false })
  },
)

test('HEAD sends the head only, and events are taken and dropped', async () => {
  const { connect } = await start(
    sending({ type: 'sse.start' }, { type: 'sse.send', data: 'unseen' }, { type: 'sse.close' }),
  )
  const client = await connect()
  const head = get('/', ACCEPT).replace('GET', 'HEAD')
  client.write(head + head)
  for (const _ of [1, 2]) {
    const response = await readResponse(client, true)
    expect(fieldOf(response, 'content-type')).toEqual(['text/event-stream'])
    expect(fieldOf(response, 'transfer-encoding')).toEqual([])
  }
  expect(client.pending.toString()).toBe('') // SSE-27
})

test('over HTTP/1.0 the end of the connection is the end of the stream', async () => {
  const { connect } = await start(
    sending({ type: 'sse.start' }, { type: 'sse.send', data: 'x' }, { type: 'sse.close' }),
  )
  const client = await connect()
  client.write(`GET / HTTP/1.0\r\n${ACCEPT}\r\nconnection: keep-alive\r\n\r\n`)
  const response = await readResponse(client)
  expect([response.framing, textOf(response)]).toEqual(['close', 'data: x\n\n'])
  expect(fieldOf(response, 'connection')).toEqual(['close'])
  expect(await client.end()).toBe('fin')
})

test('an unfinished stream over HTTP/1.0 is cut by a reset', async () => {
  const { connect } = await start(sending({ type: 'sse.start' }, { type: 'sse.send', data: 'x' }))
  const client = await connect()
  client.write(`GET / HTTP/1.0\r\n${ACCEPT}\r\n\r\n`)
  expect(await client.end()).toBe('rst') // HTTP-75
})

test('a client that does not read holds the events back', async () => {
  const data = 'x'.repeat(64 * 1024)
  const count = 512
  let sent = 0
  const started = gate()
  const { connect } = await start(
    sse(async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
      started.open()
      for (; sent < count; sent++) await send({ type: 'sse.send', data })
      await send({ type: 'sse.close' })
    }),
  )
  const client = await connect()
  client.stall()
  client.write(get('/', ACCEPT))
  await started.promise
  expect(await settled(() => sent)).toBeLessThan(count)
  client.resume()
  const response = await readResponse(client)
  expect(response.body.byteLength).toBe(count * (data.length + 'data: \n\n'.length))
})
