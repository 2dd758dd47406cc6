import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import type { Application } from '../../src/index.ts'
import { gate } from '../support/apps.ts'
import { closeFrame, handshake, nextFrame } from '../support/frames.ts'
import { OBSERVERS } from '../support/leaving.ts'
import { endsAsMarkdown, observeEnd } from '../support/observe-end.ts'
import type { Handed, SeenEnd } from '../support/observe-end.ts'
import type { RawClient } from '../support/raw-client.ts'
import { readResponse } from '../support/response.ts'
import { get, start } from '../support/start.ts'

// Every way a scope can end, on every type of scope: the application is told the same facts in the
// same order (T-ORDER, T-END, T-REASON, T-RECV). `print-ends.mjs` prints what was seen as a table.

const TYPES = ['http', 'sse', 'websocket'] as const
type Type = (typeof TYPES)[number]
const CAUSES = ['FIN', 'RST', 'throw', 'return', 'abort', 'shutdown'] as const
type Cause = (typeof CAUSES)[number]
type Moment = 'before the start' | 'after the start'

const REQUEST: Record<Type, string> = {
  http: get(),
  sse: get('/', 'accept: text/event-stream'),
  websocket: handshake(),
}

const seenRows = new Map<string, SeenEnd & { wire: string }>()
const { ENDS_TABLE } = process.env
if (ENDS_TABLE !== undefined) afterAll(() => writeFileSync(ENDS_TABLE, endsAsMarkdown(seenRows)))

const begin = async ({ scope, send }: Handed): Promise<void> => {
  if (scope.type === 'http') {
    await send({ type: 'http.response.start', status: 200 })
    await send({ type: 'http.response.body', body: 'piece', more: true })
  } else if (scope.type === 'sse') {
    await send({ type: 'sse.start' })
    await send({ type: 'sse.send', data: 'piece' })
  } else {
    await send({ type: 'websocket.accept' })
    await send({ type: 'websocket.send', text: 'piece' })
  }
}

const finish = async ({ scope, send }: Handed): Promise<void> => {
  if (scope.type === 'http') await send({ type: 'http.response.body' })
  else if (scope.type === 'sse') await send({ type: 'sse.close', reason: 'not for the client' })
  else await send({ type: 'websocket.close', code: 4000, reason: 'bye' })
}

interface Run {
  readonly seen: SeenEnd
  readonly wire: string
}

const run = async (type: Type, cause: Cause | 'finish', moment: Moment): Promise<Run> => {
  const ready = gate()
  const go = gate()
  const seen = gate<Promise<SeenEnd>>()
  const app: Application = async (scope, receive, send) => {
    if (scope.type === 'lifespan') throw new Error('no lifespan')
    const handed = { scope, receive, send }
    await receive() // the request, or websocket.connect
    if (moment === 'after the start') await begin(handed)
    const ending = observeEnd(handed)
    seen.open(ending)
    ready.open()
    await go.promise
    if (cause === 'throw') throw new Error('it broke')
    if (cause === 'return') return
    if (cause === 'abort') scope['pagi.connection'].abort('enough')
    if (cause === 'finish') await finish(handed)
    await ending
  }
  const { server, connect } = await start(app, { shutdownTimeout: 50 })
  const client = await connect()
  client.write(REQUEST[type])
  await ready.promise
  if (moment === 'after the start') await client.until('piece')
  go.open()
  if (cause === 'FIN') client.fin()
  if (cause === 'RST') client.reset()
  const closed = cause === 'shutdown' ? server.close() : undefined
  const wire = await wireOf(client, type, moment)
  const result = { seen: await seen.promise, wire }
  await closed
  return result
}

/** What the client is sent after this moment, in words. */
const wireOf = async (client: RawClient, type: Type, moment: Moment): Promise<string> => {
  await client.find((bytes, ended) => bytes.byteLength >= 4 || ended || undefined)
  if (moment === 'before the start') {
    const response = client.pending.byteLength > 0 ? await readResponse(client) : undefined
    return `${response?.status ?? 'nothing'}, ${await client.end()}`
  }
  if (type === 'websocket') {
    const close = client.pending.byteLength > 0 ? await nextFrame(client) : 'no frame'
    client.write(closeFrame(1000))
    client.fin()
    return `${close}, ${await client.end()}`
  }
  const whole = await client.find((bytes, ended) =>
    bytes.includes('\r\n0\r\n\r\n') ? 'whole' : ended ? 'cut short' : undefined,
  )
  return whole === 'whole' ? whole : `${whole}, ${await client.end()}`
}

