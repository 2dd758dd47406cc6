/**
 * Every option of the server and of `pagi-server`, once. Keys of the API, flags, `PAGI_*`
 * variables, `--help` and docs/reference/options.md are all made from these rows.
 */

import type { ResolvedOptions } from '../options.ts'
import {
  choice,
  destination,
  duration,
  flag,
  integer,
  lineFormat,
  list,
  mode,
  port,
  size,
  text,
} from './kinds.ts'
import type { Kind } from './kinds.ts'
import {
  LISTEN_EXPECTED,
  parseListenAddress,
  showListenAddress,
  SOCKET_PATH,
} from './listen-address.ts'

/** What the command line knows beyond the options of a server. */
export interface CommandOptions {
  readonly quiet: boolean
  readonly logFormat: 'text' | 'json'
  readonly check: boolean
  readonly watch: boolean
  readonly version: boolean
  readonly help: boolean
}

/** A value for every option. */
export interface Settings extends ResolvedOptions, CommandOptions {}

/** The key of an option: `maxBodySize`. */
export type OptionName = keyof Settings

export type Group = (typeof GROUPS)[number]

/** One option. */
export interface Option<T> extends Kind<T> {
  readonly group: Group
  /** A sentence without its full stop, for the help and the reference. */
  readonly help: string
  /** The letter of its short flag. */
  readonly short?: string
  /** Variables asked after its own `PAGI_*`; `false`: not even that one. */
  readonly variables?: readonly string[] | false
  /** The rule of the specification behind it. */
  readonly requirement?: string
  /** Also a key of `ServerOptions`. */
  readonly api: boolean
}

/** The headings of the help, in order. */
export const GROUPS = [
  'Listening',
  'Application',
  'Output',
  'Limits',
  'Timeouts',
  'Flow control',
  'Other',
] as const satisfies readonly string[]

