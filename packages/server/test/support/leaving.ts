import { expect } from 'vitest'
import { eventually } from './apps.ts'
import type { SeenEnd } from './observe-end.ts'
import type { Ending, RawClient } from './raw-client.ts'
import type { Running } from './start.ts'

// A client that leaves, and what its going looks like from the inside (T-ORDER, T-RECV, T-CLOSE 7).

/** It says no more and reads on, it closes its socket, or it resets the connection. */
export const LEAVINGS = ['half-close', 'close', 'RST'] as const
export type Leaving = (typeof LEAVINGS)[number]

export const leave = (client: RawClient, how: Leaving): void => {
  if (how === 'half-close') client.fin()
  else if (how === 'close') client.close()
  else client.reset()
}

export const OBSERVERS = [
  'signal',
  'onDisconnect',
  'onDisconnect again',
  'onEnd',
  'disconnected',
  'ended',
]

export interface Left {
  readonly type: 'http' | 'sse' | 'websocket'
  readonly how: Leaving
  readonly started: boolean
  /** The client had not read all it was sent, so that its system answers a close with a reset. */
  readonly unread?: boolean
}

/** The end a scope must have come to; where sends settle in its order depends on what they wait for. */
export const expectLeft = (seen: SeenEnd, { type, how, started, unread = false }: Left): void => {
  const { disconnectReason: reason = 'none', disconnectDetail: detail, order } = seen
  const reset = how === 'RST' || (how === 'close' && unread)
  expect(reason).toMatch(reset ? /^(client_closed|read_error|write_error)$/ : /^client_closed$/)
  if (reason.endsWith('_error')) expect(detail).toMatch(/^E[A-Z]+$/) // CONN-09
  expect(seen).toMatchObject({
    isConnected: false,
    responseStarted: started,
    responseComplete: false,
    closeCode: type === 'websocket' ? 1006 : undefined,
  })
  expect(order.filter((name) => !name.startsWith('send'))).toEqual([...OBSERVERS, 'receive'])
  const event = {
    http: { type: 'http.disconnect' },
    sse: { type: 'sse.disconnect', reason },
    websocket: { type: 'websocket.disconnect', code: 1006, reason },
  }[type]
  expect([seen.pending, seen.later]).toStrictEqual([event, event])
}

/** A client that leaves is no fault of anybody, and nothing of it stays behind. */
export const expectNoTrace = async ({ server, log }: Running): Promise<void> => {
  await eventually(() => server.stats().connections.open + server.stats().calls === 0)
  const { http, sse, websocket } = server.stats()
  expect([http.open, sse.open, websocket.open]).toEqual([0, 0, 0])
  expect([...log.at('error'), ...log.at('warn')]).toEqual([]) // HTTP-72, HTTP-78
}

export interface Rest {
  readonly bytes: number
  /** The last of them. */
  readonly tail: Buffer
  readonly ending: Ending
}

/** Reads to the end of the connection, and keeps little of it. */
export const drainRest = async (client: RawClient): Promise<Rest> => {
  let bytes = 0
  let tail = Buffer.alloc(0)
  const take = (): void => {
    const piece = client.take(client.pending.byteLength)
    bytes += piece.byteLength
    tail = Buffer.concat([tail, piece.subarray(-16)]).subarray(-16)
  }
  client.socket.on('data', take)
  client.resume()
  const ending = await client.end()
  take()
  return { bytes, tail, ending }
}
