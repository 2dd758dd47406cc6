import { turn } from '@pagi/testing'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { clientOf } from './support/client.ts'
import { load, serving } from './support/serve.ts'

const EXAMPLE = '02-streaming-response'

test('streams a line per number', async () => {
  const exchange = await clientOf(await load(EXAMPLE)).open('/?count=3')
  const pieces: string[] = []
  for await (const piece of exchange) pieces.push(new TextDecoder().decode(piece))
  expect(pieces).toEqual(['1\n', '2\n', '3\n'])
  expect(exchange.complete).toBe(true)
})

test('a count that is none gives five lines', async () => {
  const client = clientOf(await load(EXAMPLE))
  expect((await client.get('/?count=many')).text()).toBe('1\n2\n3\n4\n5\n')
  expect((await client.get('/?count=0')).text()).toBe('')
})

test('over a wire in chunks, with trailers for those who ask for them', async () => {
  const { url } = await serving(await load(EXAMPLE))
  const asked = await request(`${url}/?count=7`, { headers: { te: 'trailers' } })
  expect(await asked.body.text()).toBe('1\n2\n3\n4\n5\n6\n7\n')
  expect(asked.headers).toMatchObject({ 'transfer-encoding': 'chunked', trailer: 'x-lines' })
  expect(asked.trailers).toEqual({ 'x-lines': '7' })

  const unasked = await request(`${url}/?count=7`)
  await unasked.body.text()
  expect(unasked.trailers).toEqual({})
})

test('HEAD gets the head', async () => {
  const response = await clientOf(await load(EXAMPLE)).head('/')
  expect([response.status, response.text()]).toEqual([200, ''])
})

test('HTTP/1.0, which has no trailers, gets the lines', async () => {
  const client = clientOf(await load(EXAMPLE))
  const asked = { headers: { te: 'trailers' }, query: { count: 2 } }
  const old = await client.get('/', { ...asked, httpVersion: '1.0' })
  expect([old.status, old.text(), old.trailers.pairs]).toEqual([200, '1\n2\n', []])
  expect((await client.get('/', asked)).trailers.pairs).toEqual([['x-lines', '2']])
})

test('a reader who stops reading stops the counting, and one who leaves ends it', async () => {
  const client = clientOf(await load(EXAMPLE), { writeHighWatermark: 1000 })
  const exchange = await client.open('/?count=100000000', { stalled: true })
  await turn()
  expect(exchange.transport.bufferedAmount).toBeGreaterThanOrEqual(1000)
  expect(exchange.transport.bufferedAmount).toBeLessThan(1010)
  await exchange.leave()
  expect(exchange.connection.responseComplete).toBe(false)
})
