import type { Unregister } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import { LAST, START } from '../support/events.ts'
import { loosely } from '../support/loosely.ts'
import { turn } from '../support/promises.ts'
import { startHttp } from '../support/runs.ts'

// Registering with pagi.connection (CONN-12 to CONN-23, binding section 7).

const open = () => {
  const { connection, port, send, log } = startHttp()
  const calls: string[] = []
  const note = (name: string) => () => {
    calls.push(name)
  }
  const complete = async (): Promise<void> => {
    await send(START)
    await send(LAST)
    await turn()
  }
  const lose = async (): Promise<void> => {
    port.lose('read_error', 'ECONNRESET')
    await turn()
  }
  return { connection, calls, note, complete, lose, log }
}

test('onDisconnect and onEnd are given the reason and the detail', async () => {
  const { connection, lose } = open()
  const given: unknown[] = []
  connection.onDisconnect((...args) => given.push(args))
  connection.onEnd((...args) => given.push(args))
  await lose()
  expect(given).toEqual([
    ['read_error', 'ECONNRESET'],
    ['read_error', 'ECONNRESET'],
  ])
})

test('onEnd of a clean end is given nothing, onComplete no arguments', async () => {
  const { connection, complete } = open()
  const given: unknown[] = []
  connection.onEnd((...args) => given.push(args))
  connection.onComplete((...args: readonly unknown[]) => given.push(args))
  await complete()
  expect(given).toEqual([[], [undefined, undefined]])
})

describe.each(['onDisconnect', 'onComplete', 'onEnd'] as const)('%s', (kind) => {
  const fires = (lost: boolean): boolean => kind === 'onEnd' || (kind === 'onDisconnect') === lost

  const ended = async (lost: boolean) => {
    const scope = open()
    await (lost ? scope.lose() : scope.complete())
    return scope
  }

  test.each([true, false])(
    'registered after the end (lost: %o): at once or never',
    async (lost) => {
      const { connection, calls, note } = await ended(lost)
      connection[kind](note('late'))
      expect(calls).toEqual(fires(lost) ? ['late'] : [])
      await turn()
      expect(calls).toEqual(fires(lost) ? ['late'] : [])
    },
  )

  test('the same function registered twice is called twice', async () => {
    const { connection, calls, note, lose, complete } = open()
    const callback = note('called')
    connection[kind](callback)
    connection[kind](callback)
    await (fires(true) ? lose() : complete())
    expect(calls).toEqual(['called', 'called'])
  })

  test('unregistered it is not called; twice is as good as once', async () => {
    const { connection, calls, note, lose, complete } = open()
    const callback = note('called')
    const unregister = connection[kind](callback)
    connection[kind](callback)
    unregister()
    unregister()
    await (fires(true) ? lose() : complete())
    expect(calls).toEqual(['called'])
    unregister()
  })

  test('one that throws or rejects stops nobody, and is logged (CONN-21, CONN-22)', async () => {
    const { connection, calls, note, lose, complete, log } = open()
    loosely(
      connection,
      kind,
    )(() => {
      throw new Error('thrown')
    })
    loosely(
      connection,
      kind,
    )(async () => {
      throw new Error('rejected')
    })
    loosely(
      connection,
      kind,
    )(
      () =>
        // whatever it is asked for, it throws
        new Proxy(
          {},
          {
            has: () => true,
            get: () => {
              throw new Error('then')
            },
          },
        ),
    )
    connection[kind](note('after'))
    await (fires(true) ? lose() : complete())
    expect(calls).toEqual(['after'])
    expect(log.lines.map(({ cause }) => cause)).toEqual([
      new Error('thrown'),
      new Error('then'),
      new Error('rejected'),
    ])
    expect(log.at('error')).toHaveLength(3)
    expect(log.at('error')[0]).toContain(kind)
  })

  test('one may unregister another that has not run yet', async () => {
    const { connection, calls, note, lose, complete } = open()
    const others: Unregister[] = []
    connection[kind](() => {
      calls.push('first')
      for (const other of others) other()
    })
    others.push(connection[kind](note('second')))
    connection[kind](note('third'))
    await (fires(true) ? lose() : complete())
    expect(calls).toEqual(['first', 'third'])
  })

  test('one registered by another during delivery is called at once, and once', async () => {
    const { connection, calls, note, lose, complete } = open()
    connection[kind](() => {
      connection[kind](note('inner'))
      calls.push('outer')
    })
    connection[kind](note('next'))
    await (fires(true) ? lose() : complete())
    expect(calls).toEqual(['inner', 'outer', 'next'])
  })

  test('one registered between the end and its notification joins in, in order', async () => {
    const { connection, calls, note } = open()
    connection[kind](note('before'))
    connection.abort()
    connection[kind](note('between'))
    expect(calls).toEqual([])
    await turn()
    expect(calls).toEqual(fires(true) ? ['before', 'between'] : [])
  })

  test.each([undefined, null, 5, {}])('%o is no callback', (callback) => {
    const { connection } = open()
    expect(() => loosely(connection, kind)(callback)).toThrow(TypeError)
  })
})

describe('signal, disconnected, ended', () => {
  test('are the same object on each access (binding, section 7)', () => {
    const { connection } = open()
    expect(connection.signal).toBe(connection.signal)
    expect(connection.disconnected).toBe(connection.disconnected)
    expect(connection.ended).toBe(connection.ended)
  })

  test('settle with the reason, also when first asked for after the end', async () => {
    for (const early of [true, false]) {
      const { connection, lose } = open()
      if (early) void [connection.signal, connection.disconnected, connection.ended]
      await lose()
      expect(await connection.disconnected).toBe('read_error')
      expect(await connection.ended).toBe('read_error')
      expect(connection.signal.aborted).toBe(true)
      expect(connection.signal.reason).toMatchObject({
        code: 'ERR_PAGI_DISCONNECTED',
        reason: 'read_error',
        detail: 'ECONNRESET',
      })
    }
  })

  test('asked for between the end and its notification settle with it', async () => {
    const { connection } = open()
    connection.abort()
    const { signal } = connection
    expect(signal.aborted).toBe(false)
    expect(await connection.disconnected).toBe('app_abort')
    expect(signal.aborted).toBe(true)
  })

  test('a race that is lost affects nobody (CONN-19)', async () => {
    const { connection, lose, calls, note } = open()
    await Promise.race([connection.disconnected, Promise.resolve('other')])
    connection.onDisconnect(note('still'))
    await lose()
    expect(calls).toEqual(['still'])
  })
})

test('the facts cannot be set', () => {
  const { connection } = open()
  for (const fact of ['isConnected', 'disconnectReason', 'responseStarted', 'signal', 'ended'])
    expect(Reflect.set(connection, fact, 1)).toBe(false)
  expect(connection.isConnected).toBe(true)
})
