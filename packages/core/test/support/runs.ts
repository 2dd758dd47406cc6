import type { Application, ConnectionState, ReceiveEvent, Scope, TransportState } from '@pagi/spec'
import { MemoryHttpTransport } from '../../src/memory/http.ts'
import { MemoryWebSocketTransport } from '../../src/memory/websocket.ts'
import { ManualClock } from '../../src/memory/clock.ts'
import type { RequestOptions } from '../../src/run/exchange-run.ts'
import { HttpRun } from '../../src/run/http.ts'
import type { ReceiveOptions } from '../../src/run/inbox.ts'
import type { RunSettings } from '../../src/run/scope-run.ts'
import { SseRun } from '../../src/run/sse.ts'
import { runTimeouts } from '../../src/run/timeouts.ts'
import type { TimeoutLengths } from '../../src/run/timeouts.ts'
import { WebSocketRun } from '../../src/run/websocket.ts'
import type { WebSocketRunOptions } from '../../src/run/websocket.ts'
import { RecordingLog } from './log.ts'

// One scope over an in-memory port, its application under the remote control of a test.

export const CLOSE_TIMEOUT = 5000
export const MARKS = { high: 100, low: 40 }

export interface TestSettings extends RunSettings {
  readonly clock: ManualClock
  readonly log: RecordingLog
}

/** What a test sets differently; timeouts by their lengths, none if not said. */
export interface SettingsOver extends Partial<Omit<RunSettings, 'timeouts'>> {
  readonly timeouts?: Partial<TimeoutLengths>
}

export const makeSettings = (over: SettingsOver = {}): TestSettings => {
  const clock = new ManualClock()
  return {
    open: () => undefined,
    marks: MARKS,
    receiveLimit: 100,
    maxBodySize: 1000,
    closeTimeout: CLOSE_TIMEOUT,
    minBodyRate: { bytesPerSecond: 0, grace: 0 },
    maxReceiveQueue: 8,
    fullflush: false,
    development: false,
    ...over,
    timeouts: runTimeouts(clock, {
      body: 0,
      write: 0,
      webSocketIdle: 0,
      sseIdle: 0,
      ...over.timeouts,
    }),
    clock,
    log: new RecordingLog(),
  }
}

/** What the runs of all scope types have in common. */
export interface AnyRun {
  readonly connection: ConnectionState
  readonly transport: TransportState
  readonly receive: (options?: ReceiveOptions) => Promise<ReceiveEvent>
  readonly send: (event: unknown) => Promise<void>
  run(app: Application, scope: Scope): Promise<void>
  shutdown(phase: 'begin' | 'force'): void
}

/** A scope whose application call is under way. */
export interface Started<Run extends AnyRun, Port> {
  readonly run: Run
  readonly port: Port
  /** The type of every command that was asked for, those that came too late included. */
  readonly asked: readonly string[]
  readonly clock: ManualClock
  readonly log: RecordingLog
  readonly connection: ConnectionState
  readonly transport: TransportState
  readonly receive: AnyRun['receive']
  readonly send: (event: unknown) => Promise<void>
  /** Resolves when the run has judged the outcome. */
  readonly done: Promise<void>
  /** The application returns. */
  readonly leave: () => Promise<void>
  /** The application throws. */
  readonly fail: (error: unknown) => Promise<void>
}

export type StartedHttp = Started<HttpRun, MemoryHttpTransport>
export type StartedSse = Started<SseRun, MemoryHttpTransport>
export type StartedWebSocket = Started<WebSocketRun, MemoryWebSocketTransport>

/** Runs hand the scope on and never look at it, so one fits all. */
export const SCOPE: Scope = { type: 'lifespan', pagi: { version: '0.5', spec_version: '0.3' } }

/** Keeps the port that a run asks for while it is constructed. */
const keeper = <Port>(): { keep(port: Port): Port; readonly port: Port } => {
  let kept: Port | undefined
  return {
    keep: (port) => {
      kept = port
      return port
    },
    get port() {
      if (kept === undefined) throw new Error('the run has asked for no port')
      return kept
    },
  }
}

