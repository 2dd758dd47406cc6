// Large bodies in flat memory, up and down, and a client that takes nothing.
import { once } from 'node:events'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FULL, LoadServer, MIB, figure, mib } from './load-server.ts'

const SIZE = (FULL ? 1024 : 96) * MIB
const ALLOWED = 64 * MIB

/** The most memory the server has while something is going on, above what it had before. */
async function extraMemory(server: LoadServer, work: () => Promise<void>): Promise<number> {
  await server.ask('/file=/dev/null')
  const { rss } = await server.report()
  let most = rss
  const over = new AbortController()
  const watch = async ({ signal }: AbortController): Promise<void> => {
    while (!signal.aborted) most = Math.max(most, Number(await server.ask('/rss')))
  }
  const watching = watch(over)
  await work()
  over.abort()
  await watching
  return most - rss
}

async function upload(server: LoadServer): Promise<string> {
  const socket = await server.connect()
  const piece = Buffer.alloc(MIB, 'x')
  socket.write(
    `POST /upload HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${SIZE}\r\n\r\n`,
  )
  for (let sent = 0; sent < SIZE; sent += piece.byteLength)
    if (!socket.write(piece)) await once(socket, 'drain')
  return await textOf(socket)
}

async function textOf(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  await once(socket, 'end')
  return text
}

async function download(server: LoadServer, file: string): Promise<number> {
  const socket = await server.connect()
  let received = 0
  socket.on('data', (chunk: Buffer) => {
    received += chunk.byteLength
  })
  socket.write(`GET /file=${file} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
  await once(socket, 'end')
  return received
}

test(`an upload of ${mib(SIZE)} in flat memory`, async () => {
  const server = await LoadServer.start('--max-body-size', '0')
  const extra = await extraMemory(server, async () => {
    expect(await upload(server)).toMatch(new RegExp(`\\r\\n\\r\\n${SIZE}$`))
  })
  figure('memory beyond that before the upload', mib(extra))
  expect(extra).toBeLessThan(ALLOWED)
})

test(`a file of ${mib(SIZE)} in flat memory`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pagi-load-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'sparse')
  writeFileSync(file, '')
  truncateSync(file, SIZE)
  const server = await LoadServer.start()
  const extra = await extraMemory(server, async () => {
    expect(await download(server, file)).toBeGreaterThan(SIZE)
  })
  figure('memory beyond that before the download', mib(extra))
  expect(extra).toBeLessThan(ALLOWED)
})

test('clients that take nothing hold little memory, and are given up', async () => {
  const clients = FULL ? 200 : 20
  const server = await LoadServer.start('--write-timeout', FULL ? '5s' : '500ms')
  const extra = await extraMemory(server, async () => {
    for (let count = 0; count < clients; count += 1) {
      const socket = await server.connect()
      socket.pause()
      socket.write('GET /pour HTTP/1.1\r\nhost: a\r\n\r\n')
    }
    await server.settled(({ ends }) => ends['write_timeout'] === clients)
  })
  figure(`memory of ${clients} clients that take nothing`, mib(extra))
  expect(extra).toBeLessThan(ALLOWED)
  expect((await server.settled(({ open }) => open === 1)).ends['write_timeout']).toBe(clients)
})
