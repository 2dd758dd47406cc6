import { describe, expect, test } from 'vitest'
import { ACCEPT, LAST, SSE_CLOSE, SSE_START, START } from '../support/events.ts'
import { turn, watch } from '../support/promises.ts'
import { Recorder, clean } from '../support/recorder.ts'
import { startHttp, startSse, startWebSocket } from '../support/runs.ts'

// T-ORDER, its last paragraph: the order of a clean end.

describe('the clean end', () => {
  test('of http', async () => {
    const { connection, receive, send } = startHttp()
    const recorder = new Recorder(connection)
    await receive()
    recorder.received('receive', receive())
    await send(START)
    const last = send(LAST)
    expect(connection.isConnected).toBe(false)
    expect(connection.responseComplete).toBe(true)
    expect(recorder.entries).toEqual([])
    recorder.sent('send', last)
    await turn()
    expect(recorder.entries.toSorted()).toEqual(
      [...clean(['receive http.disconnect']), 'send'].toSorted(),
    )
    expect(recorder.entries.slice(0, 3)).toEqual(clean().slice(0, 3))
    expect(connection.disconnectReason).toBeUndefined()
  })

  test('of sse, with its output stalled until later', async () => {
    const { connection, port, receive, send } = startSse()
    const recorder = new Recorder(connection)
    await receive()
    await send(SSE_START)
    port.stall()
    recorder.received('receive', receive())
    await send(SSE_CLOSE)
    await turn()
    expect(connection.isConnected).toBe(true)
    expect(recorder.entries).toEqual([])
    port.drain()
    expect(connection.responseComplete).toBe(true)
    await turn()
    expect(recorder.entries).toEqual(clean(['receive sse.disconnect']))
  })

  test('of websocket', async () => {
    const { connection, port, receive, send } = startWebSocket()
    const recorder = new Recorder(connection)
    await receive()
    await send(ACCEPT)
    recorder.received('receive', receive())
    port.peerClose(1000)
    await turn()
    expect(recorder.entries).toEqual([])
    expect(connection.isConnected).toBe(true)
    port.lose('client_closed')
    expect(connection.responseComplete).toBe(true)
    await turn()
    expect(recorder.entries).toEqual(clean(['receive websocket.disconnect']))
  })

  test('leaves disconnected pending and the signal alone, also when first asked for afterwards', async () => {
    const { connection, send } = startHttp()
    await send(START)
    await send(LAST)
    const disconnected = watch(connection.disconnected)
    await turn()
    expect(disconnected.state).toBe('pending')
    expect(connection.signal.aborted).toBe(false)
    await expect(connection.ended).resolves.toBeUndefined()
  })
})
