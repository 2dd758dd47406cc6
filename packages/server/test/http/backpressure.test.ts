import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TransportState } from '../../src/index.ts'
import { eventually, gate, http, settled } from '../support/apps.ts'
import { readResponse } from '../support/response.ts'
import { get, start } from '../support/start.ts'

const KB = 1024
const MB = 1024 * KB
const START = { type: 'http.response.start', status: 200 } as const

test('a client that does not read holds the sends back, and one that does gets everything', async () => {
  const piece = Buffer.alloc(64 * KB, 'x')
  const pieces = 512
  let sent = 0
  let transport: TransportState | undefined
  const marks: string[] = []
  const { connect } = await start(
    http(async (scope, _receive, send) => {
      transport = scope['pagi.transport']
      transport?.onHighWater(() => marks.push('high'))
      transport?.onDrain(() => marks.push('low'))
      await send(START)
      for (; sent < pieces; sent++)
        await send({ type: 'http.response.body', body: piece, more: true })
      await send({ type: 'http.response.body' })
    }),
  )
  const client = await connect()
  client.stall()
  client.write(get())
  await eventually(() => marks.includes('high') && sent > 0)
  expect(await settled(() => sent)).toBeLessThan(pieces)
  expect(transport?.bufferedAmount).toBeGreaterThanOrEqual(transport?.highWaterMark ?? 0)
  expect(transport?.bufferedAmount).toBeLessThan(MB) // FLOW-05: one event may overshoot
  expect(marks.at(-1)).toBe('high')
  client.resume()
  const response = await readResponse(client)
  expect([response.complete, response.body.byteLength]).toEqual([true, pieces * piece.byteLength])
  expect(marks).toContain('low')
  expect(transport?.bufferedAmount).toBe(0)
})

test('the marks are the operator’s, and smaller ones hold back sooner', async () => {
  let transport: TransportState | undefined
  const { connect } = await start(
    http(async (scope, _receive, send) => {
      transport = scope['pagi.transport']
      await send(START)
      await send({ type: 'http.response.body' })
    }),
    { writeHighWatermark: '8kb', writeLowWatermark: '2kb' },
  )
  const client = await connect()
  client.write(get())
  await readResponse(client)
  expect([transport?.highWaterMark, transport?.lowWaterMark]).toEqual([8 * KB, 2 * KB])
})

test('a file waits for the client as well, and memory stays bounded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pagi-flow-'))
  const file = join(folder, 'sparse')
  writeFileSync(file, '')
  truncateSync(file, 64 * MB)
  let transport: TransportState | undefined
  const { connect } = await start(
    http(async (scope, _receive, send) => {
      transport = scope['pagi.transport']
      await send(START)
      await send({ type: 'http.response.body', file })
    }),
  )
  const client = await connect()
  client.stall()
  client.write(get())
  await eventually(() => (transport?.bufferedAmount ?? 0) > 0)
  await settled(() => transport?.bufferedAmount ?? 0)
  expect(transport?.bufferedAmount).toBeLessThan(MB) // FLOW-12, HTTP-47
  let received = 0
  client.socket.on('data', () => {
    received += client.take(client.pending.byteLength).byteLength
  })
  client.resume()
  await eventually(() => received > 64 * MB)
  rmSync(folder, { recursive: true })
})

test.each(['fin', 'reset'] as const)(
  'sends that wait for a client are released when it leaves (%s)',
  async (how) => {
    const left = gate<string>()
    let sent = 0
    const { connect } = await start(
      http(async ({ 'pagi.connection': connection }, _receive, send) => {
        await send(START)
        const piece = Buffer.alloc(64 * KB)
        while (connection.isConnected) {
          await send({ type: 'http.response.body', body: piece, more: true })
          sent += 1
        }
        left.open(connection.disconnectReason ?? 'none')
      }),
    )
    const client = await connect()
    client.stall()
    client.write(get())
    await eventually(() => sent > 0)
    await settled(() => sent)
    if (how === 'fin') client.fin()
    else client.reset()
    expect(await left.promise).toMatch(/^(client_closed|read_error|write_error)$/)
  },
)

test('a response whose client vanished before taking it is not complete', async () => {
  const outcome = gate<string>()
  const begun = gate()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, _receive, send) => {
      begun.open()
      connection.onEnd((reason) => outcome.open(reason ?? 'complete'))
      await send(START)
      await send({ type: 'http.response.body', body: Buffer.alloc(64 * MB) }) // more than any buffer
    }),
  )
  const client = await connect()
  client.stall()
  client.write(get())
  await begun.promise
  await settled(() => client.socket.bytesRead)
  client.reset()
  expect(await outcome.promise).toMatch(/^(client_closed|read_error|write_error)$/) // T-END
})

test('bytes that are still on their way when a response is cut short stay as they were', async () => {
  const bytes = Buffer.alloc(16 * MB, 'a')
  const order: string[] = []
  const { port } = await start(
    http(async (_scope, receive, send) => {
      await send(START)
      const sending = send({ type: 'http.response.body', body: bytes, more: true })
      await receive() // over the limit: the response ends here
      order.push('cut')
      await sending
      order.push('settled')
      bytes.fill('b') // they are the application's again
    }),
    { maxBodySize: 10 },
  )
  const client = createConnection({ port, host: '127.0.0.1' })
  client.write(get('/', 'transfer-encoding: chunked').replace('GET', 'POST'))
  client.write('14\r\n01234567890123456789\r\n')
  await eventually(() => order.length > 0)
  let received = 0
  let changed = false
  client.on('data', (chunk: Buffer) => {
    received += chunk.byteLength
    changed ||= chunk.includes('bbbb')
  })
  await once(client, 'close')
  expect([received > MB, changed]).toEqual([true, false])
  expect(order).toEqual(['cut', 'settled'])
})
