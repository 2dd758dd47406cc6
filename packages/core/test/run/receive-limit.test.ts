import { describe, expect, test } from 'vitest'
import { LAST, START } from '../support/events.ts'
import { codeRejected, turn } from '../support/promises.ts'
import { startHttp } from '../support/runs.ts'

describe('the bound of CONN-48', () => {
  const past = async (limit: number, receives: number) => {
    const scope = startHttp({}, { receiveLimit: limit })
    await scope.send(START)
    await scope.send(LAST)
    for (let at = 0; at < receives; at++) await scope.receive()
    return scope
  }

  test.each([1, 3, 100])(
    '%d repeats, then receive rejects, with one line in the log',
    async (limit) => {
      const { receive, log } = await past(limit, limit + 1)
      for (let at = 0; at < 5; at++)
        expect(await codeRejected(receive())).toBe('ERR_PAGI_RECEIVE_LIMIT')
      expect(log.at('warn')).toHaveLength(1)
    },
  )

  test('an ignored one is no unhandled rejection', async () => {
    const { receive } = await past(1, 2)
    void receive()
    await turn()
  })

  test('0 means no bound', async () => {
    const { receive, log } = await past(0, 1000)
    expect(await receive()).toEqual({ type: 'http.disconnect' })
    expect(log.lines).toEqual([])
  })

  test('receives that were pending at the end all resolve, and count', async () => {
    const { receive, connection, log } = startHttp({}, { receiveLimit: 3 })
    await receive()
    const pending = Array.from({ length: 10 }, () => receive())
    connection.abort()
    for (const one of pending) expect(await one).toEqual({ type: 'http.disconnect' })
    expect(await codeRejected(receive())).toBe('ERR_PAGI_RECEIVE_LIMIT')
    expect(await codeRejected(receive())).toBe('ERR_PAGI_RECEIVE_LIMIT')
    expect(log.at('warn')).toHaveLength(1)
  })
})
