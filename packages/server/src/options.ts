/** The options of a server: what a program may pass, checked and completed from one table. */

import { describeValue, nearestName, PagiError } from '@pagi/spec'
import { formatFault } from './access-log/syntax.ts'
import type { AccessLogFormat } from './access-log/syntax.ts'
import { flagOf, isOptionName, OPTIONS, optionNames } from './options/table.ts'
import type { ListenAddress } from './options/listen-address.ts'
import type { OptionName, Settings } from './options/table.ts'

/** A number of bytes, or text with a unit: `512`, `'64kb'`, `'10mb'`, `'1gb'`; 1 kb is 1024 bytes. */
export type Size = number | string

/** A number of milliseconds, or text with a unit: `500`, `'500ms'`, `'30s'`, `'5m'`, `'1h'`. */
export type Duration = number | string

/**
 * Where a server writes its messages. `console` is one. What was thrown is part of the text, with its
 * stack. Control characters are escaped, and further lines are set in, so that nothing a client has
 * sent can look like a message.
 */
export interface Logger {
  error(message: string): void
  warn(message: string): void
  info(message: string): void
  debug(message: string): void
  /** Takes each message with what belongs to it, instead of the four above, and escapes it itself. */
  record?(record: LogRecord): void
}

/** A message in its parts. */
export interface LogRecord {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  /** Text, which may hold anything. */
  readonly message: string
  /** What was thrown, which may be anything; absent where nothing was. */
  readonly error?: unknown
  /** The same as text: its stack, where it has one. */
  readonly stack?: string
}

/** Options of `serve` and `createServer`; each one that is absent or undefined has its default. */
export interface ServerOptions {
  /** Port to listen on; 0 takes a free one. Default: 5000. */
  readonly port?: number | undefined
  /** Host name or address to listen on; 0.0.0.0 or :: is every interface. Default: 127.0.0.1. */
  readonly host?: string | undefined
  /** Unix socket to listen on, instead of a port; a named pipe on Windows. Default: none. HTTP-11, HTTP-12. */
  readonly socket?: string | undefined
  /** Permissions of Unix sockets: whoever may write may connect. Default: 0660. */
  readonly socketMode?: number | string | undefined
  /** Address to listen on, instead of host and port: host:port, [address]:port, :port, unix:path, fd:number, systemd or systemd:name; several by several flags, or with commas. Default: none. HTTP-11, HTTP-12. */
  readonly listen?: string | readonly string[] | undefined
  /** IPv6 addresses take no IPv4 connections: :: is not every interface of both. Default: false. */
  readonly ipv6Only?: boolean | undefined
  /** Connections the system keeps waiting until they are accepted; the system may lower it. Default: 511. */
  readonly backlog?: number | undefined
  /** Environment, which the application finds in PAGI_ENV; if nobody says, development on a terminal and production elsewhere. Default: production. */
  readonly env?: 'development' | 'production' | 'none' | undefined
  /** What an application without lifespan support means: auto serves it, strict refuses to start. Default: auto. LIFE-08, LIFE-09. */
  readonly lifespan?: 'auto' | 'strict' | undefined
  /** Lint, which warns in development of what the application does against the specification, and where; never loaded elsewhere. Default: true. CORE-48. */
  readonly lint?: boolean | undefined
  /** Prefix a proxy has removed from the path before the request came here. Default: none. T-PATH. */
  readonly rootPath?: string | undefined
  /** Least important messages to print. Default: info. */
  readonly logLevel?: 'error' | 'warn' | 'info' | 'debug' | 'silent' | undefined
  /** Where each request is logged: a file, which SIGUSR1 opens anew, - for standard output, or auto: standard output in development, nowhere else; --no-access-log, or false, for nowhere. Default: auto. */
  readonly accessLog?: string | boolean | undefined
  /** Lines of the access log: common, combined, tiny, json, or a text with atoms such as %h, as in docs/guide/logging.md; in a program also a function. Default: common. */
  readonly accessLogFormat?: string | AccessLogFormat | undefined
  /** Longest request body. Default: 10mb; 0: no limit. HTTP-31. */
  readonly maxBodySize?: Size | undefined
  /** Longest request target; a longer one is answered 414. Default: 8kb. T-STATUS. */
  readonly maxUrlSize?: Size | undefined
  /** Longest header section of a request; a longer one is answered 431. Default: 16kb. T-STATUS. */
  readonly maxHeaderSize?: Size | undefined
  /** Most header fields of a request; one with more is answered 431. Default: 100; 0: no limit. T-STATUS. */
  readonly maxHeaderCount?: number | undefined
  /** Most connections at a time; a further one is answered 503. Default: 10000; 0: no limit. T-STATUS, HTTP-94. */
  readonly maxConnections?: number | undefined
  /** Most requests of one connection; the last response closes it. Default: 0; 0: no limit. */
  readonly maxRequestsPerConnection?: number | undefined
  /** Longest WebSocket message. Default: 1mb. T-CLOSE. */
  readonly wsMaxPayload?: Size | undefined
  /** WebSocket messages that may wait for the application; beyond, the socket is closed with 1008. Default: 1000. WS-36. */
  readonly wsMaxQueue?: number | undefined
  /** How often receive repeats the end of a scope before it fails. Default: 100; 0: no limit. CONN-48. */
  readonly receiveLimit?: number | undefined
  /** Longest wait for the application to start up. Default: 30s. LIFE-11. */
  readonly startupTimeout?: Duration | undefined
  /** Longest wait at shutdown for open requests to end, and for the application to shut down. Default: 30s. LIFE-24, LIFE-25. */
  readonly shutdownTimeout?: Duration | undefined
  /** Longest wait for the answer to a WebSocket Close. Default: 10s. WS-29. */
  readonly closeTimeout?: Duration | undefined
  /** Longest wait for the next request on a connection. Default: 75s; 0: no limit. */
  readonly keepAliveTimeout?: Duration | undefined
  /** Time in which the head of a request must have arrived; a slower one is answered 408. Default: 60s; 0: no limit. T-STATUS. */
  readonly headersTimeout?: Duration | undefined
  /** Longest wait for more of a request body that the application asks for; then 408, or the end of a response that has begun. Default: 60s; 0: no limit. HTTP-97, T-STATUS. */
  readonly bodyTimeout?: Duration | undefined
  /** Fewest bytes a second of a request body that is waited for, once that took five seconds; a slower one ends as by bodyTimeout. Default: 240; 0: no limit. HTTP-97, T-STATUS. */
  readonly minBodyRate?: Size | undefined
  /** Longest time a client may take nothing while output waits for it, beyond the high watermark or at the end of a response. Default: 60s; 0: no limit. T-CLOSE, T-REASON. */
  readonly writeTimeout?: Duration | undefined
  /** Longest time without a message on a WebSocket, either way; pings of the client and pongs count, too. Default: 0; 0: no limit. T-CLOSE, WS-19. */
  readonly wsIdleTimeout?: Duration | undefined
  /** Longest time without an event or comment on an event stream. Default: 0; 0: no limit. T-REASON, SSE-28. */
  readonly sseIdleTimeout?: Duration | undefined
  /** Unsent output at which send starts to wait. Default: 64kb. FLOW-05. */
  readonly writeHighWatermark?: Size | undefined
  /** Unsent output at which a waiting send goes on; never more than the high watermark. Default: 16kb; 0: until all is sent. FLOW-06. */
  readonly writeLowWatermark?: Size | undefined
  /** Where messages go, filtered by `logLevel`. Default: the console. */
  readonly logger?: Logger | undefined
}

