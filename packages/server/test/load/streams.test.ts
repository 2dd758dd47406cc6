// Many streams at once: a broadcast reaches all of them, and each sees the right end.
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { FULL, LoadServer, figure, inParallel, mib } from './load-server.ts'

const EACH = FULL ? 2000 : 50

const SSE = 'GET / HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n'
const WEBSOCKET =
  'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
  'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'

/** Close, masked with zeros: 1000. */
const CLOSE = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8])
/** Whether the server has sent the Close of a shutdown: 1012, without a reason or with one. */
function isRestarted(text: string): boolean {
  const at = text.lastIndexOf('\x88')
  return at >= 0 && text.slice(at + 2, at + 4) === '\x03\xf4'
}

class Stream {
  text = ''
  readonly ended: Promise<void>
  readonly #socket: Socket
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1')
      this.#wake()
    })
    this.ended = new Promise((resolve) => {
      socket.on('end', resolve)
      socket.on('close', resolve)
    })
  }

  static async open(server: LoadServer, request: string): Promise<Stream> {
    const socket = await server.connect()
    const stream = new Stream(socket)
    socket.write(request)
    await stream.has('welcome')
    return stream
  }

  async has(text: string): Promise<void> {
    while (!this.text.includes(text))
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  leave(): void {
    this.#socket.end()
  }
}

async function openAll(server: LoadServer): Promise<{ sockets: Stream[]; events: Stream[] }> {
  const sockets: Stream[] = []
  const events: Stream[] = []
  await inParallel(EACH, 50, async () => {
    sockets.push(await Stream.open(server, WEBSOCKET))
    events.push(await Stream.open(server, SSE))
  })
  return { sockets, events }
}

test(`${EACH} WebSockets and ${EACH} event streams, and nothing is left of them`, async () => {
  const server = await LoadServer.start()
  // What a process keeps from the first use of something is no leak.
  for (let round = 0; round < 2; round += 1) await visit(server, round)
  const before = await server.quiet()
  await visit(server, 2)
  const after = await server.quiet()
  figure('descriptors before and after', `${before.descriptors}, ${after.descriptors}`)
  figure('heap before and after', `${mib(before.heapUsed)}, ${mib(after.heapUsed)}`)
  expect(after.descriptors).toBe(before.descriptors)
  expect(after.listeners).toBe(0)
  expect(after.resources).toEqual(before.resources)
  expect(after.heapUsed).toBeLessThan(before.heapUsed * 1.1)
})

/** All come, hear one message, and leave. */
async function visit(server: LoadServer, round: number): Promise<void> {
  const { sockets, events } = await openAll(server)
  const message = `message-${round}`
  expect(await server.ask(`/broadcast=${message}`)).toBe(String(2 * EACH))
  await Promise.all([...sockets, ...events].map((stream) => stream.has(message)))
  for (const socket of sockets) socket.write(CLOSE)
  for (const stream of events) stream.leave()
  await Promise.all([...sockets, ...events].map(({ ended }) => ended))
  for (const socket of sockets) socket.leave()
}

test(`a shutdown ends ${EACH} WebSockets with 1012 and ${EACH} event streams`, async () => {
  const server = await LoadServer.start()
  const { sockets, events } = await openAll(server)
  const began = performance.now()
  server.child.kill('SIGTERM')
  await Promise.all(
    sockets.map(async (socket) => {
      while (!isRestarted(socket.text)) await Promise.race([socket.has('\x88'), socket.ended])
      socket.write(CLOSE)
      socket.leave()
    }),
  )
  for (const stream of events) stream.leave()
  await Promise.all([...sockets, ...events].map(({ ended }) => ended))
  expect(await server.ended).toEqual([0, null])
  figure(`shutdown of ${2 * EACH} streams, in ms`, (performance.now() - began).toFixed(0))
  expect(sockets.filter(({ text }) => !isRestarted(text))).toEqual([])
})
