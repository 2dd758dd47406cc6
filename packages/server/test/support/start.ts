import { onTestFinished } from 'vitest'
import { createServer } from '../../src/index.ts'
import type { Application, Logger, Server, ServerOptions } from '../../src/index.ts'
import { connectTo } from './raw-client.ts'
import type { RawClient } from './raw-client.ts'
import { readResponse } from './response.ts'
import type { WireResponse } from './response.ts'

/** A logger that keeps its lines, each with its level in front. */
export class LogBook implements Logger {
  readonly lines: string[] = []
  readonly error = (message: string): void => this.#keep('error', message)
  readonly warn = (message: string): void => this.#keep('warn', message)
  readonly info = (message: string): void => this.#keep('info', message)
  readonly debug = (message: string): void => this.#keep('debug', message)

  /** The first line of each message of one level. */
  at(level: 'error' | 'warn' | 'info' | 'debug'): readonly string[] {
    const front = `${level}: `
    return this.lines
      .filter((line) => line.startsWith(front))
      .map((line) => line.slice(front.length).split('\n')[0] ?? '')
  }

  #keep(level: string, message: string): void {
    this.lines.push(`${level}: ${message}`)
  }
}

export interface Running {
  readonly server: Server
  readonly port: number
  readonly log: LogBook
  readonly connect: () => Promise<RawClient>
  /** One request on a connection of its own: its bytes, and the whole response. */
  readonly ask: (request: string) => Promise<WireResponse>
}

/** Serves an application on a free port of loopback until the test is over. */
export const start = async (app: Application, options: ServerOptions = {}): Promise<Running> => {
  const log = new LogBook()
  const server = createServer(app, {
    port: 0,
    logger: log,
    logLevel: 'debug',
    shutdownTimeout: 2000,
    ...options,
  })
  onTestFinished(async () => {
    server.terminate()
    await server.close().catch(() => {})
  })
  await server.listen()
  const port = server.addresses()[0]?.port ?? 0
  return {
    server,
    port,
    log,
    connect: () => connectTo(port),
    ask: async (request) => {
      const client = await connectTo(port)
      client.write(request)
      return readResponse(client, request.startsWith('HEAD '))
    },
  }
}

export const portOf = (server: Server): number => {
  const [address] = server.addresses()
  if (address?.port === undefined) throw new Error('the server has no port')
  return address.port
}

/** `GET / HTTP/1.1` with a Host and these further lines. */
export const get = (target = '/', ...lines: string[]): string =>
  `GET ${target} HTTP/1.1\r\nhost: test\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`

/** A POST with this body and its length. */
export const post = (body: string, ...lines: string[]): string =>
  `POST / HTTP/1.1\r\nhost: test\r\ncontent-length: ${Buffer.byteLength(body, 'latin1')}\r\n${lines
    .map((line) => `${line}\r\n`)
    .join('')}\r\n${body}`