type Resolved<T> = [T] extends [string] | [boolean]
  ? T
  : [T] extends [string | readonly string[]]
    ? readonly ListenAddress[]
    : number extends T
      ? number
      : T

/** The options of a server, complete: sizes in bytes, durations in milliseconds. */
export type ResolvedOptions = {
  readonly [Name in Exclude<keyof ServerOptions, 'logger'>]-?: Resolved<
    Exclude<ServerOptions[Name], undefined>
  >
}

/** The keys of `ServerOptions` that are rows of the table. */
export type ServerOptionName = keyof ResolvedOptions

/** An option is not known, or its value is not acceptable. */
export class OptionError extends PagiError {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'OptionError', configurable: true })
  }

  /** The option as it was given: `maxBodySize`, `--max-body-size`, `PAGI_MAX_BODY_SIZE`. */
  readonly option: string

  constructor(option: string, message: string) {
    super('ERR_PAGI_OPTION', message)
    this.option = option
  }
}

/**
 * Checks the options of a program and completes them. `label` names an option in messages; without
 * it, by its key.
 *
 * @throws OptionError when an option is unknown or its value is not acceptable
 */
export function resolveOptions(
  input: ServerOptions = {},
  label: (name: OptionName) => string = (name) => name,
): ResolvedOptions {
  checkNames(input)
  const read = <Name extends ServerOptionName>(name: Name): Settings[Name] => {
    const given: unknown = input[name]
    if (given === undefined) return OPTIONS[name].default
    const value = OPTIONS[name].accept(given)
    if (value === undefined) throw invalid(label(name), OPTIONS[name].expected, given)
    return value
  }
  const writeHighWatermark = read('writeHighWatermark')
  const [port, host, socket] = [read('port'), read('host'), read('socket')]
  const env = read('env')
  const accessLog = read('accessLog')
  const accessLogFormat = checkFormat(read('accessLogFormat'), label('accessLogFormat'))
  return {
    port,
    host,
    socket,
    socketMode: read('socketMode'),
    listen: whereToListen({ port, host, socket, listen: read('listen') }, input, label),
    ipv6Only: read('ipv6Only'),
    backlog: read('backlog'),
    env,
    lifespan: read('lifespan'),
    lint: read('lint'),
    rootPath: read('rootPath'),
    logLevel: read('logLevel'),
    accessLog: accessLog === 'auto' ? env === 'development' : accessLog,
    accessLogFormat,
    maxBodySize: read('maxBodySize'),
    maxUrlSize: read('maxUrlSize'),
    maxHeaderSize: read('maxHeaderSize'),
    maxHeaderCount: read('maxHeaderCount'),
    maxConnections: read('maxConnections'),
    maxRequestsPerConnection: read('maxRequestsPerConnection'),
    wsMaxPayload: read('wsMaxPayload'),
    wsMaxQueue: read('wsMaxQueue'),
    receiveLimit: read('receiveLimit'),
    startupTimeout: read('startupTimeout'),
    shutdownTimeout: read('shutdownTimeout'),
    closeTimeout: read('closeTimeout'),
    keepAliveTimeout: read('keepAliveTimeout'),
    headersTimeout: read('headersTimeout'),
    bodyTimeout: read('bodyTimeout'),
    minBodyRate: read('minBodyRate'),
    writeTimeout: read('writeTimeout'),
    wsIdleTimeout: read('wsIdleTimeout'),
    sseIdleTimeout: read('sseIdleTimeout'),
    writeHighWatermark,
    writeLowWatermark: lowWatermark(read('writeLowWatermark'), writeHighWatermark, input, label),
  }
}

