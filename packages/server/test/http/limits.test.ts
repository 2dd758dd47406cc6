import { expect, test } from 'vitest'
import { gate, http, nextTurn, readBody, respond } from '../support/apps.ts'
import { fieldOf, readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

const ok = http(async ({ path }, _receive, send) => respond(send, path))

const LIMITS = { maxUrlSize: 100, maxHeaderSize: 200, maxHeaderCount: 5 }

test('what is just within the limits is served', async () => {
  const { ask } = await start(ok, LIMITS)
  const target = `/${'a'.repeat(99)}`
  const lines = ['a: 1', 'b: 2', 'c: 3', `d: ${'x'.repeat(160)}`]
  expect(textOf(await ask(get(target, ...lines)))).toBe(target)
})

// node:http gives a head up before it is whole; which limit it was is told by what it was reading.
test.each([
  [414, 'a target', [`GET /${'a'.repeat(80)}`, 'a'.repeat(80), 'a'.repeat(200)]],
  [414, 'the end of a target', [`GET /${'a'.repeat(290)}`, `${'a'.repeat(80)} HTTP/1.1\r\n`]],
  [431, 'a value', ['GET / HTTP/1.1\r\nhost: t\r\nx: a', 'a '.repeat(80), 'b '.repeat(200)]],
  [
    431,
    'a value after a target that is long, but not too long',
    [
      `GET /${'a'.repeat(90)} HTTP/1.1\r\nhost: t\r\nx: ${'a'.repeat(80)}`,
      `${'b'.repeat(300)}\r\n`,
    ],
  ],
] as const)('%i: %s that comes piece by piece', async (status, _what, pieces) => {
  const { connect } = await start(ok, LIMITS)
  const client = await connect()
  for (const piece of pieces) {
    client.write(piece)
    await new Promise(setImmediate) // so that the pieces are not gathered
  }
  expect((await readResponse(client)).status).toBe(status)
  expect(await client.end()).toBe('fin')
})

test('431: trailers over the limit, which come byte by byte', async () => {
  const { connect } = await start(
    http(async (_scope, receive, send) => respond(send, await readBody(receive))),
    LIMITS,
  )
  const client = await connect()
  client.write('POST / HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: ')
  for (let at = 0; at < 400; at++) {
    client.write('v')
    await nextTurn() // so that they are not gathered
  }
  expect((await readResponse(client)).status).toBe(431)
  expect(await client.end()).toBe('fin')
})

test('503: a connection beyond the limit, which is told so at once', async () => {
  const { connect, ask, log } = await start(ok, { maxConnections: 2 })
  const [one, two] = [await connect(), await connect()]
  one.write(get('/one'))
  expect(textOf(await readResponse(one))).toBe('/one')
  for (let more = 0; more < 3; more++) {
    const three = await connect()
    const response = await readResponse(three)
    expect([response.status, textOf(response)]).toEqual([503, '503 Service Unavailable\n'])
    expect(fieldOf(response, 'retry-after')).toEqual(['5']) // HTTP-94
    expect(fieldOf(response, 'connection')).toEqual(['close'])
    expect(await three.end()).toBe('fin')
  }
  expect(log.at('warn')).toEqual(['2 connections: further ones get 503'])
  two.write(get('/two'))
  expect(textOf(await readResponse(two))).toBe('/two') // those within the limit are served as ever
  const closed = two.end()
  two.write(get('/last', 'connection: close'))
  await closed
  two.fin()
  let answer = await ask(get('/again'))
  while (answer.status === 503) answer = await ask(get('/again')) // until the server has seen the end
  expect(textOf(answer)).toBe('/again')
})

test('a request on a connection that was refused is not served', async () => {
  let calls = 0
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      calls += 1
      await respond(send)
    }),
    { maxConnections: 1 },
  )
  const first = await connect()
  first.write(get())
  await readResponse(first)
  const second = await connect()
  second.write(get())
  expect((await readResponse(second)).status).toBe(503)
  expect(await second.end()).toBe('fin')
  expect(calls).toBe(1)
})

test('the last request of a connection closes it, and what is pipelined behind is not served', async () => {
  const { connect } = await start(ok, { maxRequestsPerConnection: 2 })
  const client = await connect()
  client.write(get('/1') + get('/2') + get('/3'))
  const first = await readResponse(client)
  expect([textOf(first), fieldOf(first, 'connection')]).toEqual(['/1', ['keep-alive']])
  const second = await readResponse(client)
  expect([textOf(second), fieldOf(second, 'connection')]).toEqual(['/2', ['close']])
  expect(await client.rest()).toBe('')
})

test('a response whose connection ends first does not count twice', async () => {
  const { connect, ask } = await start(ok, { maxConnections: 1 })
  for (let turn = 0; turn < 3; turn++) {
    const seen = gate()
    const client = await connect()
    client.write(get())
    await readResponse(client)
    client.socket.once('close', () => seen.open())
    client.reset()
    await seen.promise
  }
  let answer = await ask(get())
  while (answer.status === 503) answer = await ask(get())
  expect(answer.status).toBe(200)
})
