import { expect, test } from 'vitest'
import { codeOf, gate, http } from '../support/apps.ts'
import { readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

const START = { type: 'http.response.start', status: 200, trailers: true } as const

test('trailers follow the last chunk, in order, without the server’s own fields', async () => {
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      await send({ type: 'http.response.body', body: 'body' })
      await send({
        type: 'http.response.trailers',
        headers: [
          ['x-sum', 'one'],
          ['connection', 'close'],
          ['content-length', '3'],
          ['x-sum', 'two'],
          ['x-bytes', '\xff'],
        ],
      })
    }),
  )
  const client = await connect()
  client.write(get() + get())
  for (const _ of [1, 2]) {
    const response = await readResponse(client)
    expect([response.framing, textOf(response), response.complete]).toEqual([
      'chunked',
      'body',
      true,
    ])
    expect(response.trailers).toEqual([
      ['x-sum', 'one'],
      ['x-sum', 'two'],
      ['x-bytes', '\xff'],
    ]) // HTTP-60
  }
})

test('no trailer fields at all just end the body', async () => {
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      await send({ type: 'http.response.body', body: 'one', more: true })
      await send({ type: 'http.response.body', body: 'two' })
      await send({ type: 'http.response.trailers' })
    }),
  )
  const response = await ask(get())
  expect([textOf(response), response.trailers, response.complete]).toEqual(['onetwo', [], true])
})

test.each([
  ['not announced', { type: 'http.response.start', status: 200 }, 'ERR_PAGI_EVENT_ORDER'],
  [
    'beside a content-length',
    { ...START, headers: [['content-length', '4']] },
    'ERR_PAGI_TRAILERS',
  ],
] as const)('trailers %s are refused', async (_what, startEvent, expected) => {
  const code = gate<string | undefined>()
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send(startEvent)
      await send({ type: 'http.response.body', body: 'body' })
      code.open(await codeOf(send({ type: 'http.response.trailers', headers: [['x', '1']] })))
    }),
  )
  expect(textOf(await ask(get()))).toBe('body')
  expect(await code.promise).toBe(expected) // HTTP-59, HTTP-62
})

test('a trailer that would inject a line is refused, and another one may follow', async () => {
  const code = gate<string | undefined>()
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      await send({ type: 'http.response.body', body: 'body' })
      const evil = send({ type: 'http.response.trailers', headers: [['x', 'a\r\nevil: 1']] })
      code.open(await codeOf(evil))
      await send({ type: 'http.response.trailers', headers: [['x', 'good']] })
    }),
  )
  expect((await ask(get())).trailers).toEqual([['x', 'good']])
  expect(await code.promise).toBe('ERR_PAGI_INVALID_HEADER')
})

test('trailers that were announced and never sent leave the response incomplete', async () => {
  const { ask, log } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      await send({ type: 'http.response.body', body: 'body' })
    }),
  )
  const response = await ask(get())
  expect([textOf(response), response.complete]).toEqual(['body', false]) // HTTP-61, HTTP-74
  expect(log.at('error')).toHaveLength(1)
})

test.each(['HEAD / HTTP/1.1', 'GET /304 HTTP/1.1'])('%s accepts and drops them', async (line) => {
  const { connect } = await start(
    http(async ({ path }, _receive, send) => {
      await send({ ...START, status: path === '/304' ? 304 : 200 })
      await send({ type: 'http.response.body', body: 'body' })
      await send({ type: 'http.response.trailers', headers: [['x', '1']] })
    }),
  )
  const client = await connect()
  const request = `${line}\r\nhost: test\r\n\r\n`
  client.write(request + request)
  for (const _ of [1, 2]) await readResponse(client, true)
  expect(client.pending.toString()).toBe('') // HTTP-69
})
