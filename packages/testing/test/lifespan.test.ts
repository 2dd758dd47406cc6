import { dispatch } from '@pagi/spec'
import type { Application } from '@pagi/spec'
import { expect, test } from 'vitest'
import { UnsettledError, testApp, turn } from '../src/index.ts'
import { gate, say, start } from './support/apps.ts'

/** Notes the steps of its lifespan. */
const living = (steps: string[]): Application =>
  dispatch({
    async lifespan(scope, receive, send) {
      steps.push((await receive()).type)
      if (scope.state !== undefined) scope.state['test.counter'] = { count: 0 }
      await send({ type: 'lifespan.startup.complete' })
      steps.push((await receive()).type)
      await send({ type: 'lifespan.shutdown.complete' })
    },
    async http(scope, receive, send) {
      steps.push(scope.path)
      const counter: unknown = scope.state?.['test.counter']
      if (typeof counter === 'object' && counter !== null && 'count' in counter)
        counter.count = Number(counter.count) + 1
      if (scope.state !== undefined) scope.state['mine'] = scope.path
      await say(JSON.stringify(scope.state))(scope, receive, send)
    },
  })

test('the first request starts the application, close stops it', async () => {
  const steps: string[] = []
  const client = testApp(living(steps))
  expect(steps).toEqual([])
  expect((await client.get('/a')).json()).toEqual({ 'test.counter': { count: 1 }, mine: '/a' })
  expect((await client.get('/b')).json()).toEqual({ 'test.counter': { count: 2 }, mine: '/b' })
  expect(client.state).toEqual({ 'test.counter': { count: 2 } })
  expect(steps).toEqual(['lifespan.startup', '/a', '/b'])
  await client.close()
  await client.close()
  expect(steps).toEqual(['lifespan.startup', '/a', '/b', 'lifespan.shutdown'])
})

test('start starts it once; using it up closes it', async () => {
  const steps: string[] = []
  {
    await using client = testApp(living(steps))
    await Promise.all([client.start(), client.start(), client.get('/')])
  }
  expect(steps).toEqual(['lifespan.startup', '/', 'lifespan.shutdown'])
})

test('a client that was never used is closed without a startup', async () => {
  const steps: string[] = []
  await testApp(living(steps)).close()
  expect(steps).toEqual([])
})

test('an application that declines lifespan is served, and in strict mode refused', async () => {
  const app = dispatch({ http: say('here') })
  await using client = testApp(app)
  expect((await client.get('/')).text()).toBe('here')
  expect(client.log.find(({ level }) => level === 'info')?.message).toMatch(/not supported/)
  expect(client.failures).toEqual([])
  const strict = testApp(app, { lifespan: 'strict' })
  await expect(strict.get('/')).rejects.toMatchObject({ code: 'ERR_PAGI_STARTUP_DECLINED' })
  await strict.close()
})

test('a startup that fails rejects with the application’s message, every time', async () => {
  await using client = testApp(
    dispatch({
      async lifespan(_scope, receive, send) {
        await receive()
        await send({ type: 'lifespan.startup.failed', message: 'no database' })
      },
      http: say('never'),
    }),
  )
  const wanted = { code: 'ERR_PAGI_STARTUP_FAILED', message: 'no database' }
  await expect(client.start()).rejects.toMatchObject(wanted)
  await expect(client.get('/')).rejects.toMatchObject(wanted)
  await expect(client.websocket('/')).rejects.toMatchObject(wanted)
})

test('a startup that is never answered ends by the clock', async () => {
  await using client = testApp(() => new Promise(() => {}), { startupTimeout: 5000 })
  const starting = client.start()
  const told = expect(starting).rejects.toMatchObject({ code: 'ERR_PAGI_STARTUP_TIMEOUT' })
  await client.advance(5000)
  await told
})

test('a startup that hangs does not hang close', async () => {
  const client = testApp(() => new Promise(() => {}), { patience: 0 })
  const told = expect(client.start()).rejects.toMatchObject({ code: 'ERR_PAGI_STARTUP_TIMEOUT' })
  await client.close()
  await told
})

test.each([
  ['fails', { type: 'lifespan.shutdown.failed', message: 'still writing' }, 'still writing'],
  ['is never answered', undefined, 'did not answer lifespan.shutdown within 30000 ms'],
] as const)('a shutdown that %s is told by close', async (_what, answer, message) => {
  const client = testApp(
    dispatch({
      async lifespan(_scope, receive, send) {
        await receive()
        await send({ type: 'lifespan.startup.complete' })
        await receive()
        if (answer !== undefined) await send(answer)
        await new Promise(() => {})
      },
    }),
    { patience: 0 },
  )
  await client.start()
  await expect(client.close()).rejects.toMatchObject({
    code: 'ERR_PAGI_SHUTDOWN_FAILED',
    message: expect.stringContaining(message),
  })
})