/** The table. The compiler checks that it has each option of `ResolvedOptions`, with its type. */
export const OPTIONS: { readonly [Name in OptionName]: Option<Settings[Name]> } = {
  port: {
    ...port(5000),
    group: 'Listening',
    help: 'Port to listen on; 0 takes a free one',
    short: 'p',
    variables: ['PORT'],
    api: true,
  },
  // HOST is not asked: shells export it with the name of the machine.
  host: {
    ...text('127.0.0.1', 'host', 'a host name or an address', /^[^\s/]+$/),
    group: 'Listening',
    help: 'Host name or address to listen on; 0.0.0.0 or :: is every interface',
    api: true,
  },
  socket: {
    ...text('', 'path', 'the path of a socket file, or on Windows the name of a pipe', SOCKET_PATH),
    group: 'Listening',
    help: 'Unix socket to listen on, instead of a port; a named pipe on Windows',
    requirement: 'HTTP-11, HTTP-12',
    api: true,
  },
  socketMode: {
    ...mode('0660'),
    group: 'Listening',
    help: 'Permissions of Unix sockets: whoever may write may connect',
    api: true,
  },
  listen: {
    ...list('address', LISTEN_EXPECTED, { parse: parseListenAddress, show: showListenAddress }),
    group: 'Listening',
    help: 'Address to listen on, instead of host and port: host:port, [address]:port, :port, unix:path, fd:number, systemd or systemd:name; several by several flags, or with commas',
    requirement: 'HTTP-11, HTTP-12',
    api: true,
  },
  ipv6Only: {
    ...flag(),
    group: 'Listening',
    help: 'IPv6 addresses take no IPv4 connections: :: is not every interface of both',
    api: true,
  },
  backlog: {
    ...integer(511, { least: 1, most: 2 ** 31 - 1 }),
    group: 'Listening',
    help: 'Connections the system keeps waiting until they are accepted; the system may lower it',
    api: true,
  },
  env: {
    ...choice('production', ['development', 'production', 'none']),
    group: 'Application',
    help: 'Environment, which the application finds in PAGI_ENV; if nobody says, development on a terminal and production elsewhere',
    short: 'E',
    variables: ['NODE_ENV'],
    api: true,
  },
  lifespan: {
    ...choice('auto', ['auto', 'strict']),
    group: 'Application',
    help: 'What an application without lifespan support means: auto serves it, strict refuses to start',
    requirement: 'LIFE-08, LIFE-09',
    api: true,
  },
  lint: {
    ...flag(true),
    group: 'Application',
    help: 'Lint, which warns in development of what the application does against the specification, and where; never loaded elsewhere',
    requirement: 'CORE-48',
    api: true,
  },
  rootPath: {
    ...text(
      '',
      'path',
      'empty, or a path such as /api: a slash first, none at the end',
      /^(?:\/[^/?#\s\p{Surrogate}]+)*$/u,
    ),
    group: 'Application',
    help: 'Prefix a proxy has removed from the path before the request came here',
    requirement: 'T-PATH',
    api: true,
  },
  quiet: {
    ...flag(),
    group: 'Output',
    help: 'Print no line at the start, and only warnings and errors, unless --log-level is given',
    short: 'q',
    api: false,
  },
  logLevel: {
    ...choice('info', ['error', 'warn', 'info', 'debug', 'silent']),
    group: 'Output',
    help: 'Least important messages to print',
    api: true,
  },
  logFormat: {
    ...choice('text', ['text', 'json']),
    group: 'Output',
    help: 'Form of the messages: text, or json for one object a line, with time, level, message and error',
    api: false,
  },
  accessLog: {
    ...destination(),
    group: 'Output',
    help: 'Where each request is logged: a file, which SIGUSR1 opens anew, - for standard output, or auto: standard output in development, nowhere else; --no-access-log, or false, for nowhere',
    api: true,
  },
  accessLogFormat: {
    ...lineFormat('common'),
    group: 'Output',
    help: 'Lines of the access log: common, combined, tiny, json, or a text with atoms such as %h, as in docs/guide/logging.md; in a program also a function',
    api: true,
  },
  maxBodySize: {
    ...size('10mb', { least: 0, zero: 'no limit' }),
    group: 'Limits',
    help: 'Longest request body',
    requirement: 'HTTP-31',
    api: true,
  },
  maxUrlSize: {
    ...size('8kb', { least: 1, most: 2 ** 30 }),
    group: 'Limits',
    help: 'Longest request target; a longer one is answered 414',
    requirement: 'T-STATUS',
    api: true,
  },
  maxHeaderSize: {
    ...size('16kb', { least: 1, most: 2 ** 30 }),
    group: 'Limits',
    help: 'Longest header section of a request; a longer one is answered 431',
    requirement: 'T-STATUS',
    api: true,
  },
  maxHeaderCount: {
    ...integer(100, { least: 0, zero: 'no limit' }),
    group: 'Limits',
    help: 'Most header fields of a request; one with more is answered 431',
    requirement: 'T-STATUS',
    api: true,
  },
  maxConnections: {
    ...integer(10_000, { least: 0, zero: 'no limit' }),
    group: 'Limits',
    help: 'Most connections at a time; a further one is answered 503',
    requirement: 'T-STATUS, HTTP-94',
    api: true,
  },
  maxRequestsPerConnection: {
    ...integer(0, { least: 0, zero: 'no limit' }),
    group: 'Limits',
    help: 'Most requests of one connection; the last response closes it',
    api: true,
  },
  wsMaxPayload: {
    ...size('1mb', { least: 1, most: 2 ** 31 - 1 }),
    group: 'Limits',
    help: 'Longest WebSocket message',
    requirement: 'T-CLOSE',
    api: true,
  },
  wsMaxQueue: {
    ...integer(1000, { least: 1 }),
    group: 'Limits',
    help: 'WebSocket messages that may wait for the application; beyond, the socket is closed with 1008',
    requirement: 'WS-36',
    api: true,
  },
  receiveLimit: {
    ...integer(100, { least: 0, zero: 'no limit' }),
    group: 'Limits',
    help: 'How often receive repeats the end of a scope before it fails',
    requirement: 'CONN-48',
    api: true,
  },
  startupTimeout: {
    ...duration('30s', { least: 1 }),
    group: 'Timeouts',
    help: 'Longest wait for the application to start up',
    requirement: 'LIFE-11',
    api: true,
  },
  shutdownTimeout: {
    ...duration('30s', { least: 1 }),
    group: 'Timeouts',
    help: 'Longest wait at shutdown for open requests to end, and for the application to shut down',
    requirement: 'LIFE-24, LIFE-25',
    api: true,
  },
  closeTimeout: {
    ...duration('10s', { least: 1 }),
    group: 'Timeouts',
    help: 'Longest wait for the answer to a WebSocket Close',
    requirement: 'WS-29',
    api: true,
  },
  keepAliveTimeout: {
    ...duration('75s', { least: 0, zero: 'no limit' }),
    group: 'Timeouts',
    help: 'Longest wait for the next request on a connection',
    api: true,
  },
  headersTimeout: {
    ...duration('60s', { least: 0, zero: 'no limit' }),
    group: 'Timeouts',
    help: 'Time in which the head of a request must have arrived; a slower one is answered 408',
    requirement: 'T-STATUS',
    api: true,
  },
  bodyTimeout: {
    ...duration('60s', { least: 0, zero: 'no limit' }),
    group: 'Timeouts',
    help: 'Longest wait for more of a request body that the application asks for; then 408, or the end of a response that has begun',
    requirement: 'HTTP-97, T-STATUS',
    api: true,
  },
  minBodyRate: {
    ...size('240', { least: 0, zero: 'no limit' }),
    group: 'Timeouts',
    help: 'Fewest bytes a second of a request body that is waited for, once that took five seconds; a slower one ends as by bodyTimeout',
    requirement: 'HTTP-97, T-STATUS',
    api: true,
  },
  writeTimeout: {
    ...duration('60s', { least: 0, zero: 'no limit' }),
    group: 'Timeouts',
    help: 'Longest time a client may take nothing while output waits for it, beyond the high watermark or at the end of a response',
    requirement: 'T-CLOSE, T-REASON',
    api: true,
  },
  wsIdleTimeout: {
    ...duration('0', { least: 0, zero: 'no limit' }),
    group: 'Timeouts',
    help: 'Longest time without a message on a WebSocket, either way; pings of the client and pongs count, too',
    requirement: 'T-CLOSE, WS-19',
    api: true,
  },
  sseIdleTimeout: {
    ...duration('0', { least: 0, zero: 'no limit' }),
    group: 'Timeouts',
    help: 'Longest time without an event or comment on an event stream',
    requirement: 'T-REASON, SSE-28',
    api: true,
  },
  writeHighWatermark: {
    ...size('64kb', { least: 1 }),
    group: 'Flow control',
    help: 'Unsent output at which send starts to wait',
    requirement: 'FLOW-05',
    api: true,
  },
  writeLowWatermark: {
    ...size('16kb', { least: 0, zero: 'until all is sent' }),
    group: 'Flow control',
    help: 'Unsent output at which a waiting send goes on; never more than the high watermark',
    requirement: 'FLOW-06',
    api: true,
  },
  check: {
    ...flag(),
    group: 'Other',
    help: 'Load the application, run its startup and its shutdown without listening, and exit: with 0 if all went well',
    requirement: 'LIFE-05, LIFE-25',
    variables: false,
    api: false,
  },
  watch: {
    ...flag(),
    group: 'Other',
    help: 'Start again after each change to a source below this folder: .ts .js .json and their like, not in node_modules',
    variables: false,
    api: false,
  },
  version: {
    ...flag(),
    group: 'Other',
    help: 'Print the version and exit',
    short: 'v',
    variables: false,
    api: false,
  },
  help: {
    ...flag(),
    group: 'Other',
    help: 'Print this help and exit',
    short: 'h',
    variables: false,
    api: false,
  },
}

const NAMES: readonly OptionName[] = Object.keys(OPTIONS).filter(isOptionName)

/** The names of all options, in the order of the table. */
export function optionNames(): readonly OptionName[] {
  return NAMES
}

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name)
}

/** `maxBodySize` as a flag: `--max-body-size`. */
export function flagOf(name: OptionName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** The variables that can set an option, the first one set winning. */
export function variablesOf(name: OptionName): readonly string[] {
  const { variables = [] } = OPTIONS[name]
  if (variables === false) return []
  return [`PAGI_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`, ...variables]
}
