import { expect, test } from 'vitest'
import { gate, sse } from '../support/apps.ts'
import { readChunk, readHead } from '../support/response.ts'
import { intervals } from '../support/intervals.ts'
import { get, start } from '../support/start.ts'

const ACCEPT = 'accept: text/event-stream'

// SSE-16. Intervals are seconds, and may be fractions of one.
test.each([
  [undefined, ':\n\n'],
  ['still here', ':still here\n\n'],
  [': two\nlines', ': two\n:lines\n\n'],
])('the comment %j comes at every interval, and 0 stops it', async (comment, expected) => {
  const stop = gate()
  const stopped = gate()
  const go = gate()
  const { connect } = await start(
    sse(async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.keepalive', interval: 1000, comment: 'never' })
      await send({
        type: 'sse.keepalive',
        interval: 0.005,
        ...(comment === undefined ? {} : { comment }),
      })
      await stop.promise
      await send({ type: 'sse.keepalive', interval: 0 })
      stopped.open()
      await go.promise
      await send({ type: 'sse.send', data: 'next' })
      await send({ type: 'sse.close' })
    }),
  )
  const client = await connect()
  client.write(get('/', ACCEPT))
  await readHead(client)
  for (let at = 0; at < 4; at++) expect((await readChunk(client)).toString()).toBe(expected)
  stop.open()
  await stopped.promise
  await intervals() // more than one of ours
  go.open()
  let next = (await readChunk(client)).toString()
  while (next === expected) next = (await readChunk(client)).toString() // one may have been on its way
  expect(next).toBe('data: next\n\n')
})

test('it stops with the stream', async () => {
  const { connect } = await start(
    sse(async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.keepalive', interval: 0.002 })
      await send({ type: 'sse.close' })
    }),
  )
  const client = await connect()
  client.write(get('/', ACCEPT))
  await readHead(client)
  expect(await readChunk(client)).toHaveLength(0)
  await client.until('\r\n')
  await intervals() // more than one of ours
  expect(client.pending.byteLength).toBe(0) // SSE-26
})

test('an interval longer than a timer can hold is no short one', async () => {
  const { connect } = await start(
    sse(async ({ 'pagi.connection': connection }, _receive, send) => {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.keepalive', interval: 1e9 })
      await connection.ended
    }),
  )
  const client = await connect()
  client.write(get('/', ACCEPT))
  await readHead(client)
  await intervals()
  expect(client.pending.byteLength).toBe(0)
})

test('a vanished client ends it', async () => {
  const reason = gate<string | undefined>()
  const { connect } = await start(
    sse(async ({ 'pagi.connection': connection }, _receive, send) => {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.keepalive', interval: 0.002 })
      reason.open(await connection.ended)
    }),
  )
  const client = await connect()
  client.write(get('/', ACCEPT))
  await readHead(client)
  client.reset()
  expect(await reason.promise).toMatch(/^(client_closed|read_error|write_error)$/)
})
