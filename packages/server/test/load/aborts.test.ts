// Clients that leave at any moment leave nothing behind.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { FULL, LoadServer, figure, inParallel, mib } from './load-server.ts'

const REQUESTS = FULL ? 100_000 : 200

/** The same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const REQUEST = {
  plain: 'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
  slow: 'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n',
  upload: 'POST /upload HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n0123456789',
  pour: 'GET /pour HTTP/1.1\r\nhost: a\r\n\r\n',
  sse: 'GET / HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n',
  websocket:
    'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
    'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
}

const KINDS = ['plain', 'slow', 'upload', 'pour', 'sse', 'websocket'] as const

const LEAVING: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  (socket) => void socket.resume().end(() => socket.destroySoon()),
]

test(`${REQUESTS} requests, whose clients leave at any moment, leave nothing behind`, async () => {
  const server = await LoadServer.start()
  const random = numbers(20_261_128)
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item =>
    items[random(items.length)] ?? items[0]
  const one = async (): Promise<void> => {
    const socket = await server.connect()
    const request = REQUEST[pick(KINDS)]
    // All of it, part of it, or nothing.
    socket.write(
      request.slice(0, pick([request.length, request.length, random(request.length), 0])),
    )
    const closed = once(socket, 'close')
    const [first = (): void => {}] = LEAVING
    const leave = LEAVING[random(LEAVING.length)] ?? first
    switch (random(3)) {
      case 0:
        await Promise.race([once(socket, 'data'), new Promise(setImmediate)])
        break
      case 1:
        await new Promise(setImmediate)
        break
      default:
    }
    leave(socket)
    // One that ends in good order may be answered without end.
    const timer = setTimeout(() => socket.destroy(), 200)
    await closed
    clearTimeout(timer)
  }
  await inParallel(REQUESTS / 5, 50, one) // what the first use of something keeps
  const before = await server.quiet()
  await inParallel(REQUESTS, 50, one)
  const after = await server.quiet()
  figure('how scopes have ended', JSON.stringify(after.ends))
  figure('heap before and after', `${mib(before.heapUsed)}, ${mib(after.heapUsed)}`)
  expect([after.descriptors, after.listeners]).toEqual([before.descriptors, 0])
  expect(after.resources).toEqual(before.resources)
  expect(after.heapUsed).toBeLessThan(before.heapUsed * 1.1)
  expect(server.output()).not.toMatch(/error\]|nothing caught|nothing handled/)
  expect(await server.ask('/')).toBe('ok')
})
