import { expect, test } from 'vitest'
import type { ConnectionState } from '../../src/index.ts'
import { eventually, gate, http, nextTurn, readBody, respond, settled } from '../support/apps.ts'
import { fieldOf, readHead, readResponse, textOf } from '../support/response.ts'
import { get, post, start } from '../support/start.ts'

test('pipelined requests are answered in order, one after the other', async () => {
  let running = 0
  let most = 0
  const { connect } = await start(
    http(async ({ path }, _receive, send) => {
      running += 1
      most = Math.max(most, running)
      await nextTurn()
      running -= 1 // before the terminal event: from then on the next one may begin
      await respond(send, path)
    }),
  )
  const client = await connect()
  const count = 200
  client.write(Array.from({ length: count }, (_, at) => get(`/${at}`)).join(''))
  for (let at = 0; at < count; at++) expect(textOf(await readResponse(client))).toBe(`/${at}`)
  expect(most).toBe(1) // HTTP-98
})

test('the next one begins only when the one before is complete', async () => {
  const connections: ConnectionState[] = []
  const complete: boolean[] = []
  const go = gate()
  const { connect } = await start(
    http(async ({ path, 'pagi.connection': connection }, _receive, send) => {
      complete.push(...connections.map(({ responseComplete }) => responseComplete))
      connections.push(connection)
      if (path === '/1') await go.promise
      await respond(send, path)
    }),
  )
  const client = await connect()
  client.write(get('/1') + get('/2'))
  await eventually(() => connections.length > 0)
  expect(await settled(() => connections.length)).toBe(1)
  go.open()
  await readResponse(client)
  await readResponse(client)
  expect(complete).toEqual([true])
})

test('bodies of pipelined requests go to their own request', async () => {
  const { connect } = await start(
    http(async (_scope, receive, send) => respond(send, await readBody(receive))),
  )
  const client = await connect()
  client.write(post('one') + post('two', 'x: y') + get() + post('three'))
  const answers = []
  for (let at = 0; at < 4; at++) answers.push(textOf(await readResponse(client)))
  expect(answers).toEqual(['one', 'two', '', 'three'])
})

// CONN-47
test('a pipelined request is no disconnect of the one before', async () => {
  const begun = gate()
  const go = gate()
  const events: string[] = []
  const { connect } = await start(
    http(async ({ path, 'pagi.connection': connection }, receive, send) => {
      await receive()
      begun.open()
      void receive().then(({ type }) => events.push(`${path} ${type}`))
      connection.onDisconnect((reason) => events.push(`${path} ${reason}`))
      if (path === '/1') await go.promise
      expect(connection.isConnected).toBe(true)
      await respond(send, path)
    }),
  )
  const client = await connect()
  client.write(get('/1') + get('/2').slice(0, 10))
  await begun.promise
  await settled(() => events.length)
  expect(events).toEqual([])
  client.write(get('/2').slice(10))
  go.open()
  expect(textOf(await readResponse(client))).toBe('/1')
  expect(textOf(await readResponse(client))).toBe('/2')
  expect(events).toEqual(['/1 http.disconnect', '/2 http.disconnect'])
})

test('nothing is served behind an incomplete response', async () => {
  const paths: string[] = []
  const { connect } = await start(
    http(async ({ path }, _receive, send) => {
      paths.push(path)
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'half', more: true })
    }),
  )
  const client = await connect()
  client.write(get('/1') + get('/2'))
  expect((await readResponse(client)).complete).toBe(false) // HTTP-75
  expect(await client.rest()).toBe('')
  expect(paths).toEqual(['/1'])
})

test('nothing is served behind a 500', async () => {
  const paths: string[] = []
  const { connect } = await start(
    http(async ({ path }) => {
      paths.push(path)
    }),
  )
  const client = await connect()
  client.write(get('/1') + get('/2'))
  const response = await readResponse(client)
  expect([response.status, fieldOf(response, 'connection')]).toEqual([500, ['close']])
  expect(await client.rest()).toBe('')
  expect(paths).toEqual(['/1'])
})

