/** A server without a socket: scopes of an application in memory, and the client of each. */

import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { HttpCommand, OpenSource, RunSettings, WebSocketCommand } from '@pagi/core'
import type { MemoryHttpTransport, MemoryWebSocketTransport } from '@pagi/core/memory'
import type { Application, ConnectionState, Scope, State, TransportState } from '@pagi/spec'
import type { Core } from './core.ts'

/** What a client asks for. */
export interface Ask {
  readonly type: 'http' | 'sse' | 'websocket'
  readonly method: string
  readonly path: string
  readonly httpVersion: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The body is sent in these pieces, and its length is said before. */
  readonly body: readonly string[]
}

/** One scope under way. */
export interface Call {
  /** What the port was told to do so far, oldest first. */
  readonly done: readonly string[]
  readonly settled: boolean
  /** Waits until the application has done so, has settled, or nothing has happened for a while. */
  until(what: () => boolean): Promise<void>
  /** Waits for the end; false: it has not come in time. */
  ended(): Promise<boolean>
  /** The client takes no bytes from now on. */
  stall(): void
  /** The client takes what is waiting, and reads on. */
  drain(): void
  write(text: string): void
  endBody(): void
  message(data: string | Uint8Array): void
  close(code: number): void
  lose(): void
  /** The server stops. */
  stop(): void
}

/** How long nothing may happen before an application counts as waiting. */
const QUIET = 30

type Port =
  | { readonly type: 'http'; readonly port: MemoryHttpTransport }
  | { readonly type: 'websocket'; readonly port: MemoryWebSocketTransport }

interface Run {
  readonly connection: ConnectionState
  readonly transport: TransportState
  run(app: Application, scope: Scope): Promise<void>
  shutdown(phase: 'begin' | 'force'): void
}

export class Stage {
  readonly #core: Core
  /** Milliseconds an application may take to settle once its client has gone. */
  readonly #patience: number
  readonly settings: RunSettings
  /** What the server would have logged as an error. */
  readonly errors: string[] = []

  constructor(core: Core, patience: number) {
    this.#core = core
    this.#patience = patience
    const ignore = (): void => {}
    const clock: RunSettings['clock'] = {
      now: () => performance.now(),
      setTimer(callback, milliseconds) {
        const timer = setTimeout(callback, milliseconds).unref()
        return { cancel: () => clearTimeout(timer) }
      },
    }
    this.settings = {
      log: {
        error: (message, cause) => this.errors.push(`${message}: ${textOfError(cause)}`),
        warn: ignore,
        info: ignore,
        debug: ignore,
      },
      clock,
      open: opener(core),
      marks: { high: 64 * 1024, low: 16 * 1024 },
      receiveLimit: 100,
      maxBodySize: 10 * 1024 * 1024,
      closeTimeout: 1000,
      timeouts: core.runTimeouts(clock, { body: 0, write: 0, webSocketIdle: 0, sseIdle: 0 }),
      minBodyRate: { bytesPerSecond: 0, grace: 0 },
      maxReceiveQueue: 1000,
      fullflush: true,
      development: false,
    }
  }

  /** Calls an application for a request. */
  begin(app: Application, ask: Ask, state: State): Call {
    let notify = (): void => {}
    const done: string[] = []
    const told = (command: HttpCommand | WebSocketCommand): void => {
      done.push(command.type)
      notify()
    }
    const { run, port } = this.#open(ask, told)
    const now = { settled: false }
    const see = async (): Promise<void> => {
      await run.run(app, scopeOf(ask, run, state))
      now.settled = true
      notify()
    }
    const call = see()
    const patience = this.#patience
    return {
      done,
      get settled() {
        return now.settled
      },
      async until(what) {
        while (!now.settled && !what()) {
          const changed = new Promise<true>((resolve) => {
            notify = () => resolve(true)
          })
          if (!(await within(changed, QUIET))) return
        }
      },
      ended: () => within(call, patience),
      stall: () => port.port.stall(),
      drain: () => port.port.drain(),
      write: (text) => {
        if (port.type === 'http') port.port.write(BYTES.encode(text))
      },
      endBody: () => {
        if (port.type === 'http') port.port.endBody()
      },
      message: (data) => {
        if (port.type === 'websocket') port.port.message(data)
      },
      close: (code) => {
        if (port.type === 'websocket') port.port.peerClose(code)
      },
      lose: () => port.port.lose(),
      stop: () => {
        run.shutdown('begin')
        run.shutdown('force')
      },
    }
  }

