/** `pagi-server`, in a process of its own, with the application that load is put on. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const APP = fileURLToPath(new URL('app.mjs', import.meta.url))

/** What the process holds; bytes, and counts. */
export interface Report {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly arrayBuffers: number
  readonly descriptors: number
  readonly resources: Readonly<Record<string, number>>
  /** Application calls that have not settled. */
  readonly open: number
  /** How scopes have ended: how many for each reason. */
  readonly ends: Readonly<Record<string, number>>
  readonly listeners: number
}

export class LoadServer {
  readonly port: number
  readonly child: ChildProcess
  /** Everything it has written. */
  readonly output: () => string
  readonly ended: Promise<readonly [code: number | null, signal: string | null]>
  readonly #sockets = new Set<Socket>()
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  private constructor(
    child: ChildProcess,
    port: number,
    output: () => string,
    ended: LoadServer['ended'],
  ) {
    this.child = child
    this.port = port
    this.output = output
    this.ended = ended
  }

  /** Starts it; it is ended with the test. */
  static async start(...args: readonly string[]): Promise<LoadServer> {
    const child = spawn(process.execPath, ['--expose-gc', CLI, APP, '--port', '0', ...args], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const ended = once(child, 'close').then(([code, signal]) => [code, signal] as const)
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await ended
    })
    const port = await new Promise<number>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          output += chunk.toString()
          const [, found] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(output) ?? []
          if (found !== undefined) resolve(Number(found))
        })
      void ended.then(() => reject(new Error(`the server did not start: ${output}`)))
    })
    return new LoadServer(child, port, () => output, ended)
  }

  /** One request; all of them over one connection, which is counted wherever connections are. */
  async ask(path: string): Promise<string> {
    const { port } = this
    const asking = request({ port, host: '127.0.0.1', path, agent: this.#agent })
    asking.end()
    const [response] = await once(asking, 'response')
    return await text(response)
  }

  /** After a collection of garbage. */
  async report(): Promise<Report> {
    const report: Report = JSON.parse(await this.ask('/report'))
    return report
  }

  /** Once nothing is left but the connection that asks: closing ones linger for a while. */
  async quiet(): Promise<Report> {
    return await this.settled(({ open, resources }) => {
      const { TCPSocketWrap, Immediate = 0, Timeout = 0 } = resources
      return open === 1 && TCPSocketWrap === 1 && Immediate + Timeout === 0
    })
  }

  /** The first report of which this is so; the test's timeout is the bound. */
  async settled(holds: (report: Report) => boolean): Promise<Report> {
    for (;;) {
      const report = await this.report()
      if (holds(report)) return report
    }
  }

  /** A connection, closed with the test; its errors are nobody's concern. */
  async connect(): Promise<Socket> {
    const socket = connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.setNoDelay(true)
    socket.on('error', () => {})
    if (this.#sockets.size === 0)
      onTestFinished(() => {
        for (const one of this.#sockets) one.destroy()
      })
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    await once(socket, 'connect')
    return socket
  }
}

export const MIB = 1024 * 1024

/** Whether this is `npm run test:load`, and not its small version in `npm test`. */
export const FULL = process.env['PAGI_LOAD'] === 'full'

/** Prints a figure, for whoever has asked for all of the load. */
export function figure(what: string, value: string | number): void {
  if (FULL) console.log(`  ${what}: ${value}`)
}

/** Bytes in words. */
export const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`

/** Runs so many at a time, in order of their numbers. */
export async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, width) }, lane))
}
