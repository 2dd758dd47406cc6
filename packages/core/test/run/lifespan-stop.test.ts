import type { Application } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/memory/clock.ts'
import { LifespanRun } from '../../src/run/lifespan.ts'
import { RecordingLog } from '../support/log.ts'
import { codeRejected, turn, watch } from '../support/promises.ts'

// LIFE-16, LIFE-17, LIFE-25, LIFE-26: what happens after the startup.

const SHUTDOWN = 500
const COMPLETE = { type: 'lifespan.startup.complete' } as const
const STOPPED = { type: 'lifespan.shutdown.complete' } as const

type Rest = (...call: Parameters<Application>) => Promise<void>

/** A server whose application has answered the startup, and does this afterwards. */
const started = async (rest: Rest) => {
  const clock = new ManualClock()
  const log = new RecordingLog()
  const run = new LifespanRun({ clock, log, mode: 'auto', startupTimeout: 1000 })
  await run.start(async (scope, receive, send) => {
    await receive()
    await send(COMPLETE)
    await rest(scope, receive, send)
  })
  await turn()
  return { run, clock, log }
}

describe('shutdown', () => {
  test('sends lifespan.shutdown and waits for its answer', async () => {
    const events: string[] = []
    let answer = (): void => {}
    const { run, clock } = await started(async (_, receive, send) => {
      events.push((await receive()).type)
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      await send(STOPPED)
    })
    const stopping = watch(run.stop(SHUTDOWN))
    await turn()
    expect(events).toEqual(['lifespan.shutdown'])
    expect(stopping.state).toBe('pending')
    answer()
    await turn()
    expect(stopping.state).toBe('resolved')
    expect(clock.pending).toBe(0)
  })

  test('returning counts as complete, also without a look at the event', async () => {
    const { run } = await started(async (_, receive) => {
      await receive()
    })
    await expect(run.stop(SHUTDOWN)).resolves.toBeUndefined()
  })

  test.each<readonly [string, Rest, string]>([
    [
      'shutdown.failed',
      async (_, receive, send) => {
        await receive()
        await send({ type: 'lifespan.shutdown.failed', message: 'disk full' })
      },
      'disk full',
    ],
    [
      'shutdown.failed without a message',
      async (_, receive, send) => {
        await receive()
        await send({ type: 'lifespan.shutdown.failed' })
      },
      '',
    ],
    [
      'a throw after the event',
      async (_, receive) => {
        await receive()
        throw new Error('bug')
      },
      'bug',
    ],
    [
      'a shutdown.failed and a throw',
      async (_, receive, send) => {
        await receive()
        void send({ type: 'lifespan.shutdown.failed', message: 'said' })
        throw new Error('thrown')
      },
      'said',
    ],
  ])('%s fails it (LIFE-26)', async (_, rest, message) => {
    const { run, clock } = await started(rest)
    await expect(run.stop(SHUTDOWN)).rejects.toMatchObject({
      code: 'ERR_PAGI_SHUTDOWN_FAILED',
      message,
    })
    expect(clock.pending).toBe(0)
  })

  test('no answer within the bound fails it (LIFE-25)', async () => {
    const { run, clock } = await started(async () => new Promise(() => {}))
    const stopping = watch(run.stop(SHUTDOWN))
    await turn()
    clock.advance(SHUTDOWN)
    await turn()
    expect(stopping.fate).toMatchObject({ error: { code: 'ERR_PAGI_SHUTDOWN_FAILED' } })
  })

  test('after its event a receive stays pending, and nobody waits for it (T-RECV)', async () => {
    let pending: { readonly state: string } | undefined
    const { run } = await started(async (_, receive, send) => {
      await receive()
      pending = watch(receive())
      await send(STOPPED)
      await new Promise(() => {})
    })
    await run.stop(SHUTDOWN)
    expect(pending?.state).toBe('pending')
  })

  test('an answer after the call has settled is too late (T-LIFE)', async () => {
    let send = (_event: typeof STOPPED): Promise<void> => Promise.resolve()
    const { run } = await started(async (_, receive, given) => {
      send = given
      await receive()
    })
    await run.stop(SHUTDOWN)
    expect(await codeRejected(send(STOPPED))).toBe('ERR_PAGI_EVENT_ORDER')
  })
})

describe('a call that ends while serving', () => {
  test('by returning is owed no shutdown event (LIFE-17)', async () => {
    const { run, log } = await started(async () => {})
    await run.stop(SHUTDOWN)
    expect(log.at('error')).toEqual([])
  })

  test('by failing is logged at error level (LIFE-16), and that is all', async () => {
    const { run, log } = await started(async () => Promise.reject(new Error('bug')))
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { cause: { message: 'bug' } },
    ])
    await run.stop(SHUTDOWN)
  })

  test('cannot send any more', async () => {
    let send = (_event: typeof COMPLETE): Promise<void> => Promise.resolve()
    await started(async (_, __, given) => {
      send = given
    })
    expect(await codeRejected(send(COMPLETE))).toBe('ERR_PAGI_EVENT_ORDER')
  })
})

test('stopping twice, or before the start, sends nothing twice', async () => {
  const events: string[] = []
  const { run } = await started(async (_, receive, send) => {
    events.push((await receive()).type)
    await send(STOPPED)
    events.push((await receive()).type)
  })
  await run.stop(SHUTDOWN)
  await run.stop(SHUTDOWN)
  expect(events).toEqual(['lifespan.shutdown'])
})
