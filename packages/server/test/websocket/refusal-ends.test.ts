import { expect, test } from 'vitest'
import { UnsupportedScopeError } from '../../src/index.ts'
import { gate } from '../support/apps.ts'
import { handshake } from '../support/frames.ts'
import { observeEnd } from '../support/observe-end.ts'
import type { Handed, SeenEnd } from '../support/observe-end.ts'
import { readHead, readResponse, textOf } from '../support/response.ts'
import { start } from '../support/start.ts'

// A handshake that is not accepted: T-CLOSE 17, 19 and 20.

const refusing = async (how: (handed: Handed) => unknown) => {
  const seen = gate<Promise<SeenEnd>>()
  const running = await start(async (scope, receive, send) => {
    if (scope.type !== 'websocket') throw new UnsupportedScopeError(scope)
    await receive()
    await send({ type: 'http.response.start', status: 403 })
    const handed = { scope, receive, send }
    const ending = observeEnd(handed)
    seen.open(ending)
    await how(handed)
  })
  const client = await running.connect()
  client.write(handshake())
  return { ...running, client, seen }
}

test('17: the peer leaves in the middle of a refusal', async () => {
  const { client, seen, log } = await refusing(async ({ scope }) => scope['pagi.connection'].ended)
  await readHead(client)
  client.fin()
  const end = await seen.promise
  expect(end.pending).toEqual({
    type: 'websocket.disconnect',
    code: 1006,
    reason: 'client_closed',
  })
  expect([end.responseStarted, end.closeCode]).toEqual([true, 1006])
  expect(log.at('error')).toEqual([])
})

test('19: a refusal left incomplete is cut short', async () => {
  const { client, seen, log } = await refusing(({ send }) =>
    send({ type: 'http.response.body', body: 'half', more: true }),
  )
  const response = await readResponse(client)
  expect([response.status, textOf(response), response.complete]).toEqual([403, 'half', false])
  const end = await seen.promise
  expect(end.pending).toEqual({
    type: 'websocket.disconnect',
    code: 1006,
    reason: 'server_error',
  })
  expect(end.order).toContain('onDisconnect')
  expect(log.at('error')).toHaveLength(1)
})

test('20: a completed refusal is a clean end without an event of its own', async () => {
  const { client, seen, log } = await refusing(({ send }) =>
    send({ type: 'http.response.body', body: 'no' }),
  )
  expect(textOf(await readResponse(client))).toBe('no')
  expect(await client.end()).toBe('fin')
  const end = await seen.promise
  expect(end.order).toEqual(['onComplete', 'onEnd', 'ended', 'receive'])
  expect([end.pending, end.later]).toEqual([
    { type: 'http.disconnect' },
    { type: 'http.disconnect' },
  ])
  expect(log.at('error')).toEqual([])
})