test('a malformed request behind a good one is answered in its turn', async () => {
  const go = gate()
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await go.promise
      await respond(send, 'good')
    }),
  )
  const client = await connect()
  client.write(`${get()}NOT HTTP AT ALL\r\n\r\n`)
  expect(await settled(() => client.socket.bytesRead)).toBe(0)
  go.open()
  expect(textOf(await readResponse(client))).toBe('good')
  expect((await readResponse(client)).status).toBe(400)
  expect(await client.end()).toBe('fin')
})

test('a request with a broken body behind a good one is answered in its turn, and never served', async () => {
  const go = gate()
  const paths: string[] = []
  const { connect } = await start(
    http(async ({ path }, _receive, send) => {
      paths.push(path)
      await go.promise
      await respond(send, 'good')
    }),
  )
  const client = await connect()
  client.write(
    `${get('/1')}POST /2 HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
  )
  expect(await settled(() => client.socket.bytesRead)).toBe(0)
  go.open()
  expect(textOf(await readResponse(client))).toBe('good')
  expect((await readResponse(client)).status).toBe(400)
  expect(await client.end()).toBe('fin')
  expect(paths).toEqual(['/1'])
})

test('a request whose head is refused behind a good one keeps its status though its body is broken', async () => {
  const go = gate()
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await go.promise
      await respond(send, 'good')
    }),
  )
  const client = await connect()
  client.write(
    `${get('/1')}POST /2 HTTP/1.1\r\nhost: test\r\ntransfer-encoding: gzip, chunked\r\n\r\nzz\r\n`,
  )
  await settled(() => client.socket.bytesRead)
  go.open()
  expect(textOf(await readResponse(client))).toBe('good')
  expect((await readResponse(client)).status).toBe(501)
  expect(await client.end()).toBe('fin')
})

test('a connection that asks to be closed serves nothing more', async () => {
  const paths: string[] = []
  const { connect } = await start(
    http(async ({ path }, _receive, send) => {
      paths.push(path)
      await respond(send, path)
    }),
  )
  const client = await connect()
  client.write(get('/1', 'connection: close') + get('/2'))
  const response = await readResponse(client)
  expect([textOf(response), fieldOf(response, 'connection')]).toEqual(['/1', ['close']])
  expect(await client.rest()).toBe('')
  expect(paths).toEqual(['/1'])
})

test('a client that leaves takes its queued requests with it', async () => {
  const paths: string[] = []
  const ended = gate<string | undefined>()
  const { connect } = await start(
    http(async ({ path, 'pagi.connection': connection }) => {
      paths.push(path)
      ended.open(await connection.ended)
    }),
  )
  const client = await connect()
  client.write(get('/1') + get('/2'))
  client.fin()
  expect(await ended.promise).toBe('client_closed') // HTTP-95
  await client.end()
  expect(paths).toEqual(['/1'])
})

test('many requests use one connection, whatever shape they have', async () => {
  const { connect } = await start(
    http(async ({ path }, receive, send) => {
      if (path === '/read') await readBody(receive)
      if (path === '/stream') {
        await send({ type: 'http.response.start', status: 200 })
        await send({ type: 'http.response.body', body: 'a', more: true })
        await send({ type: 'http.response.body', body: 'b' })
      } else await respond(send, path)
    }),
  )
  const client = await connect()
  const requests = [get('/'), post('unread'), get('/stream'), post('x').replace('/', '/read')]
  for (let at = 0; at < 40; at++) {
    client.write(requests[at % requests.length] ?? '')
    const head = await readHead(client)
    expect(head.status).toBe(200)
    await client.until(at % 4 === 2 ? '0\r\n\r\n' : at % 4 === 3 ? '/read' : '/')
  }
  expect(client.ending).toBeUndefined()
})
