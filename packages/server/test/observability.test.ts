import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test } from 'vitest'
import type { AppCall } from '../src/index.ts'
import { eventually, gate, http, respond, websocket } from './support/apps.ts'
import { closeFrame, open } from './support/frames.ts'
import { readResponse } from './support/response.ts'
import { get, start } from './support/start.ts'

/** What a channel tells until the test is over. */
const listen = (name: string): unknown[] => {
  const messages: unknown[] = []
  const keep = (message: unknown): void => void messages.push(message)
  subscribe(name, keep)
  onTestFinished(() => void unsubscribe(name, keep))
  return messages
}

test('a request is published when it begins and, the same object complete, when it ends', async () => {
  const go = gate()
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await go.promise
      await respond(send)
    }),
  )
  const started = listen('pagi.server.request.start')
  const finished = listen('pagi.server.request.finish')
  const client = await connect()
  client.write(get('/a'))
  await eventually(() => started.length === 1)
  expect(started).toMatchObject([{ type: 'http', target: '/a', status: undefined }])
  expect(finished).toEqual([])
  go.open()
  await readResponse(client)
  await eventually(() => finished.length === 1)
  expect(finished[0]).toBe(started[0])
  expect(finished).toMatchObject([{ status: 200, bytes: 2, reason: undefined }])
})

test('what comes to no scope is published, too', async () => {
  const { ask } = await start(http(async () => {}))
  const started = listen('pagi.server.request.start')
  const finished = listen('pagi.server.request.finish')
  await ask('no HTTP\r\n\r\n')
  expect(started).toHaveLength(1)
  expect(finished).toMatchObject([{ type: undefined, status: 400, reason: 'protocol_error' }])
})

test('who listens later misses what had begun before, and nothing else', async () => {
  const go = gate()
  const { connect, ask, server } = await start(
    http(async ({ path }, _receive, send) => {
      if (path === '/early') await go.promise
      await respond(send)
    }),
  )
  const client = await connect()
  client.write(get('/early'))
  await eventually(() => server.stats().http.open === 1)
  const finished = listen('pagi.server.request.finish')
  go.open()
  await readResponse(client)
  await ask(get('/late'))
  await eventually(() => finished.length > 0)
  expect(finished).toMatchObject([{ target: '/late' }])
})

test('a subscriber that fails harms no request', async () => {
  const { ask } = await start(http(async (_scope, _receive, send) => respond(send)))
  const errors: unknown[] = []
  const note = (error: unknown): void => void errors.push(error)
  const fail = (): void => {
    throw new Error('subscriber')
  }
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', note)
  subscribe('pagi.server.request.finish', fail)
  expect((await ask(get())).status).toBe(200)
  await eventually(() => errors.length > 0) // as Node.js has it, in a turn of its own
  unsubscribe('pagi.server.request.finish', fail)
  process.off('uncaughtException', note)
  for (const other of others) process.on('uncaughtException', other)
  expect(errors).toMatchObject([{ message: 'subscriber' }])
})

test('calls of the application are traced as promises are, with a context of their own', async () => {
  const store = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const { ask } = await start(
    http(async ({ path }, _receive, send) => {
      await new Promise(setImmediate)
      seen.push(store.getStore())
      if (path === '/fails') throw new Error('broken')
      await respond(send)
    }),
  )
  const calls = tracingChannel<unknown, AppCall>('pagi.server.app')
  const told: string[] = []
  const tell =
    (what: string) =>
    ({ scope, request, error }: AppCall): void => {
      const { path } = { path: '', ...scope }
      const why = error instanceof Error ? ` ${error.message}` : ''
      told.push(`${what} ${path} ${request?.target}${why}`)
    }
  const subscribers = {
    start: tell('start'),
    end: tell('end'),
    asyncStart: tell('asyncStart'),
    asyncEnd: tell('asyncEnd'),
    error: tell('error'),
  }
  calls.subscribe(subscribers)
  calls.start.bindStore(store, ({ request }) => `in ${request?.target}`)
  await ask(get('/fine'))
  await ask(get('/fails'))
  calls.start.unbindStore(store)
  calls.unsubscribe(subscribers)
  await ask(get('/untraced'))
  expect(seen).toEqual(['in /fine', 'in /fails', undefined])
  expect(told).toEqual([
    'start /fine /fine',
    'end /fine /fine',
    'asyncStart /fine /fine',
    'asyncEnd /fine /fine',
    'start /fails /fails',
    'end /fails /fails',
    'error /fails /fails broken',
    'asyncStart /fails /fails broken',
    'asyncEnd /fails /fails broken',
  ])
})

test('stats are a snapshot of counts', async () => {
  const go = gate()
  const before = Date.now()
  const { ask, connect, server } = await start(async (scope, receive, send) => {
    if (scope.type === 'websocket')
      return websocket(async (_scope, take, give) => {
        await take()
        await give({ type: 'websocket.accept' })
        await take()
      })(scope, receive, send)
    return http(async ({ path }, _receive, give) => {
      if (path === '/wait') await go.promise
      if (path === '/fails') throw new Error('broken')
      await respond(give, 'four', [], path === '/moved' ? 301 : 200)
    })(scope, receive, send)
  })
  const empty = server.stats()
  expect(empty).toEqual({
    since: expect.any(Number),
    connections: { open: 0, total: 0 },
    http: { open: 0, total: 0 },
    sse: { open: 0, total: 0 },
    websocket: { open: 0, total: 0 },
    calls: 0,
    rejected: 0,
    responses: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
    bytes: 0,
    disconnects: {},
  })
  expect(empty.since).toBeGreaterThanOrEqual(before)
  await ask(get('/', 'connection: close'))
  await ask(get('/moved', 'connection: close'))
  await ask(get('/fails'))
  await ask('GET / HTTP/1.1\r\n\r\n')
  const waiting = await connect()
  waiting.write(get('/wait'))
  const session = await connect()
  await open(session)
  await eventually(() => server.stats().calls === 2 && server.stats().connections.open === 2)
  expect(server.stats()).toMatchObject({
    connections: { open: 2, total: 6 },
    http: { open: 1, total: 5 },
    websocket: { open: 1, total: 1 },
    rejected: 1,
    responses: { '1xx': 1, '2xx': 1, '3xx': 1, '4xx': 1, '5xx': 1 },
    disconnects: { server_error: 1, protocol_error: 1 },
  })
  go.open()
  await readResponse(waiting)
  session.write(closeFrame(1000))
  await session.end()
  session.fin()
  await eventually(() => server.stats().websocket.open === 0)
  expect(server.stats()).toMatchObject({
    http: { open: 0, total: 5 },
    websocket: { open: 0, total: 1 },
    calls: 0,
    responses: { '2xx': 2 },
  })
  expect(empty.http.total).toBe(0)
})
