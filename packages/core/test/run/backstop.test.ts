import type { Application } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import { LAST, MORE, START } from '../support/events.ts'
import { turn } from '../support/promises.ts'
import { POST, makeHttp, runApp, startHttp, startSse, startWebSocket } from '../support/runs.ts'

// HTTP-71 to HTTP-78, SSE-25, WS-44: what the server makes of an application that answers nothing.

const isApplication = (value: unknown): value is Application => typeof value === 'function'

/** What plain JavaScript may hand to a server. */
const taken = (value: unknown): Application => {
  if (!isApplication(value)) throw new TypeError('not callable')
  return value
}

const STARTS = [
  ['http', () => startHttp()],
  ['sse', () => startSse()],
  ['websocket', () => startWebSocket()],
] as const

describe.each(STARTS)('%s, settled before any start', (_, start) => {
  test.each(['leave', 'fail'] as const)(
    '%s: a 500, an error line, server_error',
    async (settle) => {
      const scope = start()
      await scope[settle](new Error('bug'))
      const [head, data] = scope.port.commands
      expect(head).toMatchObject({ type: 'head', status: 500, close: true })
      expect(data).toMatchObject({ type: 'data', last: true })
      expect(scope.port.commands).toHaveLength(2)
      expect(scope.connection.disconnectReason).toBe('server_error')
      expect(scope.connection.responseComplete).toBe(false)
      expect(scope.log.at('error')).toHaveLength(1)
    },
  )

  test.each([
    ['the client had gone', 'client_closed'],
    ['after abort', 'app_abort'],
    ['after a shutdown', 'server_shutdown'],
  ] as const)('nothing at all when %s (HTTP-72)', async (why, token) => {
    for (const settle of ['leave', 'fail'] as const) {
      const scope = start()
      if (token === 'client_closed') scope.port.lose()
      else if (token === 'app_abort') scope.connection.abort()
      else scope.run.shutdown('force')
      await scope[settle](new Error(why))
      expect(scope.port.commands.some(({ type }) => type === 'head')).toBe(false)
      expect(scope.connection.disconnectReason).toBe(token)
      expect(scope.connection.responseStarted).toBe(false)
      expect(scope.log.at('error')).toEqual([])
      expect(scope.log.at('warn')).toEqual([])
    }
  })

  test('later sends resolve, whatever they are (CORE-26)', async () => {
    const scope = start()
    await scope.leave()
    const before = scope.asked.length
    await scope.send(START)
    await scope.send({ type: 'no.such.event' })
    await scope.send(undefined)
    expect(scope.asked).toHaveLength(before)
  })
})

test('HEAD gets the head of the 500 alone', async () => {
  const { leave, port } = startHttp({ method: 'HEAD' })
  await leave()
  expect(port.commands.map(({ type }) => type)).toEqual(['head', 'end'])
})

test.each([START, MORE])('an unfinished response is cut, not ended', async (event) => {
  const scope = startHttp()
  await scope.send(START)
  if (event !== START) await scope.send(event)
  await scope.leave()
  expect(scope.asked.at(-1)).toBe('abort')
  expect(scope.port.commands.at(-1)).toEqual({ type: 'abort', cause: 'error' })
  expect(scope.port.commands.some((one) => one.type === 'data' && one.last)).toBe(false)
})

describe('whatever an application does, run resolves', () => {
  const hostile = {
    toString: () => {
      throw new Error('not even a name')
    },
  }
  const unnamed = Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('no message')
    },
  })

  test.each<readonly [string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'text'],
    ['a symbol', Symbol('thrown')],
    ['a bigint', 5n],
    ['an object without a prototype', Object.create(null)],
    ['an object whose toString throws', hostile],
    ['an error whose message throws', unnamed],
    ['an error whose message is a symbol', Object.assign(new Error('x'), { message: Symbol('m') })],
  ])('throwing %s', async (_, thrown) => {
    const scope = startHttp()
    await scope.fail(thrown)
    expect(scope.connection.disconnectReason).toBe('server_error')
    expect(scope.port.body).toMatch(/^500/)
    const started = startHttp()
    await started.send(START)
    await started.fail(thrown)
    expect(started.connection.disconnectReason).toBe('server_error')
  })

  test('throwing at once instead of rejecting', async () => {
    const made = makeHttp()
    await runApp(made, () => {
      throw new Error('sync')
    })
    expect(made.port.body).toMatch(/^500/)
  })

  test('returning something that is no promise, or a value', async () => {
    for (const result of [undefined, 5, { status: 200, body: 'inert' }]) {
      const made = makeHttp()
      await runApp(
        made,
        taken(() => result),
      )
      expect(made.port.body).toMatch(/^500/) // CORE-36: nothing is made of it
    }
  })
})

test('sends called before the application settled are processed before it is judged (CORE-34)', async () => {
  const made = makeHttp()
  made.port.stall()
  const run = runApp(made, async (_, __, send) => {
    void send({ type: 'http.response.start', status: 200 })
    void send({ type: 'http.response.body', body: 'x'.repeat(200), more: true })
    void send({ type: 'http.response.body', body: 'end' })
  })
  await turn()
  expect(made.run.connection.isConnected).toBe(true)
  made.port.drain()
  await run
  expect(made.run.connection.responseComplete).toBe(true)
  expect(made.settings.log.at('error')).toEqual([])
})

test('a failure after the terminal event is logged and un-completes nothing (HTTP-79, HTTP-80)', async () => {
  const scope = startHttp(POST)
  await scope.send(START)
  await scope.send(LAST)
  await scope.fail(new Error('late'))
  expect(scope.connection.responseComplete).toBe(true)
  expect(scope.log.lines).toMatchObject([{ level: 'error', cause: { message: 'late' } }])
})