test('close ends what is open and waits for the application to clean up', async () => {
  const ends: string[] = []
  const client = testApp(
    dispatch({
      async http(scope, _receive, send) {
        await send(start())
        const reason = await scope['pagi.connection'].disconnected
        await turn()
        ends.push(`http ${reason}`)
      },
      async sse(scope, _receive, send) {
        await send({ type: 'sse.start' })
        ends.push(`sse ${await scope['pagi.connection'].disconnected}`)
      },
      async websocket(scope, receive, send) {
        await receive()
        await send({ type: 'websocket.accept' })
        ends.push(`websocket ${await scope['pagi.connection'].disconnected}`)
      },
    }),
  )
  const exchange = await client.open('/')
  await client.sse('/')
  await client.websocket('/')
  await client.close()
  expect(ends.toSorted()).toEqual([
    'http server_shutdown',
    'sse server_shutdown',
    'websocket server_shutdown',
  ])
  expect((await exchange.response()).complete).toBe(false)
  expect(client.unsettled).toEqual([])
})

test('a response may be finished while the server stops', async () => {
  const door = gate()
  const client = testApp(
    dispatch({
      async http(scope, receive, send) {
        await door.passed
        await say('in time')(scope, receive, send)
      },
    }),
  )
  const exchange = await client.open('/')
  await client.shutdown()
  expect(exchange.connection.isConnected).toBe(true)
  door.open()
  expect((await exchange.response()).text()).toBe('in time')
  await client.close()
})

test('a call that does not return is named by close, and by unsettled before', async () => {
  const door = gate()
  const client = testApp(
    dispatch({
      async http(_scope, _receive, send) {
        await send(start())
        await door.passed
      },
    }),
    { patience: 0 },
  )
  const exchange = await client.open('/stuck')
  exchange.disconnect()
  await turn()
  const calls = ['GET /stuck, which has sent 1 events, the last a http.response.start']
  expect(client.unsettled).toEqual(calls)
  const closing = client.close()
  await expect(closing).rejects.toBeInstanceOf(UnsettledError)
  await expect(closing).rejects.toMatchObject({
    calls,
    message: expect.stringContaining(calls[0] ?? ''),
  })
  door.open()
  await exchange.settled
  expect(client.unsettled).toEqual([])
})

test('a stream or a socket that is left names the call that does not return', async () => {
  const door = gate()
  await using client = testApp(
    dispatch({
      async sse(_scope, _receive, send) {
        await send({ type: 'sse.start' })
        await door.passed
      },
      async websocket(_scope, receive, send) {
        await receive()
        await send({ type: 'websocket.accept' })
        await door.passed
      },
    }),
    { patience: 0 },
  )
  const stream = await client.sse('/events')
  await expect(stream.close()).rejects.toMatchObject({
    calls: ['GET /events, which has sent 1 events, the last a sse.start'],
  })
  const socket = await client.websocket('/chat')
  await expect(socket.leave()).rejects.toMatchObject({
    calls: ['WebSocket /chat, which has sent 1 events, the last a websocket.accept'],
  })
  await expect(socket[Symbol.asyncDispose]()).rejects.toBeInstanceOf(UnsettledError)
  door.open()
})

test('patience is real time, and no longer than it takes', async () => {
  const client = testApp(
    dispatch({
      async http(scope) {
        await scope['pagi.connection'].disconnected
        for (let at = 0; at < 20; at++) await turn() // some work of its own
      },
    }),
    { patience: 20_000 },
  )
  await client.open('/')
  await client.close()
  expect(client.unsettled).toEqual([])
})

test('what the application throws while it serves is in the log', async () => {
  const door = gate()
  await using client = testApp(
    dispatch({
      async lifespan(_scope, receive, send) {
        await receive()
        await send({ type: 'lifespan.startup.complete' })
        await door.passed
        throw new Error('lost the database')
      },
      http: say('still here'),
    }),
  )
  await client.start()
  door.open()
  await turn()
  expect(client.log.at(-1)).toMatchObject({
    level: 'error',
    cause: { message: 'lost the database' },
  })
  expect((await client.get('/')).text()).toBe('still here')
})