interface Performing {
  perform(command: { readonly type: string }): Promise<void> | undefined
}

/** Listens in on what the run asks of its port. */
const overhear = (port: Performing): readonly string[] => {
  const asked: string[] = []
  const perform = port.perform.bind(port)
  port.perform = (command) => {
    asked.push(command.type)
    return perform(command)
  }
  return asked
}

const begin = <Run extends AnyRun, Port extends Performing>(
  run: Run,
  port: Port,
  { clock, log }: TestSettings,
): Started<Run, Port> => {
  let leave = (): void => {}
  let fail = (_error: unknown): void => {}
  const call = new Promise<void>((resolve, reject) => {
    leave = resolve
    fail = reject
  })
  const asked = overhear(port)
  const done = run.run(() => call, SCOPE)
  return {
    run,
    port,
    asked,
    clock,
    log,
    connection: run.connection,
    transport: run.transport,
    receive: run.receive,
    send: run.send,
    done,
    leave: () => {
      leave()
      return done
    },
    fail: (error) => {
      fail(error)
      return done
    },
  }
}

export const GET: RequestOptions = { method: 'GET', httpVersion: '1.1', contentLength: 0 }
/** A request with a body of unknown length. */
export const POST: RequestOptions = { ...GET, method: 'POST', contentLength: undefined }

export const makeHttp = (
  options: Partial<RequestOptions> = {},
  over: SettingsOver = {},
): { run: HttpRun; port: MemoryHttpTransport; settings: TestSettings } => {
  const settings = makeSettings(over)
  const ports = keeper<MemoryHttpTransport>()
  const run = new HttpRun(settings, { ...GET, ...options }, (facts) =>
    ports.keep(new MemoryHttpTransport(facts)),
  )
  return { run, port: ports.port, settings }
}

export const startHttp = (
  options: Partial<RequestOptions> = {},
  over: SettingsOver = {},
): StartedHttp => {
  const { run, port, settings } = makeHttp(options, over)
  return begin(run, port, settings)
}

export const makeSse = (
  options: Partial<RequestOptions> = {},
  over: SettingsOver = {},
): { run: SseRun; port: MemoryHttpTransport; settings: TestSettings } => {
  const settings = makeSettings(over)
  const ports = keeper<MemoryHttpTransport>()
  const run = new SseRun(settings, { ...GET, ...options }, (facts) =>
    ports.keep(new MemoryHttpTransport(facts)),
  )
  return { run, port: ports.port, settings }
}

export const startSse = (
  options: Partial<RequestOptions> = {},
  over: SettingsOver = {},
): StartedSse => {
  const { run, port, settings } = makeSse(options, over)
  return begin(run, port, settings)
}

export const HANDSHAKE: WebSocketRunOptions = {
  method: 'GET',
  httpVersion: '1.1',
  subprotocols: ['chat'],
  close: true,
  pauseAt: 1000,
}

export const makeWebSocket = (
  options: Partial<WebSocketRunOptions> = {},
  over: SettingsOver = {},
): { run: WebSocketRun; port: MemoryWebSocketTransport; settings: TestSettings } => {
  const settings = makeSettings(over)
  const ports = keeper<MemoryWebSocketTransport>()
  const run = new WebSocketRun(settings, { ...HANDSHAKE, ...options }, (facts) =>
    ports.keep(new MemoryWebSocketTransport(facts)),
  )
  return { run, port: ports.port, settings }
}

export const startWebSocket = (
  options: Partial<WebSocketRunOptions> = {},
  over: SettingsOver = {},
): StartedWebSocket => {
  const { run, port, settings } = makeWebSocket(options, over)
  return begin(run, port, settings)
}

/** Runs a whole application; for what only a real call shows. */
export const runApp = (made: { readonly run: AnyRun }, app: Application): Promise<void> =>
  made.run.run(app, SCOPE)

/** The types of the commands a port was given, with what tells them apart. */
export const commandTypes = (port: {
  readonly commands: readonly { readonly type: string }[]
}): string[] => port.commands.map((command) => command.type)