const TOKEN: Record<Cause, RegExp> = {
  FIN: /^client_closed$/,
  RST: /^(client_closed|read_error|write_error)$/,
  throw: /^server_error$/,
  return: /^server_error$/,
  abort: /^app_abort$/,
  shutdown: /^server_shutdown$/,
}
const DETAIL: Partial<Record<Cause, RegExp>> = {
  throw: /it broke/,
  return: /\w/,
  abort: /^enough$/,
  shutdown: /\w/,
}

/** T-RECV, and T-CLOSE 7 and 14 to 18. */
const eventOf = (type: Type, cause: Cause, moment: Moment, reason: string) => {
  if (type === 'http') return { type: 'http.disconnect' }
  if (type === 'sse') return { type: 'sse.disconnect', reason }
  const codes: Partial<Record<Cause, number>> = { throw: 1011, return: 1011, shutdown: 1012 }
  const code = moment === 'after the start' ? (codes[cause] ?? 1006) : 1006
  return { type: 'websocket.disconnect', code, reason }
}

const expectedWire = (type: Type, cause: Cause, moment: Moment): string => {
  const failed = cause === 'throw' || cause === 'return'
  const end = cause === 'RST' || cause === 'abort' ? '(fin|rst)' : 'fin'
  if (moment === 'before the start') return `${failed ? 500 : 'nothing'}, ${end}`
  if (type !== 'websocket') return `cut short, ${end}`
  if (failed) return 'close 1011, fin'
  return cause === 'shutdown' ? 'close 1012, fin' : `no frame, ${end}`
}

describe.each(TYPES)('%s', (type) => {
  for (const moment of ['before the start', 'after the start'] as const)
    test.each(CAUSES)(`%s ${moment}`, async (cause) => {
      const { seen, wire } = await run(type, cause, moment)
      seenRows.set(`${type}: ${cause} ${moment}`, { ...seen, wire })
      const { disconnectReason: reason = '' } = seen
      expect(reason).toMatch(TOKEN[cause])
      expect(seen.disconnectDetail ?? '').toMatch(DETAIL[cause] ?? /^\w*$/)
      expect(seen).toMatchObject({
        isConnected: false,
        // a 500 the server makes counts as a response that started (CONN-10)
        responseStarted: moment === 'after the start' || cause === 'throw' || cause === 'return',
        responseComplete: false,
        closeCode: type === 'websocket' ? 1006 : undefined,
        order: [...OBSERVERS, 'receive'],
        sends: 'resolved', // CORE-26
      })
      expect([seen.pending, seen.later]).toStrictEqual(
        Array.from({ length: 2 }, () => eventOf(type, cause, moment, reason)),
      )
      expect(wire).toMatch(new RegExp(`^${expectedWire(type, cause, moment)}$`))
    })

  test('finish', async () => {
    const { seen, wire } = await run(type, 'finish', 'after the start')
    seenRows.set(`${type}: finish`, { ...seen, wire })
    expect(seen).toMatchObject({
      isConnected: false,
      disconnectReason: undefined,
      disconnectDetail: undefined,
      responseStarted: true,
      responseComplete: true,
      closeCode: type === 'websocket' ? 1000 : undefined,
      order: ['onComplete', 'onEnd', 'ended', 'receive'],
    })
    const end = {
      http: { type: 'http.disconnect' },
      sse: { type: 'sse.disconnect' },
      websocket: { type: 'websocket.disconnect', code: 1000, reason: '' },
    }[type]
    expect([seen.pending, seen.later]).toStrictEqual([end, end])
    expect(seen.sends).not.toBe('resolved') // 1.1: after an own terminal event the tables hold
    expect(wire).toBe(type === 'websocket' ? 'close 4000 bye, fin' : 'whole')
  })
})
