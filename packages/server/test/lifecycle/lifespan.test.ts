import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createServer, dispatch } from '../../src/index.ts'
import type { Application, LifespanScope, Receive, Send, Server } from '../../src/index.ts'
import { codeOf, gate, nextTurn, respond } from '../support/apps.ts'
import { LogBook, get, start } from '../support/start.ts'

type Lifespan = (
  scope: LifespanScope,
  receive: Receive<'lifespan'>,
  send: Send<'lifespan'>,
) => Promise<void>

const withLifespan = (lifespan: Lifespan): Application =>
  dispatch({ lifespan, http: async (_scope, _receive, send) => respond(send, 'served') })

const make = (lifespan: Lifespan, options: Parameters<typeof createServer>[1] = {}) => {
  const log = new LogBook()
  const server = createServer(withLifespan(lifespan), { port: 0, logger: log, ...options })
  return { server, log }
}

const declined = async (): Promise<void> => {
  throw new Error('no such thing here')
}
const complete: Lifespan = async (_scope, receive, send) => {
  await receive()
  await send({ type: 'lifespan.startup.complete' })
  await receive()
  await send({ type: 'lifespan.shutdown.complete' })
}

test('startup comes before the first connection is accepted, shutdown after the last', async () => {
  const order: string[] = []
  const go = gate()
  const { server } = make(async (scope, receive, send) => {
    order.push(`${scope.type} ${scope.pagi.version} ${scope.pagi.spec_version}`)
    order.push((await receive()).type)
    await go.promise
    order.push(`addresses ${server.addresses().length}`)
    await send({ type: 'lifespan.startup.complete' })
    order.push((await receive()).type)
    await send({ type: 'lifespan.shutdown.complete' })
  })
  const listening = server.listen()
  await nextTurn()
  expect([server.url, server.addresses()]).toEqual(['', []]) // LIFE-05
  go.open()
  expect(await listening).toBe(server)
  const [address] = server.addresses()
  const socket = connect({ host: '127.0.0.1', port: address?.port ?? 0 })
  await once(socket, 'connect')
  socket.end(get('/', 'connection: close'))
  socket.resume()
  await once(socket, 'close')
  await server.close()
  expect(order).toEqual([
    'lifespan 0.5 0.3',
    'lifespan.startup',
    'addresses 0',
    'lifespan.shutdown',
  ])
})

describe('declining', () => {
  test.each([
    ['throws', declined, /no such thing here/],
    ['returns', async () => {}, /returned/],
  ])(
    'an application that %s serves all the same, and is told nothing more',
    async (_how, app, why) => {
      const { log, ask, server } = await start(withLifespan(app))
      expect((await ask(get())).status).toBe(200)
      await server.close()
      expect(log.at('info').join()).toMatch(why) // LIFE-07
      expect(log.at('error')).toEqual([])
    },
  )

  test('the state of a declined lifespan is an empty object', async () => {
    const seen = gate<unknown>()
    const { ask } = await start(
      dispatch({
        lifespan: async ({ state }) => {
          if (state !== undefined) state['left'] = 'over'
        },
        http: async ({ state }, _receive, send) => {
          seen.open(state)
          await respond(send)
        },
      }),
    )
    await ask(get())
    expect(await seen.promise).toEqual({}) // LIFE-19
  })

  test.each([
    ['throws', declined],
    ['returns', async () => {}],
  ])('strict: an application that %s is not started', async (_how, app) => {
    const { server } = make(app, { lifespan: 'strict' })
    expect(await codeOf(server.listen())).toBe('ERR_PAGI_STARTUP_DECLINED')
    expect(server.addresses()).toEqual([])
    await server.close()
  })
})

test.each(['auto', 'strict'] as const)('a failed startup never listens (%s)', async (lifespan) => {
  const { server } = make(
    async (_scope, receive, send) => {
      await receive()
      await send({ type: 'lifespan.startup.failed', message: 'no database' })
    },
    { lifespan },
  )
  await expect(server.listen()).rejects.toMatchObject({
    code: 'ERR_PAGI_STARTUP_FAILED',
    message: expect.stringContaining('no database'),
  }) // LIFE-13
  expect(server.addresses()).toEqual([])
})

test('a startup that is not answered in time fails', async () => {
  const { server } = make(async () => new Promise(() => {}), { startupTimeout: 20 })
  expect(await codeOf(server.listen())).toBe('ERR_PAGI_STARTUP_TIMEOUT') // LIFE-11
  expect(server.addresses()).toEqual([])
})

