import type { Application, LifespanReceiveEvent, Scope } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/memory/clock.ts'
import { LifespanRun } from '../../src/run/lifespan.ts'
import type { LifespanSettings } from '../../src/run/lifespan.ts'
import { RecordingLog } from '../support/log.ts'
import { codeRejected, turn, watch } from '../support/promises.ts'

// LIFE: startup, decline, shutdown.

const STARTUP = 1000
const SHUTDOWN = 500
const COMPLETE = { type: 'lifespan.startup.complete' } as const
const STOPPED = { type: 'lifespan.shutdown.complete' } as const

const made = (over: Partial<LifespanSettings> = {}) => {
  const clock = new ManualClock()
  const log = new RecordingLog()
  const run = new LifespanRun({ clock, log, mode: 'auto', startupTimeout: STARTUP, ...over })
  return { run, clock, log }
}

/** An application that answers the startup, and does this afterwards. */
const serving =
  (then: (...call: Parameters<Application>) => Promise<void> = async () => {}): Application =>
  async (scope, receive, send) => {
    await receive()
    await send(COMPLETE)
    await then(scope, receive, send)
  }

const keep = (scope: Scope, key: string, value: unknown): void => {
  if (scope.state !== undefined) scope.state[key] = value
}

const answering = serving(async (_, receive, send) => {
  await receive()
  await send(STOPPED)
})

describe('startup', () => {
  test('queues lifespan.startup and waits for its answer (LIFE-05)', async () => {
    const { run, clock } = made()
    let answer = (): void => {}
    const ready = new Promise<void>((resolve) => {
      answer = resolve
    })
    const events: LifespanReceiveEvent['type'][] = []
    const starting = watch(
      run.start(async (_, receive, send) => {
        const { type } = await receive()
        if (type === 'lifespan.startup') events.push(type)
        await ready
        await send(COMPLETE)
        await receive()
      }),
    )
    await turn()
    expect(events).toEqual(['lifespan.startup'])
    expect(starting.state).toBe('pending')
    answer()
    await turn()
    expect(starting.state).toBe('resolved')
    expect(clock.pending).toBe(0)
  })

  test('an answer within the call itself counts too', async () => {
    const { run } = made()
    const starting = watch(
      run.start((_, receive, send) => {
        void send(COMPLETE)
        return receive().then(() => new Promise(() => {}))
      }),
    )
    await turn()
    expect(starting.state).toBe('resolved')
  })

  test('the scope (LIFE-02 to LIFE-04)', async () => {
    const scopes: unknown[] = []
    const app: Application = (scope, receive, send) => {
      scopes.push(scope)
      return answering(scope, receive, send)
    }
    await made().run.start(app)
    await made({ worker: { is_worker: true, worker_num: 2 } }).run.start(app)
    expect(scopes).toEqual([
      { type: 'lifespan', pagi: { version: '0.5', spec_version: '0.3' }, state: {} },
      {
        type: 'lifespan',
        pagi: { version: '0.5', spec_version: '0.3', is_worker: true, worker_num: 2 },
        state: {},
      },
    ])
  })

  test('what the application puts into state is the state of the server', async () => {
    const { run } = made()
    await run.start((scope, receive, send) => {
      keep(scope, 'db', 'open')
      return answering(scope, receive, send)
    })
    expect(run.state).toEqual({ db: 'open' })
  })

  test.each(['auto', 'strict'] as const)(
    '%s: startup.failed is fatal, with its message (LIFE-13)',
    async (mode) => {
      for (const message of ['no database', undefined]) {
        const { run, clock } = made({ mode })
        const failing = run.start(async (_, receive, send) => {
          await receive()
          await send({
            type: 'lifespan.startup.failed',
            ...(message === undefined ? {} : { message }),
          })
        })
        await expect(failing).rejects.toMatchObject({
          code: 'ERR_PAGI_STARTUP_FAILED',
          message: message ?? '',
        })
        expect(clock.pending).toBe(0)
        await run.stop(SHUTDOWN)
      }
    },
  )

  test.each(['auto', 'strict'] as const)(
    '%s: no answer in time is fatal (LIFE-11)',
    async (mode) => {
      const { run, clock } = made({ mode })
      let late = (): Promise<void> => Promise.resolve()
      const starting = watch(
        run.start(async (_, receive, send) => {
          await receive()
          late = () => send(COMPLETE)
          await new Promise(() => {})
        }),
      )
      await turn()
      clock.advance(STARTUP - 1)
      await turn()
      expect(starting.state).toBe('pending')
      clock.advance(1)
      await turn()
      expect(starting.fate).toMatchObject({ error: { code: 'ERR_PAGI_STARTUP_TIMEOUT' } })
      expect(await codeRejected(late())).toBe('ERR_PAGI_EVENT_ORDER')
      expect(run.state).toEqual({})
      expect(clock.pending).toBe(0)
    },
  )
})

