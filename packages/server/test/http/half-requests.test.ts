import { expect, test } from 'vitest'
import { http, respond } from '../support/apps.ts'
import { readResponse } from '../support/response.ts'
import { start } from '../support/start.ts'

// node:http tells of a FIN in the middle of a request, and leaves the socket to whoever listens.

test.each([
  ['in the request line', 'GET / HT'],
  ['in the header section', 'GET / HTTP/1.1\r\nhost: te'],
])('a client that ends %s leaves no socket behind', async (_where, bytes) => {
  const { connect } = await start(http(async (_scope, _receive, send) => respond(send, 'never')))
  const client = await connect()
  client.write(bytes)
  client.fin()
  expect(await client.end()).toBe('fin')
})

test('nor does one that ends in a body nobody read, after the response', async () => {
  const { connect } = await start(http(async (_scope, _receive, send) => respond(send, 'early')))
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel')
  await readResponse(client)
  client.fin()
  expect(await client.end()).toBe('fin')
})
