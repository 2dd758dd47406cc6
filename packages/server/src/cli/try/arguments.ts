/** What `pagi-server fetch|sse|ws` was asked for. */

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'

export const COMMANDS = ['fetch', 'sse', 'ws'] as const

export type TryCommand = (typeof COMMANDS)[number]

export interface TryRequest {
  readonly command: TryCommand
  /** The application as typed; undefined: that of the current folder. */
  readonly app: string | undefined
  readonly appOptions: Readonly<Record<string, string>>
  readonly method: string
  readonly target: string
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[]
  readonly body: Uint8Array
  /** Print the head of the response, too. */
  readonly include: boolean
  /** Events or messages after which the client leaves. */
  readonly count: number | undefined
  /** Value of `-E`. */
  readonly env: string | undefined
  /** Without `--no-lint`. */
  readonly lint: boolean
}

const OPTIONS = {
  request: { type: 'string', short: 'X' },
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  include: { type: 'boolean', short: 'i' },
  count: { type: 'string', short: 'n' },
  subprotocol: { type: 'string', multiple: true },
  env: { type: 'string', short: 'E' },
  'no-lint': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Options that make sense for one kind of request only. */
const ONLY: Readonly<Record<string, readonly TryCommand[]>> = {
  request: ['fetch', 'sse'],
  data: ['fetch', 'sse'],
  count: ['sse', 'ws'],
  subprotocol: ['ws'],
}

const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/

/**
 * Reads the arguments behind the command.
 *
 * @returns `help` where that was asked for
 * @throws UsageError naming the argument
 */
export function readTry(command: TryCommand, argv: readonly string[]): TryRequest | 'help' {
  const { values, positionals } = parsed(argv)
  if (values.help === true) return 'help'
  for (const [name, commands] of Object.entries(ONLY))
    if (Object.hasOwn(values, name) && !commands.includes(command))
      throw new UsageError(
        `--${name} is no option of ${command}: see pagi-server ${command} --help`,
      )
  const [first = '', ...others] = positionals
  const inFolder = first.startsWith('/') || first === ''
  const [path = '/', ...pairs] = inFolder ? positionals : others
  const data = bodyOf(values.data)
  const fields = (values.header ?? []).map(readField)
  const own = ownFields(command, values.subprotocol ?? [], data, fields)
  return {
    command,
    app: inFolder ? undefined : first,
    appOptions: Object.fromEntries(pairs.map(readPair)),
    method: readMethod(values.request ?? (data === undefined ? 'GET' : 'POST')),
    target: readTarget(path),
    rawHeaders: [...own, ...fields].flat(),
    body: data ?? new Uint8Array(),
    include: values.include ?? false,
    count: readCount(values.count),
    env: values.env,
    lint: values['no-lint'] !== true,
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** What a client says of itself, unless it was told to say something else. */
function ownFields(
  command: TryCommand,
  subprotocols: readonly string[],
  data: Uint8Array | undefined,
  given: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = [['host', 'localhost']]
  if (command === 'sse') fields.push(['accept', 'text/event-stream'])
  if (command === 'fetch') fields.push(['accept', '*/*'])
  if (command === 'ws')
    fields.push(
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'cGFnaS1zZXJ2ZXIgd3MgOg=='],
    )
  if (subprotocols.length > 0) fields.push(['sec-websocket-protocol', subprotocols.join(', ')])
  if (data !== undefined)
    fields.push(
      ['content-length', String(data.byteLength)],
      ['content-type', 'application/x-www-form-urlencoded'],
    )
  const names = given.map(([name]) => name.toLowerCase())
  return fields.filter(([name]) => !names.includes(name))
}

/** `text`, `@file`, or `@-` for the standard input. */
function bodyOf(data: string | undefined): Uint8Array | undefined {
  if (data === undefined) return undefined
  if (!data.startsWith('@')) return new TextEncoder().encode(data)
  const file = data.slice(1)
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    throw new UsageError(
      `--data ${data}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function readField(text: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([^:]*):[ \t]*(.*?)[ \t]*$/su.exec(text) ?? []
  // As bytes of UTF-8, which is what a terminal has typed.
  const bytes = Buffer.from(value, 'utf8').toString('latin1')
  if (TOKEN.test(name) && !/[\0\r\n]/.test(value)) return [name, bytes]
  throw new UsageError(`--header is name: value, got ${JSON.stringify(text)}`)
}

function readMethod(text: string): string {
  if (TOKEN.test(text)) return text
  throw new UsageError(`--request is a method such as GET, got ${JSON.stringify(text)}`)
}

function readTarget(text: string): string {
  if (/^\/[!-~]*$/.test(text)) return text
  throw new UsageError(
    `a path begins with a slash and is percent-encoded, as ${JSON.stringify(encodeURI(`/${text.replace(/^\/+/, '')}`))}, got ${JSON.stringify(text)}`,
  )
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UsageError(`--count is a whole number above 0, got ${JSON.stringify(text)}`)
}

function readPair(text: string): readonly [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/su.exec(text) ?? []
  if (key !== undefined && value !== undefined) return [key, value]
  throw new UsageError(
    `unexpected argument ${text}: after the application come a path and key=value arguments for createApp(options)`,
  )
}
