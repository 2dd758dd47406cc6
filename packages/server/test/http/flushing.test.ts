import { expect, test } from 'vitest'
import { gate, http, nextTurn } from '../support/apps.ts'
import { fieldOf, readChunk, readHead, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

const START = { type: 'http.response.start', status: 200 } as const

test('the head of a slow answer leaves within the turn', async () => {
  const go = gate()
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      await go.promise
      await send({ type: 'http.response.body', body: 'late' })
    }),
  )
  const client = await connect()
  client.write(get())
  const head = await readHead(client)
  expect(head.headers.some(([name]) => name.toLowerCase() === 'transfer-encoding')).toBe(true)
  go.open()
  expect(await readChunk(client)).toEqual(Buffer.from('late'))
})

test.each([
  ['of a slow answer', [], 'late'],
  ['of an answer cut short', [['content-length', '4']], undefined],
] as const)('the head %s has its bytes as they are', async (_what, more, late) => {
  const go = gate()
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send({ ...START, headers: [['x', 'caf\xe9\xff'], ...more] })
      if (late === undefined) return
      await go.promise
      await send({ type: 'http.response.body', body: late })
    }),
  )
  const client = await connect()
  client.write(get())
  expect(fieldOf(await readHead(client), 'x')).toEqual(['caf\xe9\xff']) // HTTP-04
  go.open()
})

test('http.fullflush sends the head at once', async () => {
  const go = gate()
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      await send({ type: 'http.fullflush' })
      await go.promise
      await send({ type: 'http.response.body', body: 'late' })
    }),
  )
  const client = await connect()
  client.write(get())
  await readHead(client)
  go.open()
  expect(await readChunk(client)).toEqual(Buffer.from('late'))
})

test('each piece of a stream arrives before the next one is sent', async () => {
  const steps = [gate(), gate(), gate()]
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      for (const [at, step] of steps.entries()) {
        await step.promise
        await send({ type: 'http.response.body', body: `piece ${at}`, more: true })
      }
      await send({ type: 'http.response.body' })
    }),
  )
  const client = await connect()
  client.write(get())
  await readHead(client)
  for (const [at, step] of steps.entries()) {
    step.open()
    expect(await readChunk(client)).toEqual(Buffer.from(`piece ${at}`))
  }
  expect(await readChunk(client)).toHaveLength(0)
})

test('the caller may change its bytes once the send has settled', async () => {
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      const bytes = Buffer.alloc(100 * 1024, 'a')
      const small = Buffer.from('small')
      await send(START)
      await send({ type: 'http.response.body', body: small, more: true })
      small.fill(0)
      await send({ type: 'http.response.body', body: bytes, more: true })
      bytes.fill(0)
      await nextTurn()
      await send({ type: 'http.response.body' })
    }),
  )
  expect(textOf(await ask(get()))).toBe(`small${'a'.repeat(100 * 1024)}`)
})
