import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { serve } from '../../src/index.ts'
import type { Server, ServerOptions } from '../../src/index.ts'
import { eventually, gate, http, respond } from '../support/apps.ts'
import { RawClient } from '../support/raw-client.ts'
import { readResponse, textOf } from '../support/response.ts'
import { get, LogBook, start } from '../support/start.ts'

let folder = ''
let path = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pagi-s-'))
  path = join(folder, 'app.sock')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const ends = http(async ({ client, server }, _receive, send) =>
  respond(send, JSON.stringify({ client, server })),
)

async function listen(options: ServerOptions = {}): Promise<Server> {
  const { server } = await start(ends, { port: undefined, socket: path, ...options })
  return server
}

async function reach(at = path): Promise<RawClient> {
  const socket: Socket = connect({ path: at })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return new RawClient(socket)
}

async function ask(at = path): Promise<unknown> {
  const client = await reach(at)
  client.write(get())
  return JSON.parse(textOf(await readResponse(client)))
}

/** The socket of a process that was killed. */
async function leaveStale(): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

// Windows has named pipes instead of all this.
const unixSocket = (): void => {
  test('serves, without a client address, and is removed at the end', async () => {
    const server = await listen()
    expect([server.url, server.addresses()]).toEqual([`unix:${path}`, [{ path }]])
    expect(await ask()).toEqual({ server: [path, null] }) // HTTP-11, HTTP-12
    expect(readdirSync(folder)).toEqual(['app.sock'])
    await server.close()
    expect(readdirSync(folder)).toEqual([])
  })

  test('beside a port: the url is that of the port', async () => {
    const server = await listen({ socket: undefined, listen: [`unix:${path}`, '127.0.0.1:0'] })
    expect(server.url).toMatch(/^http:/)
    expect(await ask()).toEqual({ server: [path, null] })
    expect((await fetch(server.url)).status).toBe(200)
  })

  test.each([
    [undefined, 0o660],
    [0o600, 0o600],
    ['0666', 0o666],
  ])('has the permissions asked for: %j', async (socketMode, mode) => {
    const before = process.umask(0o077)
    onTestFinished(() => void process.umask(before))
    await listen({ socketMode })
    expect(lstatSync(path).mode & 0o777).toBe(mode)
  })

  test('what a server that is gone has left is replaced', async () => {
    await leaveStale()
    expect(lstatSync(path).isSocket()).toBe(true)
    const server = await listen()
    expect(await ask()).toEqual({ server: [path, null] })
    expect(readdirSync(folder)).toEqual(['app.sock'])
    await server.close()
  })

  test('that of a live server is never taken, nor harmed', async () => {
    const first = await listen()
    await expect(listen()).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `cannot listen on unix:${path}: another server listens there`,
    })
    expect(await ask()).toEqual({ server: [path, null] })
    expect(readdirSync(folder)).toEqual(['app.sock'])
    await first.close()
  })

  test('of two that start at once one wins, and serves', async () => {
    await leaveStale()
    const logger = new LogBook()
    const both = await Promise.allSettled(
      [0, 1].map(() => serve(ends, { socket: path, logger, shutdownTimeout: 500 })),
    )
    const won = both.filter((one) => one.status === 'fulfilled').map(({ value }) => value)
    expect(won).toHaveLength(1)
    expect(await ask()).toEqual({ server: [path, null] })
    expect(readdirSync(folder)).toEqual(['app.sock'])
    await won[0]?.close()
  })

  test('a file that is no socket stays as it is', async () => {
    writeFileSync(path, 'precious')
    await expect(listen()).rejects.toMatchObject({
      code: 'EEXIST',
      message: `cannot listen on unix:${path}: what is there is no socket, so it stays`,
    })
    expect(lstatSync(path).size).toBe(8)
    expect(readdirSync(folder)).toEqual(['app.sock'])
  })

  test('at the end only its own file is removed', async () => {
    const first = await listen()
    renameSync(path, `${path}.old`)
    const second = createServer()
    second.listen(path)
    await once(second, 'listening')
    await first.close()
    expect(existsSync(path)).toBe(true)
    second.close()
    await once(second, 'close')
  })

  test('a folder that does not exist, or takes no files, is named', async () => {
    const missing = join(folder, 'none', 'app.sock')
    await expect(listen({ socket: missing })).rejects.toMatchObject({
      code: 'ENOENT',
      message: `cannot listen on unix:${missing}: the folder ${join(folder, 'none')} does not exist`,
    })
    writeFileSync(join(folder, 'file'), '')
    await expect(listen({ socket: join(folder, 'file', 'app.sock') })).rejects.toMatchObject({
      code: 'ENOTDIR',
    })
    if (process.getuid?.() === 0) return // root may write anywhere
    chmodSync(folder, 0o500)
    await expect(listen()).rejects.toMatchObject({ code: 'EACCES' })
  })

  test('a path that is too long is told of, as the system would cut it', async () => {
    const long = join(folder, 'x'.repeat(120))
    await expect(listen({ socket: long })).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
      message: expect.stringMatching(/the path has \d+ bytes, and a socket has room for 10[37]$/),
    })
  })

  test('the longest path there can be, and the shortest name', async () => {
    const most = process.platform === 'linux' ? 107 : 103
    path = join(folder, 'x'.repeat(most - Buffer.byteLength(folder) - 1))
    await listen()
    expect(await ask()).toEqual({ server: [path, null] })
    path = join(folder, 'x')
    await listen()
    expect(await ask()).toEqual({ server: [path, null] })
  })

  test('a client that is connected is served to the end of the close', async () => {
    const server = await listen()
    const client = await reach()
    client.write(get())
    await readResponse(client)
    await server.close()
    expect(await client.end()).toBe('fin')
  })
}

const namedPipe = (): void => {
  test('serves', async () => {
    path = String.raw`\\.\pipe\pagi-test-` + process.pid
    await listen()
    expect(await ask()).toEqual({ server: [path, null] })
  })

  test('a path that is none is refused', async () => {
    await expect(listen()).rejects.toThrow('on Windows it is a named pipe')
  })
}

if (process.platform === 'win32') describe('a named pipe', namedPipe)
else describe('a Unix socket', unixSocket)

// HTTP-75: no reset can be sent here, and proxies ask with HTTP/1.0.
test.each(['leaves', 'is left alone'] as const)(
  'a close-delimited response whose client %s is cut by closing',
  async (how) => {
    const ended = gate<string | undefined>()
    const { server } = await start(
      http(async ({ 'pagi.connection': connection }, _receive, send) => {
        connection.onEnd(ended.open)
        await send({ type: 'http.response.start', status: 200 })
        await send({ type: 'http.response.body', body: 'piece', more: true })
        if (how === 'leaves') await connection.ended
      }),
      { port: undefined, socket: path },
    )
    const client = await reach()
    client.write('GET / HTTP/1.0\r\n\r\n')
    if (how === 'leaves') {
      await client.until('piece')
      client.fin()
    }
    expect(await client.end()).toBe('fin')
    expect(await ended.promise).toBe(how === 'leaves' ? 'client_closed' : 'server_error')
    await eventually(() => server.stats().connections.open === 0)
  },
)
