import { expect, test } from 'vitest'
import { toNodeHandler } from '../../src/index.ts'
import { gate, http, nextTurn, respond } from '../support/apps.ts'
import { host } from '../support/host.ts'
import { readResponse, textOf } from '../support/response.ts'
import { LogBook, get } from '../support/start.ts'

// A host may answer for an application that takes too long (connect-timeout does): its answer leaves
// as it made it, the application is told, and the connection goes on.

type Moment = 'before the start' | 'after the start' | 'while it reads'

test.each<[Moment, 'ends' | 'begins']>([
  ['before the start', 'ends'],
  ['before the start', 'begins'],
  ['while it reads', 'ends'],
  ['after the start', 'ends'],
  ['after the start', 'begins'],
])('the host answers %s of the application: it %s its answer', async (moment, how) => {
  const answered = gate()
  const facts = gate<unknown>()
  const handler = toNodeHandler(
    http(async (scope, receive, send) => {
      const connection = scope['pagi.connection']
      if (scope.path === '/next') return respond(send, 'next')
      const start = () => send({ type: 'http.response.start', status: 200 })
      if (moment === 'after the start') {
        const started = start() // its head waits for the body, within this turn
        overtake()
        await started
      } else if (moment === 'while it reads') {
        overtake()
        expect((await receive()).type).toBe('http.request')
        expect((await receive()).type).toBe('http.disconnect')
      } else {
        overtake()
        await answered.promise
        await start()
      }
      await send({ type: 'http.response.body', body: 'too late' })
      await nextTurn()
      facts.open({
        isConnected: connection.isConnected,
        disconnectReason: connection.disconnectReason,
        responseComplete: connection.responseComplete,
      })
    }),
    { logger: new LogBook() },
  )
  let overtake = (): void => {}
  const { connect } = await host((req, res) => {
    overtake = () => {
      res.statusCode = 503
      res.setHeader('content-length', '4')
      if (how === 'ends') res.end('host')
      else {
        res.write('ho')
        void facts.promise.then(() => res.end('st'))
      }
      answered.open()
    }
    handler(req, res)
  })
  const client = await connect()
  client.write(get('/'))
  const response = await readResponse(client)
  expect([response.status, textOf(response)]).toEqual([503, 'host'])
  expect(await facts.promise).toEqual({
    isConnected: false,
    disconnectReason: 'server_error',
    responseComplete: false,
  })
  client.write(get('/next'))
  expect(textOf(await readResponse(client))).toBe('next')
})

test('an application that fails after its host has answered changes nothing of the answer', async () => {
  const answered = gate()
  const logger = new LogBook()
  const handler = toNodeHandler(
    http(async () => {
      await answered.promise
      throw new Error('too late for that')
    }),
    { logger },
  )
  const { connect } = await host((req, res) => {
    handler(req, res)
    res.end('host')
    answered.open()
  })
  const client = await connect()
  for (let count = 0; count < 2; count += 1) {
    client.write(get('/'))
    expect(textOf(await readResponse(client))).toBe('host')
  }
})