/** The value of an option given as text. */
export function parseOption<Name extends OptionName>(
  name: Name,
  given: string,
  label: string,
): Settings[Name] {
  const value = OPTIONS[name].parse(given)
  if (value === undefined) throw invalid(label, OPTIONS[name].expected, given)
  return value
}

/** The names of the options a program may pass, in the order of the table. */
export function serverOptionNames(): readonly ServerOptionName[] {
  return optionNames().filter(isServerOption)
}

function checkNames(input: ServerOptions): void {
  for (const [name, value] of Object.entries(input)) {
    if (name === 'logger') checkLogger(value)
    else if (!isServerOption(name)) throw unknownOption(name)
  }
}

/** One list of addresses, however it was said. */
function whereToListen(
  options: Pick<ResolvedOptions, 'host' | 'port' | 'socket' | 'listen'>,
  input: ServerOptions,
  label: (name: OptionName) => string,
): readonly ListenAddress[] {
  const { host, port, socket, listen } = options
  const chosen = listen.length > 0 ? 'listen' : socket === '' ? undefined : 'socket'
  if (chosen === undefined) return [{ kind: 'tcp', host, port }]
  for (const other of ['port', 'host', 'socket'] as const) {
    if (other === chosen || input[other] === undefined || input[other] === '') continue
    throw new OptionError(
      label(chosen),
      `${label(chosen)} says where to listen, and so does ${label(other)}: give every address by ${inWordsOf(label(chosen))}`,
    )
  }
  return chosen === 'listen' ? listen : [{ kind: 'unix', path: socket }]
}

/** `listen` as a flag beside a flag, as a variable beside a variable. */
function inWordsOf(label: string): string {
  if (label.startsWith('-')) return flagOf('listen')
  return label.startsWith('PAGI_') ? 'PAGI_LISTEN' : 'listen'
}

/** Where the low watermark was not asked for, its default gives way to a lower high one. */
function lowWatermark(
  low: number,
  high: number,
  input: ServerOptions,
  label: (name: OptionName) => string,
): number {
  if (low <= high) return low
  if (input.writeLowWatermark === undefined) return high
  const most = OPTIONS.writeHighWatermark.show(high)
  const expected = `at most ${label('writeHighWatermark')}, which is ${most}`
  throw invalid(label('writeLowWatermark'), expected, input.writeLowWatermark)
}

function checkFormat<Format>(format: Format, label: string): Format {
  const fault = typeof format === 'string' ? formatFault(format) : undefined
  if (fault !== undefined) throw new OptionError(label, `${label}: ${fault}`)
  return format
}

function invalid(label: string, expected: string, got: unknown): OptionError {
  return new OptionError(label, `${label} must be ${expected}, got ${describeValue(got)}`)
}

function unknownOption(name: string): OptionError {
  const nearest = nearestName(name, [...serverOptionNames(), 'logger'])
  const hint = isOptionName(name)
    ? `${flagOf(name)} belongs to the command line`
    : nearest === undefined
      ? 'see docs/reference/options.md'
      : `did you mean ${nearest}?`
  return new OptionError(name, `there is no option ${describeValue(name)}: ${hint}`)
}

function isServerOption(name: string): name is ServerOptionName {
  return isOptionName(name) && OPTIONS[name].api
}

function checkLogger(value: unknown): void {
  if (value === undefined) return
  const methods = ['error', 'warn', 'info', 'debug']
  const missing = methods.find(
    (method) =>
      typeof value !== 'object' ||
      value === null ||
      typeof Reflect.get(value, method) !== 'function',
  )
  if (missing !== undefined) throw invalid('logger', `an object with a method ${missing}`, value)
  const record: unknown = Reflect.get(Object(value), 'record')
  if (record !== undefined && typeof record !== 'function')
    throw invalid('logger', 'an object whose record, if it has one, is a method', value)
}
