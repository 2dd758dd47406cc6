import { expect, test } from 'vitest'
import type { Application, HttpReceiveEvent } from '../../src/index.ts'
import { gate, http, nextTurn, readBody, respond, settled } from '../support/apps.ts'
import { readResponse, textOf } from '../support/response.ts'
import { get, post, start } from '../support/start.ts'

const echo = http(async (_scope, receive, send) => respond(send, await readBody(receive)))

/** The events an application gets by asking until the body has ended. */
const collecting =
  (events: HttpReceiveEvent[]): Application<'http'> =>
  async (_scope, receive, send) => {
    for (;;) {
      const event = await receive()
      events.push(event)
      if (event.type !== 'http.request' || !event.more) break
    }
    await respond(send)
  }

test('a request without body gives one empty event', async () => {
  const events: HttpReceiveEvent[] = []
  const { ask } = await start(http(collecting(events)))
  await ask(get())
  await ask(post(''))
  expect(events.map((event) => ({ ...event }))).toEqual([
    { type: 'http.request', body: new Uint8Array(), more: false },
    { type: 'http.request', body: new Uint8Array(), more: false },
  ]) // HTTP-27
})

test('a body with a length arrives whole, whatever pieces it was sent in', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  const request = post('one two three')
  for (const byte of request) {
    client.write(byte)
    await nextTurn()
  }
  expect(textOf(await readResponse(client))).toBe('one two three')
})

test('a chunked body is put together; extensions and trailers are dropped', async () => {
  const events: HttpReceiveEvent[] = []
  const headers: unknown[] = []
  const { connect } = await start(
    http(async (scope, receive, send) => {
      headers.push(...scope.headers)
      await collecting(events)(scope, receive, send)
      headers.push(...scope.headers)
    }),
  )
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\nTransfer-Encoding: Chunked\r\n\r\n')
  client.write('5;name="a b"\r\nhello\r\n01\r\n,\r\n')
  client.write('6\r\n world\r\n0\r\nx-late: trailer\r\n\r\n')
  await readResponse(client)
  const bodies = events.map((event) => (event.type === 'http.request' ? event : undefined))
  expect(Buffer.concat(bodies.map((event) => event?.body ?? Buffer.alloc(0))).toString()).toBe(
    'hello, world',
  )
  expect(bodies.map((event) => event?.more)).toEqual([
    ...Array.from({ length: events.length - 1 }, () => true),
    false,
  ])
  expect(headers).toEqual([
    ['host', 'test'],
    ['transfer-encoding', 'Chunked'],
    ['host', 'test'],
    ['transfer-encoding', 'Chunked'],
  ]) // HTTP-26
  client.write(get()) // the trailers were consumed, so the connection can be used again
  expect((await readResponse(client)).status).toBe(200)
})

test('an empty chunked body is one empty event', async () => {
  const events: HttpReceiveEvent[] = []
  const { ask } = await start(http(collecting(events)))
  await ask('POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')
  expect(events).toEqual([{ type: 'http.request', body: new Uint8Array(), more: false }])
})

test('the bytes of an event are the application’s to change', async () => {
  const { connect } = await start(
    http(async (_scope, receive, send) => {
      const event = await receive()
      if (event.type === 'http.request') event.body.fill(0x78)
      await respond(send, event.type === 'http.request' ? event.body : 'none')
    }),
  )
  const client = await connect()
  client.write(post('abc') + post('def'))
  expect(textOf(await readResponse(client))).toBe('xxx')
  expect(textOf(await readResponse(client))).toBe('xxx')
})

test('a megabyte arrives in several events and adds up', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  const body = 'abcdefgh'.repeat(128 * 1024)
  client.write(post(body))
  const response = await readResponse(client)
  expect(response.body.toString('latin1') === body).toBe(true)
})

// HTTP-29
test('the body is read only as fast as the application takes it', async () => {
  const taken = gate()
  const go = gate()
  const { connect } = await start(
    http(async (_scope, receive, send) => {
      await receive()
      taken.open()
      await go.promise
      await respond(send, String((await readBody(receive)).byteLength > 0))
    }),
    { maxBodySize: 0 },
  )
  const client = await connect()
  const size = 64 * 1024 * 1024
  client.write(`POST / HTTP/1.1\r\nhost: test\r\ncontent-length: ${size}\r\n\r\n`)
  const piece = Buffer.alloc(1024 * 1024)
  for (let sent = 0; sent < size; sent += piece.byteLength) client.socket.write(piece)
  await taken.promise
  // What the kernel's buffers do not hold stays with the client, whose socket cannot drain.
  expect(await settled(() => client.socket.writableLength)).toBeGreaterThan(size / 4)
  go.open()
  expect(textOf(await readResponse(client))).toBe('true')
})

test('a body cut short is no complete body', async () => {
  const seen = gate<readonly HttpReceiveEvent[]>()
  const { connect } = await start(
    http(async (_scope, receive) => {
      const first = await receive()
      const second = await receive()
      seen.open([first, second, await receive()])
    }),
  )
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\nhalf')
  client.fin()
  const [first, second, third] = await seen.promise
  expect(first).toMatchObject({ type: 'http.request', more: true })
  expect([second, third]).toEqual([{ type: 'http.disconnect' }, { type: 'http.disconnect' }])
})

test('after the last request event receive waits, and then tells of the end', async () => {
  const seen = gate<string>()
  let ended = false
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, receive, send) => {
      connection.onEnd(() => {
        ended = true
      })
      await receive()
      const next = receive()
      await respond(send)
      const { type } = await next
      seen.open(`${type}, ended: ${ended}`)
    }),
  )
  const client = await connect()
  client.write(get())
  await readResponse(client)
  expect(await seen.promise).toBe('http.disconnect, ended: true') // HTTP-28
})

test('receives that are pending together are served in order, the body first', async () => {
  const second = gate<string>()
  const { ask } = await start(
    http(async (_scope, receive, send) => {
      const early = [receive(), receive()]
      const first = await early[0]
      await respond(send, first?.type)
      second.open((await early[1])?.type ?? 'nothing')
    }),
  )
  expect(textOf(await ask(get()))).toBe('http.request')
  expect(await second.promise).toBe('http.disconnect')
})

test('a receive withdrawn by its signal takes nothing with it', async () => {
  const { connect } = await start(
    http(async (_scope, receive, send) => {
      const controller = new AbortController()
      const withdrawn = receive({ signal: controller.signal })
      controller.abort(new Error('not now'))
      await expect(withdrawn).rejects.toThrow('not now')
      await respond(send, await readBody(receive)) // CORE-19
    }),
  )
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 4\r\n\r\n')
  await nextTurn()
  client.write('body')
  expect(textOf(await readResponse(client))).toBe('body')
})
