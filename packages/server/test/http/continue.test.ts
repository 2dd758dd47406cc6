import { expect, test } from 'vitest'
import { http, nextTurn, readBody, respond, settled } from '../support/apps.ts'
import { fieldOf, readHead, readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

// HTTP-91

const asking = (...lines: string[]): string =>
  `POST / HTTP/1.1\r\nhost: test\r\nexpect: 100-Continue\r\ncontent-length: 4\r\n${lines
    .map((line) => `${line}\r\n`)
    .join('')}\r\n`

test('100 Continue is sent at the first receive and not before', async () => {
  let receiving = false
  const { connect } = await start(
    http(async (_scope, receive, send) => {
      await nextTurn()
      receiving = true
      await respond(send, await readBody(receive))
    }),
  )
  const client = await connect()
  client.write(asking())
  expect((await readHead(client)).status).toBe(100)
  expect(receiving).toBe(true)
  client.write('body')
  const response = await readResponse(client)
  expect([response.status, textOf(response)]).toEqual([200, 'body'])
  client.write(get('/', 'content-length: 0')) // and the connection goes on
  expect((await readResponse(client)).status).toBe(200)
})

test('several receives ask for one 100 only', async () => {
  const { connect } = await start(
    http(async (_scope, receive, send) => {
      const both = [receive(), receive()]
      await both[0]
      await respond(send, 'done')
      await both[1]
    }),
  )
  const client = await connect()
  client.write(asking())
  expect((await readHead(client)).status).toBe(100)
  client.write('body')
  expect((await readResponse(client)).status).toBe(200)
})

test('an application that answers without reading sends no 100, and the connection closes', async () => {
  const { connect } = await start(
    http(async (_scope, _receive, send) => respond(send, 'no', [], 403)),
  )
  const client = await connect()
  client.write(asking())
  const response = await readResponse(client)
  expect([response.status, textOf(response), fieldOf(response, 'connection')]).toEqual([
    403,
    'no',
    ['close'],
  ])
  expect(await client.end()).toBe('fin')
})

test('what is sent without waiting, body or request, is never served', async () => {
  let calls = 0
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      calls += 1
      await respond(send, 'no', [], 403)
    }),
  )
  const client = await connect()
  client.write(asking())
  expect((await readResponse(client)).status).toBe(403)
  client.write(`body${get('/next')}`) // the closing server still reads, so as not to reset the answer
  expect(await settled(() => calls)).toBe(1)
  expect(client.pending.toString()).toBe('')
})

test('receive after the response has started sends no 100', async () => {
  const { connect } = await start(
    http(async (_scope, receive, send) => {
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'early ', more: true })
      await nextTurn()
      await send({ type: 'http.response.body', body: await readBody(receive) })
    }),
  )
  const client = await connect()
  client.write(asking())
  await client.until('early ')
  client.write('body')
  expect(await client.rest()).not.toContain('HTTP/1.1 100')
})

test('no 100 for HTTP/1.0, whose clients do not know it', async () => {
  const { connect } = await start(
    http(async (_scope, receive, send) => respond(send, await readBody(receive))),
  )
  const client = await connect()
  client.write('POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\nbody')
  const response = await readResponse(client)
  expect([response.status, textOf(response)]).toEqual([200, 'body'])
})

test('another expectation is ignored', async () => {
  const { ask } = await start(http(async (_scope, _receive, send) => respond(send, 'fine')))
  expect(textOf(await ask(get('/', 'expect: miracles')))).toBe('fine')
})
