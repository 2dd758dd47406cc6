import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, linkSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { activatedDescriptors } from '../../src/node/inherited.ts'
import { Folder } from './support.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

const APP = `export default async (scope, receive, send) => {
  if (scope.type !== 'http') throw new Error('not served')
  const { client, server } = scope
  const left = Object.keys(process.env).filter((name) => name.startsWith('LISTEN_'))
  await send({ type: 'http.response.start', status: 200, headers: [] })
  await send({ type: 'http.response.body', body: JSON.stringify({ client, server, left }) })
}`

let folder: Folder

beforeAll(() => {
  folder = new Folder({ 'app.mjs': APP })
})

afterAll(() => folder.remove())

/** What systemd does: opens sockets, and starts the program with them from descriptor 3 on. */
async function activate(
  sockets: readonly Server[],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{
  readonly output: () => string
  readonly ended: Promise<unknown>
  readonly stop: () => void
}> {
  const descriptors = sockets.map((socket) => {
    const handle: unknown = Reflect.get(socket, '_handle')
    return typeof handle === 'object' && handle !== null ? Number(Reflect.get(handle, 'fd')) : -1
  })
  const child = spawn(
    '/bin/sh',
    ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', process.execPath, CLI, 'app.mjs', ...args],
    {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], LISTEN_FDS: String(sockets.length), ...env },
      stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
    },
  )
  for (const socket of sockets) await leave(socket)
  let output = ''
  const ended = once(child, 'close')
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise<void>((resolve) => {
    void ended.then(() => resolve())
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes('pagi-server ')) resolve()
      })
  })
  return { output: () => output, ended, stop: () => void child.kill('SIGTERM') }
}

async function open(where: { readonly path: string } | { readonly port: 0 }): Promise<Server> {
  const server = createServer()
  server.listen('path' in where ? where : { ...where, host: '127.0.0.1' })
  await once(server, 'listening')
  return server
}

/** From now on only the process it was handed to accepts connections. */
async function leave(server: Server): Promise<void> {
  const address = server.address()
  const path = typeof address === 'string' ? address : undefined
  // Closing removes the file.
  if (path !== undefined) linkSync(path, `${path}.kept`)
  server.close()
  await once(server, 'close')
  if (path !== undefined) renameSync(`${path}.kept`, path)
}

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

// Windows hands over no descriptors.
const handed = (): void => {
  test('those of systemd are listened on where nobody says anything else', async () => {
    const server = await open({ port: 0 })
    const port = portOf(server)
    const { output, ended, stop } = await activate([server], [])
    expect(output()).toContain(`http://127.0.0.1:${port} (`)
    // What the application starts is not told of them.
    expect(await (await fetch(`http://127.0.0.1:${port}`)).json()).toEqual({
      client: ['127.0.0.1', expect.any(Number)],
      server: ['127.0.0.1', port],
      left: [],
    })
    stop()
    expect(await ended).toEqual([0, null])
  })

  test.runIf(process.platform === 'linux')(
    'a Unix socket keeps its path, and its file is left to its owner',
    async () => {
      const place = mkdtempSync(join(tmpdir(), 'pagi-fd-'))
      onTestFinished(() => rmSync(place, { recursive: true }))
      const path = join(place, 'app.sock')
      const { output, ended, stop } = await activate([await open({ path })], ['--listen', 'fd:3'])
      expect(output()).toContain(`unix:${path} (`)
      const socket = connect({ path })
      socket.end('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
      expect(await text(socket)).toMatch(new RegExp(`"server":\\["${path}",null\\]`))
      stop()
      expect(await ended).toEqual([0, null])
      expect(existsSync(path)).toBe(true)
    },
  )

  test('one of several is taken by its name', async () => {
    const [first, second] = [await open({ port: 0 }), await open({ port: 0 })]
    const port = portOf(second)
    const names = { LISTEN_FDNAMES: 'admin:web' }
    const { output } = await activate([first, second], ['--listen', 'systemd:web'], names)
    expect(output()).toContain(`http://127.0.0.1:${port} (`)
  })

  test('where flags say another address, what was handed over is told of', async () => {
    const { output } = await activate([await open({ port: 0 })], ['--port', '0'])
    expect(output()).toContain(
      '[warn] systemd has handed over sockets, which nobody listens on: see --listen systemd',
    )
  })

  test('a descriptor that is no socket is refused', async () => {
    const { output, ended } = await activate([], ['--listen', 'fd:1'])
    expect(await ended).toEqual([4, null])
    expect(output()).toContain('cannot listen on fd:1: it is no socket to listen on (')
  })
}

if (process.platform !== 'win32') describe('sockets opened by whoever started the process', handed)

describe('the variables of systemd', () => {
  const all = { kind: 'systemd', name: undefined } as const
  const named = { kind: 'systemd', name: 'web' } as const
  const right = { LISTEN_PID: '7', LISTEN_FDS: '3', LISTEN_FDNAMES: 'web:admin:web' }

  test('count and names', () => {
    expect(activatedDescriptors(all, right, 7)).toEqual([3, 4, 5])
    expect(activatedDescriptors(named, right, 7)).toEqual([3, 5])
  })

  test.each([
    [all, {}, /^cannot listen on systemd: systemd has handed over no socket \(no LISTEN_PID\)$/],
    [
      all,
      { ...right, LISTEN_PID: '8' },
      /the sockets are for process 8, and this is 7: let systemd/,
    ],
    [all, { ...right, LISTEN_FDS: 'x' }, /there are none: LISTEN_FDS is "x"$/],
    [all, { ...right, LISTEN_FDS: '0' }, /there are none: LISTEN_FDS is "0"$/],
    [
      named,
      { ...right, LISTEN_FDNAMES: 'a:b' },
      /^cannot listen on systemd:web: .*; there are a, b$/,
    ],
    [named, { LISTEN_PID: '7', LISTEN_FDS: '1' }, /; there are none$/],
  ])('%j %j', (address, environment, message) => {
    expect(() => activatedDescriptors(address, environment, 7)).toThrow(message)
  })
})
