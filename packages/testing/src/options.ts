import { normalizeRootPath } from '@pagi/core'
import type { Log } from '@pagi/core'
import type { Extensions } from '@pagi/spec'
import { MisuseError } from './errors.ts'
import type { HeadersInput } from './header-fields.ts'

/** The limits and timeouts of the server, by its names; bytes and milliseconds, 0 for none. */
export interface Limits {
  readonly maxBodySize: number
  readonly maxUrlSize: number
  readonly maxHeaderSize: number
  readonly maxHeaderCount: number
  readonly wsMaxPayload: number
  readonly wsMaxQueue: number
  readonly receiveLimit: number
  readonly startupTimeout: number
  readonly shutdownTimeout: number
  readonly closeTimeout: number
  readonly bodyTimeout: number
  readonly minBodyRate: number
  readonly writeTimeout: number
  readonly wsIdleTimeout: number
  readonly sseIdleTimeout: number
  readonly writeHighWatermark: number
  readonly writeLowWatermark: number
}

/** What they are if nobody says: what they are in the server. */
export const DEFAULT_LIMITS: Limits = {
  maxBodySize: 10 * 1024 * 1024,
  maxUrlSize: 8 * 1024,
  maxHeaderSize: 16 * 1024,
  maxHeaderCount: 100,
  wsMaxPayload: 1024 * 1024,
  wsMaxQueue: 1000,
  receiveLimit: 100,
  startupTimeout: 30_000,
  shutdownTimeout: 30_000,
  closeTimeout: 10_000,
  bodyTimeout: 60_000,
  minBodyRate: 240,
  writeTimeout: 60_000,
  wsIdleTimeout: 0,
  sseIdleTimeout: 0,
  writeHighWatermark: 64 * 1024,
  writeLowWatermark: 16 * 1024,
}

/** Those for which 0 means nothing. */
const POSITIVE: readonly (keyof Limits)[] = [
  'maxUrlSize',
  'maxHeaderSize',
  'wsMaxPayload',
  'wsMaxQueue',
  'startupTimeout',
  'shutdownTimeout',
  'closeTimeout',
  'writeHighWatermark',
]

/** Who is at the two ends of every connection. */
export interface Ends {
  /** Address and port of the client; null: unknown, as on a Unix socket. */
  readonly client: readonly [host: string, port: number] | null
  /** Address and port of the server; with a port of null a Unix socket; null: unknown. */
  readonly server: readonly [host: string, port: number | null] | null
  /** TLS: the schemes are `https` and `wss`. */
  readonly secure: boolean
}

/** How the application is served. */
export interface TestOptions extends Partial<Limits>, Partial<Ends> {
  /** The `host` of requests that name none. Default: `localhost`. */
  readonly host?: string
  /** Fields of every request. */
  readonly headers?: HeadersInput
  /** Prefix a proxy has removed from the path before the request came here. */
  readonly rootPath?: string
  /** What an application without lifespan support means: `auto` serves it, `strict` refuses to start. */
  readonly lifespan?: 'auto' | 'strict'
  /** Further extensions, such as `tls`, to be found in `scope.extensions`. */
  readonly extensions?: Readonly<Extensions>
  /** Gets what a server would log, such as `console`. It is kept in `client.log` anyway. */
  readonly logger?: Partial<Log>
  /** Milliseconds, of real time, that `close` gives calls to return. Default: 1000. */
  readonly patience?: number
}

export interface ResolvedOptions extends Limits, Ends {
  readonly host: string
  readonly headers: HeadersInput | undefined
  readonly rootPath: string
  readonly lifespan: 'auto' | 'strict'
  readonly extensions: Readonly<Extensions>
  readonly logger: Partial<Log>
  readonly patience: number
}

const DEFAULTS: ResolvedOptions = {
  ...DEFAULT_LIMITS,
  client: ['127.0.0.1', 50_000],
  server: ['127.0.0.1', 80],
  secure: false,
  host: 'localhost',
  headers: undefined,
  rootPath: '',
  lifespan: 'auto',
  extensions: {},
  logger: {},
  patience: 1000,
}

const NUMBERS = [...Object.keys(DEFAULT_LIMITS).filter(isLimit), 'patience'] as const

function isLimit(name: string): name is keyof Limits {
  return Object.hasOwn(DEFAULT_LIMITS, name)
}

/** @throws MisuseError when an option is unknown, or its value is not acceptable */
export const resolveOptions = (given: TestOptions): ResolvedOptions => {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(DEFAULTS, name))
      throw new MisuseError(
        `there is no option ${name}: there are ${Object.keys(DEFAULTS).join(', ')}`,
      )
  const said = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) satisfies TestOptions
  const options: ResolvedOptions = { ...DEFAULTS, ...said }
  for (const name of NUMBERS) checkNumber(name, options[name])
  if (options.lifespan !== 'auto' && options.lifespan !== 'strict')
    throw new MisuseError(`lifespan must be auto or strict, got ${String(options.lifespan)}`)
  return { ...options, rootPath: readRootPath(options.rootPath) }
}

const checkNumber = (name: keyof Limits | 'patience', value: unknown): void => {
  const least = POSITIVE.some((other) => other === name) ? 1 : 0
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return
  throw new MisuseError(
    `${name} must be an integer of at least ${least}, in ${name.endsWith('Timeout') || name === 'patience' ? 'milliseconds' : 'bytes or pieces'}, got ${String(value)}`,
  )
}

const readRootPath = (path: string): string => {
  try {
    return normalizeRootPath(path)
  } catch (error) {
    throw new MisuseError(`rootPath: ${error instanceof Error ? error.message : String(error)}`)
  }
}
