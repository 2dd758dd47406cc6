import type { Application, Receive, ReceiveEvent, Scope } from '@pagi/spec'
import { Lifespan } from '../../src/lifespan/lifespan.ts'
import { lint } from '../../src/lint.ts'
import type { LintOptions, LintViolation } from '../../src/lint.ts'
import { GET, makeHttp, makeSse, makeWebSocket, HANDSHAKE } from '../support/runs.ts'
import type { AnyRun } from '../support/runs.ts'

// Applications over real scopes in memory, as the text of a program would have them: they may send
// and return anything.

export type RawReceive = (options?: { signal?: AbortSignal }) => Promise<{ type: string }>
export type RawSend = (event: unknown) => Promise<void>
export type RawScope = Record<string, unknown> & { type: string }
export type RawApp = (scope: RawScope, receive: RawReceive, send: RawSend) => unknown

export type Kind = 'http' | 'sse' | 'websocket' | 'lifespan' | 'unknown'

/** An application out of one that does not keep to the types. */
export const wild = (raw: RawApp): Application =>
  (async (...args: readonly unknown[]) => Reflect.apply(raw, undefined, args)) satisfies (
    ...args: readonly unknown[]
  ) => Promise<void>

/** One scope, and what the outside world can do to it. */
export interface Stage {
  readonly scope: Scope
  readonly lose: () => void
  readonly write: (text: string) => void
  readonly run: (app: Application) => Promise<void>
}

export const stage = (kind: Kind, over: Record<string, unknown> = {}): Stage => {
  if (kind === 'lifespan' || kind === 'unknown') return withoutConnection(kind, over)
  const { run, port, scheme } = connect(kind)
  const scope = {
    ...WWW,
    type: kind,
    scheme,
    ...(kind === 'websocket' ? { subprotocols: ['chat'] } : { method: 'GET' }),
    'pagi.connection': run.connection,
    'pagi.transport': run.transport,
    state: { shared: new Map() },
    ...over,
  }
  return {
    scope: loose(scope),
    lose: () => port.lose(),
    write: (text) => ('message' in port ? port.message(text) : port.write(BYTES.encode(text))),
    run: (app) => run.run(app, loose(scope)),
  }
}

const BYTES = new TextEncoder()

const connect = (kind: 'http' | 'sse' | 'websocket') => {
  const made: {
    run: AnyRun
    port:
      | { lose(): void; write(bytes: Uint8Array): void }
      | { lose(): void; message(text: string): void }
  } =
    kind === 'websocket'
      ? makeWebSocket(HANDSHAKE)
      : kind === 'sse'
        ? makeSse(GET)
        : makeHttp({ ...GET, contentLength: undefined, method: 'POST' })
  return { ...made, scheme: kind === 'websocket' ? 'ws' : 'http' }
}

const WWW = {
  pagi: { version: '0.5', spec_version: '0.6' },
  http_version: '1.1',
  path: '/api/users',
  raw_path: '/api/users',
  query_string: '',
  root_path: '',
  headers: [['host', 'localhost']],
  extensions: {},
}

const loose = (scope: object): Scope => {
  if (isScope(scope)) return scope
  throw new TypeError('no scope')
}
const isScope = (scope: object): scope is Scope => 'type' in scope

const withoutConnection = (kind: 'lifespan' | 'unknown', over: object): Stage => {
  const machine = new Lifespan()
  const type = kind === 'unknown' ? 'carrier-pigeon' : kind
  const scope = loose({ type, pagi: { version: '0.5', spec_version: '0.3' }, state: {}, ...over })
  const events: ReceiveEvent[] = [{ type: 'lifespan.startup' }, { type: 'lifespan.shutdown' }]
  const receive: Receive = () => {
    const next = events.shift()
    if (next === undefined) return new Promise(() => undefined)
    if (next.type === 'lifespan.shutdown') machine.stopping()
    return Promise.resolve(next)
  }
  const send: RawSend = async (event) => {
    machine.send(event)
  }
  return {
    scope,
    lose: () => undefined,
    write: () => undefined,
    run: (app) => app(scope, receive, send).catch(() => undefined),
  }
}

/** Runs an application under lint, and says what lint said. */
export const linted = async (
  kind: Kind,
  app: RawApp,
  { over, options, act }: { over?: object; options?: LintOptions; act?: (on: Stage) => void } = {},
): Promise<LintViolation[]> => {
  const found: LintViolation[] = []
  const on = stage(kind, { ...over })
  const wrapped = lint(wild(app), { report: (violation) => found.push(violation), ...options })
  const done = on.run(wrapped)
  act?.(on)
  await done
  return found
}
