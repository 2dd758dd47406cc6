import { describe, expect, test } from 'vitest'
import { ACCEPT, BINARY, CLOSE, TEXT, bytes } from '../support/events.ts'
import { codeRejected, turn, watch } from '../support/promises.ts'
import { startWebSocket } from '../support/runs.ts'
import type { StartedWebSocket } from '../support/runs.ts'

// What passes through an accepted socket, and the flow control of its inbound queue (WS-36).

const accepted = async (
  over: Parameters<typeof startWebSocket>[1] = {},
): Promise<StartedWebSocket> => {
  const scope = startWebSocket({}, over)
  await scope.receive() // websocket.connect
  await scope.send(ACCEPT)
  return scope
}

test('the first event is websocket.connect (WS-08), and nothing is sent before the answer (WS-01)', async () => {
  const { receive, asked } = startWebSocket()
  expect(await receive()).toEqual({ type: 'websocket.connect' })
  const next = watch(receive())
  await turn()
  expect(next.state).toBe('pending')
  expect(asked).toEqual([])
})

describe('accept (WS-10, WS-11)', () => {
  test('carries the subprotocol and the headers, without connection-level ones', async () => {
    const { send, port } = startWebSocket()
    const headers = [
      ['x-mine', '1'],
      ['connection', 'close'],
      ['set-cookie', 'a=b'],
    ]
    await send({ type: 'websocket.accept', subprotocol: 'chat', headers })
    expect(port.commands).toEqual([
      {
        type: 'accept',
        subprotocol: 'chat',
        headers: [
          ['x-mine', '1'],
          ['set-cookie', 'a=b'],
        ],
      },
    ])
  })

  test.each([
    [{ subprotocol: 'mail' }, 'ERR_PAGI_INVALID_EVENT'],
    [{ subprotocol: '' }, 'ERR_PAGI_INVALID_EVENT'],
    [{ headers: [['sec-websocket-protocol', 'chat']] }, 'ERR_PAGI_INVALID_HEADER'],
    [{ headers: [['sec-websocket-extensions', 'x']] }, 'ERR_PAGI_INVALID_HEADER'],
    [{ headers: [['content-length', '0']] }, 'ERR_PAGI_INVALID_HEADER'],
  ])('with %o rejects, and the choice is open still', async (fields, code) => {
    const { send, connection, asked } = startWebSocket()
    expect(await codeRejected(send({ type: 'websocket.accept', ...fields }))).toBe(code)
    expect(asked).toEqual([])
    expect(connection.responseStarted).toBe(false)
    await send(ACCEPT)
  })
})

test('messages out: text, bytes, and text as bytes', async () => {
  const { send, port } = await accepted()
  await send(TEXT)
  await send(BINARY)
  await send({ type: 'websocket.send', bytes: 'ü' })
  await send({ type: 'websocket.send', text: '' })
  expect(port.commands.slice(1)).toEqual([
    { type: 'text', text: 'hello' },
    { type: 'binary', bytes: BINARY.bytes, owned: false },
    { type: 'binary', bytes: bytes('ü'), owned: true },
    { type: 'text', text: '' },
  ])
})

test('messages in: exactly one of text and bytes, the other key absent (WS-12)', async () => {
  const { receive, port } = await accepted()
  port.message('text')
  port.message(bytes('bytes'))
  port.message('')
  expect(await receive()).toStrictEqual({ type: 'websocket.receive', text: 'text' })
  expect(await receive()).toStrictEqual({ type: 'websocket.receive', bytes: bytes('bytes') })
  expect(await receive()).toStrictEqual({ type: 'websocket.receive', text: '' })
})

describe('the inbound queue (WS-36)', () => {
  test('reading pauses well before the limit, and goes on when the queue is taken', async () => {
    const { receive, port } = await accepted() // the limit is 8
    for (let at = 0; at < 3; at++) port.message(`${at}`)
    expect(port.paused).toBe(false)
    port.message('3')
    expect(port.paused).toBe(true)
    await receive()
    expect(port.paused).toBe(true)
    await receive()
    await receive()
    expect(port.paused).toBe(false)
    port.message('4')
    for (const text of ['3', '4']) expect(await receive()).toMatchObject({ text })
  })

  test('by weight too', async () => {
    const { receive, port } = await accepted() // pauses at 1000
    port.message('x'.repeat(999))
    expect(port.paused).toBe(false)
    port.message(new Uint8Array(1))
    expect(port.paused).toBe(true)
    await receive()
    expect(port.paused).toBe(false)
  })

  test('only a peer that ignores it meets the limit: 1008, and what was queued is kept', async () => {
    const { receive, port, connection } = await accepted()
    for (let at = 0; at < 8; at++) port.message(`${at}`)
    expect(connection.isConnected).toBe(true)
    port.message('8')
    expect(connection.disconnectReason).toBe('queue_overflow')
    expect(connection.disconnectDetail).toContain('8')
    for (let at = 0; at < 8; at++) expect(await receive()).toMatchObject({ text: `${at}` })
    expect(await receive()).toMatchObject({ type: 'websocket.disconnect', code: 1008 })
  })

  test('one taken while it is waited for never fills it', async () => {
    const { receive, port, connection } = await accepted({ maxReceiveQueue: 1 })
    for (let at = 0; at < 5; at++) {
      const receiving = receive()
      port.message(`${at}`)
      expect(await receiving).toMatchObject({ text: `${at}` })
    }
    expect(connection.isConnected).toBe(true)
  })
})

describe('backpressure', () => {
  test('a message above the high mark waits for the drain (FLOW-05)', async () => {
    const { send, port } = await accepted()
    port.stall()
    const sent = watch(send({ type: 'websocket.send', text: 'ü'.repeat(50) }))
    await turn()
    expect(port.bufferedAmount).toBe(100)
    expect(sent.state).toBe('pending')
    port.drain(61)
    await turn()
    expect(sent.state).toBe('resolved')
  })

  test('and is let go when the peer has closed and gone', async () => {
    const { send, port, connection } = await accepted()
    port.stall()
    const sent = watch(send({ type: 'websocket.send', text: 'x'.repeat(500) }))
    port.peerClose(1000)
    await turn()
    expect(sent.state).toBe('pending')
    port.lose()
    await turn()
    expect(sent.state).toBe('resolved')
    expect(connection.responseComplete).toBe(true)
  })
})

describe('http.fullflush, where it is advertised (EXT-03, AMB-17)', () => {
  test('flushes while accepted, and is forgotten after the peer’s Close', async () => {
    const { send, port, asked } = await accepted({ fullflush: true })
    await send({ type: 'http.fullflush' })
    expect(asked).toEqual(['accept', 'flush'])
    port.peerClose(1000)
    await send({ type: 'http.fullflush' })
    expect(asked.filter((type) => type === 'flush')).toHaveLength(1)
    await send(CLOSE)
    expect(await codeRejected(send({ type: 'http.fullflush' }))).toBe('ERR_PAGI_EVENT_ORDER')
  })

  test('is unknown where it is not', async () => {
    const { send } = await accepted()
    expect(await codeRejected(send({ type: 'http.fullflush' }))).toBe('ERR_PAGI_UNKNOWN_EVENT')
  })
})
