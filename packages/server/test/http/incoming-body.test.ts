import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { http, respond } from '../support/apps.ts'
import { readResponse } from '../support/response.ts'
import { get, start } from '../support/start.ts'

// Pieces come before they are asked for, and so does the end: none is lost, doubled or out of order.

const PIECES = Array.from({ length: 40 }, (_item, index) => `${index},`)
const BODY = PIECES.join('')

/** Tells what it received, and asks for each piece so many turns of the event loop after the last one. */
const slow = (turns: number) =>
  http(async (_scope, receive, send) => {
    let text = ''
    for (let more = true; more;) {
      for (let count = 0; count < turns; count += 1) await turn()
      const event = await receive()
      if (event.type !== 'http.request') throw new Error(`got ${event.type}`)
      text += new TextDecoder().decode(event.body)
      more = event.more
    }
    await respond(send, text)
  })

const chunked = (body: readonly string[]): string =>
  `POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n${body
    .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
    .join('')}0\r\n\r\n`
const measured = (body: string): string =>
  `POST / HTTP/1.1\r\nhost: test\r\ncontent-length: ${body.length}\r\n\r\n${body}`

test.each([
  ['chunked', chunked(PIECES)],
  ['one chunk', chunked([BODY])],
  ['two chunks', chunked([BODY.slice(0, 9), BODY.slice(9)])],
  ['with its length', measured(BODY)],
])('a body (%s) that is asked for late, written at once or in parts', async (_how, request) => {
  for (const turns of [0, 1, 2, 3])
    for (const parts of [1, 2, 5, 17]) {
      const { connect } = await start(slow(turns))
      const client = await connect()
      const size = Math.ceil(request.length / parts)
      for (let at = 0; at < request.length; at += size) {
        client.write(request.slice(at, at + size))
        await turn()
      }
      const { body } = await readResponse(client)
      expect(body.toString()).toBe(BODY)
      client.write(get('/', 'connection: close')) // and the connection is as good as before
      expect((await readResponse(client)).status).toBe(200)
    }
})

test('a piece that came unasked is dropped with the rest when the answer does not wait for it', async () => {
  const { connect } = await start(
    http(async (_scope, receive, send) => {
      const event = await receive()
      for (let count = 0; count < 3; count += 1) await turn() // the next one is there by now
      await respond(send, event.type === 'http.request' ? new Uint8Array(event.body) : 'none')
    }),
  )
  for (const request of [chunked(['first', 'x'.repeat(100_000)]), measured('first')]) {
    const client = await connect()
    client.write(request)
    expect((await readResponse(client)).body.toString()).toBe('first')
    client.write(get('/', 'connection: close'))
    expect((await readResponse(client)).body.toString()).toBe('')
    expect(await client.end()).toBe('fin')
  }
})
