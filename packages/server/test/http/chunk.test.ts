import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { wholeChunk } from '../../src/node/chunk.ts'
import { http } from '../support/apps.ts'
import { readResponse } from '../support/response.ts'
import { get, start } from '../support/start.ts'

test.each([
  [1, '1\r\nx\r\n'],
  [15, `f\r\n${'x'.repeat(15)}\r\n`],
  [16, `10\r\n${'x'.repeat(16)}\r\n`],
  [4096, `1000\r\n${'x'.repeat(4096)}\r\n`],
])('a chunk of %d bytes (RFC 9112 7.1)', (size, expected) => {
  expect(wholeChunk(new Uint8Array(size).fill(120)).toString()).toBe(expected)
})

// Small chunks pass node:http by, large ones and the first of a response do not: they keep their order.

const SIZES = [3, 1, 20_000, 2, 16_384, 16_385, 1, 1, 70_000, 5]
const pieces = SIZES.map((size, index) => `${index % 10}`.repeat(size))

test.each(['one after the other', 'in one turn', 'a turn each'])(
  'chunks of all sizes, sent %s, and trailers behind them',
  async (how) => {
    const { connect } = await start(
      http(async (_scope, _receive, send) => {
        const sent = [
          send({
            type: 'http.response.start',
            status: 200,
            headers: [['trailer', 'x-end']],
            trailers: true,
          }),
        ]
        for (const [index, body] of pieces.entries()) {
          const bytes = index % 2 === 0 ? body : new TextEncoder().encode(body)
          sent.push(send({ type: 'http.response.body', body: bytes, more: true }))
          if (how === 'one after the other') await sent.at(-1)
          if (how === 'a turn each') await turn()
        }
        sent.push(send({ type: 'http.response.body', body: '' }))
        sent.push(send({ type: 'http.response.trailers', headers: [['x-end', 'here']] }))
        await Promise.all(sent)
      }),
    )
    const client = await connect()
    for (let count = 0; count < 2; count += 1) {
      client.write(get('/', 'te: trailers'))
      const response = await readResponse(client)
      expect(response.body.toString()).toBe(pieces.join(''))
      expect(response.trailers).toEqual([['x-end', 'here']])
    }
  },
)

test('bytes of the application are copied before it goes on', async () => {
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'begin ', more: true })
      const bytes = new TextEncoder().encode('mine')
      const sent = send({ type: 'http.response.body', body: bytes, more: true })
      bytes.fill(0)
      await sent
      await send({ type: 'http.response.body', body: '' })
    }),
  )
  expect((await ask(get())).body.toString()).toBe('begin mine')
})
