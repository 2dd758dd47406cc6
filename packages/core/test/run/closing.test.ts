import { describe, expect, test } from 'vitest'
import { LAST, REFUSE } from '../support/events.ts'
import { turn } from '../support/promises.ts'
import { CLOSE_TIMEOUT, startWebSocket } from '../support/runs.ts'
import type { StartedWebSocket } from '../support/runs.ts'
import { ROWS } from './t-close.ts'

// T-CLOSE, row by row: what is written, what websocket.disconnect says, what pagi.connection says.

const started = async (before: readonly unknown[]): Promise<StartedWebSocket> => {
  const scope = startWebSocket()
  await scope.receive() // websocket.connect
  for (const event of before) await scope.send(event)
  return scope
}

const framesOf = ({ port }: StartedWebSocket) =>
  port.commands.flatMap((command) => (command.type === 'close' ? [command.code] : []))

describe.each(ROWS)('T-CLOSE $row: $what', ({ row, before, ending, frames, told }) => {
  test('facts, frames and event', async () => {
    const scope = await started(before)
    // With a receive pending the queue of row 12 would not fill.
    const pending = row === 12 ? undefined : scope.receive()
    await ending(scope)
    await turn()
    const { connection } = scope
    expect(connection.isConnected).toBe(false)
    expect(connection.disconnectReason).toBe(told.token)
    expect(connection.responseComplete).toBe(told.token === undefined)
    expect(connection.closeCode).toBe(told.closeCode)
    expect(connection.closeReason).toBe(told.closeReason)
    expect(framesOf(scope)).toEqual(frames)
    const end = { type: 'websocket.disconnect', code: told.code, reason: told.reason }
    if (pending === undefined)
      for (let at = 0; at < 8; at++) expect(await scope.receive()).toMatchObject({ text: 'x' })
    else expect(await pending).toEqual(end)
    expect(await scope.receive()).toEqual(end)
    expect(await scope.receive()).toEqual(end)
  })

  test('every wait is bounded, and no timer is left', async () => {
    const scope = await started(before)
    await ending(scope)
    await turn()
    const aborts = () => scope.asked.filter((type) => type === 'abort').length
    expect(scope.clock.pending).toBeLessThanOrEqual(1)
    scope.clock.advance(CLOSE_TIMEOUT)
    expect(scope.clock.pending).toBe(0)
    expect(aborts()).toBeLessThanOrEqual(1)
    expect(scope.connection.disconnectReason).toBe(told.token)
  })
})

test('19 rows of T-CLOSE are under test here, and row 20 below', () => {
  const rows = [...new Set(ROWS.map(({ row }) => row))]
  expect(rows).toEqual(Array.from({ length: 19 }, (_, at) => at + 1))
})

describe('T-CLOSE 20: a completed refusal', () => {
  test('is a clean end with an advisory 1006 and no event of its own', async () => {
    const scope = await started([REFUSE, LAST])
    await turn()
    const { connection, receive } = scope
    expect(connection.responseComplete).toBe(true)
    expect(connection.disconnectReason).toBeUndefined()
    expect(connection.closeCode).toBe(1006)
    expect(connection.closeReason).toBeUndefined()
    expect(await receive()).toEqual({ type: 'http.disconnect' })
    expect(framesOf(scope)).toEqual([])
    expect(scope.clock.pending).toBe(0)
  })
})