// An idle event loop would otherwise end the process before the timeout could say why.
test('waiting for an answer keeps the process alive', async () => {
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const seen: number[] = []
  const before = timers()
  const { server } = make(async (_scope, receive, send) => {
    await receive()
    seen.push(timers() - before)
    await send({ type: 'lifespan.startup.complete' })
    await receive()
    seen.push(timers() - before)
    await send({ type: 'lifespan.shutdown.complete' })
  })
  await server.listen()
  await server.close()
  expect(seen.every((count) => count > 0)).toBe(true)
})

test('events out of order, repeated or unknown are refused, and the right one still counts', async () => {
  const codes = gate<readonly (string | undefined)[]>()
  const { server } = make(async (_scope, receive, send) => {
    await receive()
    const seen = [
      await codeOf(send({ type: 'lifespan.shutdown.complete' })),
      await codeOf(send(JSON.parse('{"type":"lifespan.startup.done"}'))),
      await codeOf(send(JSON.parse('{"type":"lifespan.startup.failed","message":7}'))),
    ]
    await send({ type: 'lifespan.startup.complete' })
    seen.push(await codeOf(send({ type: 'lifespan.startup.complete' })))
    codes.open(seen)
    await receive()
    await send({ type: 'lifespan.shutdown.complete' })
  })
  await server.listen()
  await server.close()
  const order = 'ERR_PAGI_EVENT_ORDER'
  expect(await codes.promise).toEqual([
    order,
    'ERR_PAGI_UNKNOWN_EVENT',
    'ERR_PAGI_INVALID_EVENT',
    order,
  ])
})

test('a failure while serving is logged, and serving goes on', async () => {
  const fail = gate()
  const { log, ask, server } = await start(
    withLifespan(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'lifespan.startup.complete' })
      await fail.promise
      throw new Error('the pool broke')
    }),
  )
  fail.open()
  expect((await ask(get())).status).toBe(200)
  expect(log.at('error').join()).toContain('the pool broke') // LIFE-16
  await server.close() // LIFE-17: nobody waits for an answer
})

describe('shutdown', () => {
  const shuttingDown =
    (stop: (send: Send<'lifespan'>) => unknown): Lifespan =>
    async (_scope, receive, send) => {
      await receive()
      await send({ type: 'lifespan.startup.complete' })
      await receive()
      await stop(send)
    }
  const cases: readonly (readonly [
    string,
    (send: Send<'lifespan'>) => unknown,
    string | undefined,
  ])[] = [
    ['complete', (send) => send({ type: 'lifespan.shutdown.complete' }), undefined],
    ['a plain return', () => {}, undefined],
    [
      'failed',
      (send) => send({ type: 'lifespan.shutdown.failed', message: 'flush' }),
      'ERR_PAGI_SHUTDOWN_FAILED',
    ],
    [
      'a throw',
      () => {
        throw new Error('flush')
      },
      'ERR_PAGI_SHUTDOWN_FAILED',
    ],
    ['no answer', () => new Promise(() => {}), 'ERR_PAGI_SHUTDOWN_FAILED'],
  ]
  test.each(cases)('%s', async (_what, stop, code) => {
    const { server } = make(shuttingDown(stop), { shutdownTimeout: 20 })
    await server.listen()
    const closing = server.close()
    expect(await codeOf(closing)).toBe(code) // LIFE-25, LIFE-26
    expect(server.close()).toBe(closing)
    expect(server.addresses()).toEqual([]) // closed all the same
  })
})

const bind = async (server: Server): Promise<unknown> => codeOf(server.listen())

test('a port in use fails the start, after the application was told to shut down', async () => {
  const first = make(complete)
  await first.server.listen()
  const [address] = first.server.addresses()
  const order: string[] = []
  const second = make(
    async (_scope, receive, send) => {
      order.push((await receive()).type)
      await send({ type: 'lifespan.startup.complete' })
      order.push((await receive()).type)
      await send({ type: 'lifespan.shutdown.complete' })
    },
    { port: address?.port },
  )
  expect(await bind(second.server)).toBe('EADDRINUSE')
  expect(order).toEqual(['lifespan.startup', 'lifespan.shutdown'])
  expect([second.server.addresses(), second.server.url]).toEqual([[], ''])
  await second.server.close()
  await first.server.close()
})