describe('a decline (LIFE-06)', () => {
  const DECLINES: readonly (readonly [string, Application, string])[] = [
    ['returning', async () => {}, 'returned'],
    ['throwing', async () => Promise.reject(new Error('no lifespan here')), 'no lifespan here'],
    [
      'throwing at once',
      () => {
        throw new Error('not even async')
      },
      'not even async',
    ],
    ['throwing something odd', async () => Promise.reject(Object.create(null)), 'an object'],
    [
      'returning after the event',
      async (_, receive) => {
        await receive()
      },
      'returned',
    ],
  ]

  test.each(DECLINES)(
    'by %s: serving goes on, an info line, no shutdown event',
    async (_, app, why) => {
      const { run, clock, log } = made()
      await run.start((scope, ...rest) => {
        keep(scope, 'left', 'behind')
        return app(scope, ...rest)
      })
      expect(log.at('info')).toEqual([expect.stringContaining(why)])
      expect(log.at('error')).toEqual([])
      expect(run.state).toEqual({}) // LIFE-19
      await run.stop(SHUTDOWN)
      expect(clock.pending).toBe(0)
    },
  )

  test.each(DECLINES)('by %s in strict mode is fatal (LIFE-09)', async (_, app, why) => {
    const { run, log } = made({ mode: 'strict' })
    await expect(run.start(app)).rejects.toMatchObject({ code: 'ERR_PAGI_STARTUP_DECLINED' })
    await expect(made({ mode: 'strict' }).run.start(app)).rejects.toThrow(why)
    expect(log.at('info')).toEqual([])
  })

  test('a failure after startup.failed was sent is not told as well', async () => {
    const { run, log } = made()
    const starting = run.start(async (_, __, send) => {
      await send({ type: 'lifespan.startup.failed', message: 'first' })
      throw new Error('second')
    })
    await expect(starting).rejects.toThrow('first')
    await turn()
    expect(log.at('error')).toEqual([])
    expect(log.at('info')).toEqual([])
  })
})

describe('wrong events (LIFE-18)', () => {
  test('reject, are logged, and the application may go on', async () => {
    const { run, log } = made()
    const codes: unknown[] = []
    await run.start(async (_, receive, send) => {
      for (const event of [
        { type: 'lifespan.shutdown.complete' },
        { type: 'http.response.start', status: 200 },
        { type: 'lifespan.startup.failed', message: 5 },
        undefined,
      ])
        codes.push(await codeRejected(loose(send)(event)))
      await send(COMPLETE)
      codes.push(await codeRejected(send(COMPLETE)))
      await receive()
    })
    await turn()
    expect(codes).toEqual([
      'ERR_PAGI_EVENT_ORDER',
      'ERR_PAGI_UNKNOWN_EVENT',
      'ERR_PAGI_INVALID_EVENT',
      'ERR_PAGI_INVALID_EVENT',
      'ERR_PAGI_EVENT_ORDER',
    ])
    expect(log.lines.filter(({ message }) => message.includes('rejected'))).toHaveLength(5)
  })

  const loose =
    (send: (event: typeof COMPLETE) => Promise<void>) =>
    (event: unknown): Promise<void> => {
      const given: Promise<void> = Reflect.apply(send, undefined, [event])
      return given
    }
})
