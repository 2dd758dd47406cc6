import { expect, test } from 'vitest'
import { createServer, dispatch } from '../../src/index.ts'
import { codeOf, eventually, gate, http, nextTurn, respond } from '../support/apps.ts'
import { open } from '../support/frames.ts'
import { connectTo } from '../support/raw-client.ts'
import { readResponse } from '../support/response.ts'
import { LogBook, get, portOf, start } from '../support/start.ts'

/** Everything of the process that a library could have touched. */
const listeners = (): Record<string, number> =>
  Object.fromEntries(
    process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  )

const handles = (): number =>
  process.getActiveResourcesInfo().filter((kind) => /Server|TCP|Timeout/.test(kind)).length

test('nothing is installed process-wide, and nothing stays behind', async () => {
  const before = listeners()
  const open0 = handles()
  const server = createServer(
    dispatch({
      http: async (_scope, _receive, send) => respond(send),
      websocket: async (_scope, receive, send) => {
        await receive()
        await send({ type: 'websocket.accept' })
        await send({ type: 'websocket.keepalive', interval: 60, timeout: 60 })
        await receive()
      },
    }),
    { port: 0, logger: new LogBook() },
  )
  await server.listen()
  const client = await connectTo(portOf(server))
  client.write(get())
  await readResponse(client)
  const socket = await connectTo(portOf(server))
  await open(socket)
  expect(listeners()).toEqual(before)
  const closing = server.close()
  socket.fin()
  client.fin()
  await closing
  expect(listeners()).toEqual(before)
  for (const { socket: own } of [client, socket]) own.destroy()
  await eventually(() => handles() <= open0)
})

const failing: () => unknown = async () => {
  throw new Error('async callback')
}

// CORE-41
test('nothing an application throws, rejects or ignores ends the process or another scope', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  const { ask, log } = await start(
    http(
      async (
        { path, 'pagi.connection': connection, 'pagi.transport': transport },
        receive,
        send,
      ) => {
        if (path === '/ignored') {
          void send(JSON.parse('{"type":"nonsense"}')) // an ignored rejection
          void receive({ signal: AbortSignal.abort(new Error('ignored')) })
          connection.onComplete(() => {
            throw new Error('callback')
          })
          connection.onEnd(failing)
          transport?.onDrain(() => {})
          await respond(send)
        } else if (path === '/odd') throw Object.create(null)
        else if (path === '/undefined') throw undefined
        else if (path === '/hostile')
          throw {
            toString() {
              throw new Error('not even that')
            },
          }
        else await respond(send)
      },
    ),
  )
  const statuses = []
  for (const path of ['/ignored', '/odd', '/undefined', '/hostile', '/fine'])
    statuses.push((await ask(get(path))).status)
  expect(statuses).toEqual([200, 500, 500, 500, 200])
  await nextTurn()
  await nextTurn()
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  expect(log.at('error').filter((line) => line.includes('callback'))).toHaveLength(2) // CONN-22
})

test('values that are returned, promised or not, are inert', async () => {
  const returning: unknown[] = [
    { type: 'http.response.start' },
    new Response('x'),
    [200],
    'text',
    7,
  ]
  for (const value of returning) {
    const { ask } = await start(
      http(async (_scope, _receive, send) => {
        await respond(send, 'own')
        return JSON.parse(JSON.stringify(value))
      }),
    )
    expect((await ask(get())).body.toString()).toBe('own') // CORE-36
  }
})

test('an application that returns no promise has returned', async () => {
  const { ask } = await start(() => JSON.parse('7'))
  expect((await ask(get())).status).toBe(500)
})

test('sends that nobody awaited are processed before the outcome is judged', async () => {
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      void send({ type: 'http.response.start', status: 200 })
      for (let at = 0; at < 5; at++)
        void send({ type: 'http.response.body', body: 'x'.repeat(100_000), more: true })
      void send({ type: 'http.response.body', body: 'end' })
    }),
  )
  const response = await ask(get())
  expect([response.complete, response.body.byteLength]).toEqual([true, 500_003]) // CORE-32, CORE-34
})

test('late receives are bounded', async () => {
  const code = gate<string | undefined>()
  const { ask, log } = await start(
    http(async (_scope, receive, send) => {
      await respond(send)
      let last: string | undefined
      for (let at = 0; at < 10 && last === undefined; at++) last = await codeOf(receive())
      code.open(last)
    }),
    { receiveLimit: 3 },
  )
  await ask(get())
  expect(await code.promise).toBe('ERR_PAGI_RECEIVE_LIMIT') // CONN-48
  expect(log.at('warn').filter((line) => line.includes('keeps receiving'))).toHaveLength(1)
})
