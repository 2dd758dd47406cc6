import { expect, test } from 'vitest'
import { gate, http, respond } from '../support/apps.ts'
import { readResponse, textOf } from '../support/response.ts'
import { get, post, start } from '../support/start.ts'

// HTTP-30, HTTP-96

const early = http(async ({ path }, _receive, send) => respond(send, path))

test('an unread body is drained, and the next request is the next request', async () => {
  const { connect } = await start(early)
  const client = await connect()
  client.write(post('GET /evil HTTP/1.1\r\nhost: x\r\n\r\n') + get('/next'))
  expect(textOf(await readResponse(client))).toBe('/')
  expect(textOf(await readResponse(client))).toBe('/next')
})

test('also when it arrives after the response, in chunks', async () => {
  const { connect } = await start(early)
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n')
  expect(textOf(await readResponse(client))).toBe('/')
  client.write('5\r\nGET /\r\n')
  client.write(`0\r\n\r\n${get('/next')}`)
  expect(textOf(await readResponse(client))).toBe('/next')
})

test('a body read in part is drained as well', async () => {
  const { connect } = await start(
    http(async ({ path }, receive, send) => {
      await receive()
      await respond(send, path)
    }),
  )
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 12\r\n\r\nfirst ')
  expect(textOf(await readResponse(client))).toBe('/')
  client.write(`second${get('/next')}`)
  expect(textOf(await readResponse(client))).toBe('/next')
})

test('beyond the limit the connection closes instead', async () => {
  const { connect } = await start(early, { maxBodySize: 1000 })
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n')
  expect(textOf(await readResponse(client))).toBe('/')
  client.write(`7d0\r\n${'x'.repeat(2000)}\r\n`)
  await client.end()
  expect(client.pending.toString()).toBe('')
})

test('the scope is complete although its body never came', async () => {
  const complete = gate()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, _receive, send) => {
      connection.onComplete(() => complete.open())
      await respond(send)
    }),
  )
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n')
  await readResponse(client)
  await complete.promise
})