  #open(
    ask: Ask,
    told: (command: HttpCommand | WebSocketCommand) => void,
  ): { readonly run: Run; readonly port: Port } {
    const { method, httpVersion, type } = ask
    const core = this.#core
    const kept: { port?: Port } = {}
    const make = (): Run => {
      if (type === 'websocket') {
        const options = { method, httpVersion, close: true, subprotocols: ['chat'], pauseAt: 65536 }
        return new core.WebSocketRun(this.settings, options, (facts) => {
          const port = new core.MemoryWebSocketTransport(facts)
          kept.port = { type, port }
          return answering(port, told)
        })
      }
      const contentLength = ask.body.reduce((sum, text) => sum + BYTES.encode(text).byteLength, 0)
      const Kind = type === 'sse' ? core.SseRun : core.HttpRun
      return new Kind(this.settings, { method, httpVersion, contentLength }, (facts) => {
        const port = new core.MemoryHttpTransport(facts)
        kept.port = { type: 'http', port }
        return overheard(port, told)
      })
    }
    const run = make()
    if (kept.port === undefined) throw new TypeError('the run has asked for no port')
    return { run, port: kept.port }
  }
}

const BYTES = new TextEncoder()

function overheard(
  port: MemoryHttpTransport,
  told: (command: HttpCommand) => void,
): MemoryHttpTransport {
  const perform = port.perform.bind(port)
  port.perform = (command) => {
    const wait = perform(command)
    told(command)
    return wait
  }
  return port
}

/** A client that answers a Close, and is gone when the server hangs up. */
function answering(
  port: MemoryWebSocketTransport,
  told: (command: WebSocketCommand) => void,
): MemoryWebSocketTransport {
  const perform = port.perform.bind(port)
  port.perform = (command) => {
    const wait = perform(command)
    told(command)
    if (command.type === 'close') setImmediate(() => port.peerClose(command.code ?? 1005))
    if (command.type === 'hang-up') setImmediate(() => port.lose())
    return wait
  }
  return port
}

const EXTENSIONS = Object.freeze({ fullflush: {} })

function scopeOf(ask: Ask, run: Run, state: State): Scope {
  const [path = '/', query = ''] = ask.path.split('?')
  const common = {
    pagi: { version: '0.5', spec_version: '0.6' },
    http_version: ask.httpVersion,
    path: decoded(path),
    raw_path: path,
    query_string: query,
    root_path: '',
    headers: [['host', 'localhost'] as const, ...ask.headers],
    client: ['127.0.0.1', 50000] as const,
    server: ['127.0.0.1', 5000] as const,
    state: { ...state },
    extensions: EXTENSIONS,
    'pagi.connection': run.connection,
    'pagi.transport': run.transport,
  }
  if (ask.type === 'websocket') {
    return { ...common, type: 'websocket', scheme: 'ws', subprotocols: ['chat'] }
  }
  return { ...common, type: ask.type, scheme: 'http', method: ask.method }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Files, as the reference server would send them; everything else is core's. */
function opener({ fileReader }: Core): OpenSource {
  return ({ file, ...range }) => {
    if (file === undefined) return undefined
    const read = async (): Promise<Awaited<ReturnType<NonNullable<OpenSource>>> & object> => {
      const handle = await open(typeof file === 'string' ? file : fileURLToPath(file), 'r')
      return fileReader(handle, (await handle.stat()).size, range)
    }
    return read()
  }
}

/** Whether it settles in time. */
export async function within(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  try {
    return await Promise.race([work.then(() => true as const), late])
  } finally {
    clearTimeout(timer)
  }
}

function textOfError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
