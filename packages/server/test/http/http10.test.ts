import { expect, test } from 'vitest'
import { codeOf, gate, http, respond } from '../support/apps.ts'
import { fieldOf, readResponse, textOf } from '../support/response.ts'
import { start } from '../support/start.ts'

const get10 = (...lines: string[]): string =>
  `GET / HTTP/1.0\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`

const stream = http(async (_scope, _receive, send) => {
  await send({ type: 'http.response.start', status: 200 })
  await send({ type: 'http.response.body', body: 'one ', more: true })
  await send({ type: 'http.response.body', body: 'two' })
})
const whole = http(async (_scope, _receive, send) => respond(send, 'whole'))

// HTTP-85
test.each([
  ['whatever the client keeps', ['connection: keep-alive']],
  ['whatever it understands', ['te: chunked, trailers']],
])('a stream is never chunked, and ends with the connection, %s', async (_what, lines) => {
  const { connect } = await start(stream)
  const client = await connect()
  client.write(get10(...lines))
  const response = await readResponse(client)
  expect([response.framing, textOf(response), response.complete]).toEqual([
    'close',
    'one two',
    true,
  ])
  expect(fieldOf(response, 'transfer-encoding')).toEqual([])
  expect(fieldOf(response, 'connection')).toEqual(['close'])
  expect(await client.end()).toBe('fin')
})

test('a known length and the wish for it keep the connection', async () => {
  const { connect } = await start(whole)
  const client = await connect()
  client.write(get10('Connection: Keep-Alive'))
  const response = await readResponse(client)
  expect([response.framing, textOf(response)]).toEqual(['length', 'whole'])
  expect(fieldOf(response, 'connection').join().toLowerCase()).toBe('keep-alive')
  client.write(get10())
  const last = await readResponse(client)
  expect(textOf(last)).toBe('whole')
  expect(fieldOf(last, 'connection')).toEqual(['close'])
  expect(await client.end()).toBe('fin')
})

test('trailers are refused, as nothing can carry them', async () => {
  const code = gate<string | undefined>()
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200, trailers: true })
      await send({ type: 'http.response.body', body: 'body' })
      code.open(await codeOf(send({ type: 'http.response.trailers' })))
    }),
  )
  const client = await connect()
  client.write(get10())
  expect(await code.promise).toBe('ERR_PAGI_TRAILERS') // HTTP-62
  expect(await client.end()).toBe('rst') // and then left incomplete, which a plain FIN would hide
})

test('an unfinished close-delimited body is cut by a reset', async () => {
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'half', more: true })
    }),
  )
  const client = await connect()
  client.write(get10())
  expect(await client.end()).toBe('rst') // HTTP-75
})
