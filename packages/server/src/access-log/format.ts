import { Buffer } from 'node:buffer'
import type { ByteString, HeaderList } from '@pagi/spec'
import type { RequestRecord } from '../request-record.ts'
import { asciiJson } from '../printable.ts'
import { bare, line, quoted } from './escape.ts'
import { JSON_PRESET, parseFormat } from './syntax.ts'
import type { AccessLogFormat, Atom } from './syntax.ts'
import { logTime } from './time.ts'

// From a format to a function that writes a line, once; then only the function runs.

type Read = (record: RequestRecord) => string
type Escape = (text: string) => string

/** @throws FormatError when the format is not one, which `formatFault` tells beforehand */
export const compileFormat = (format: string | AccessLogFormat): AccessLogFormat => {
  if (typeof format === 'function') return custom(format)
  if (format === JSON_PRESET) return jsonLine
  const readers: Read[] = []
  let inQuotes = false
  for (const piece of parseFormat(format)) {
    if (typeof piece === 'string') {
      readers.push(() => piece)
      inQuotes = inQuotes !== (piece.split('"').length % 2 === 0)
    } else readers.push(reader(piece, inQuotes ? quoted : bare))
  }
  return (record) => {
    let text = ''
    for (const read of readers) text += read(record)
    return text
  }
}

const custom =
  (format: AccessLogFormat): AccessLogFormat =>
  (record) => {
    const made: unknown = format(record)
    if (made === undefined) return undefined
    if (typeof made !== 'string')
      throw new TypeError(`a format must return a string or undefined, got ${typeof made}`)
    return line(made)
  }

const reader = ({ letter, argument = '' }: Atom, escape: Escape): Read => {
  const name = argument.toLowerCase()
  const said = (text: string | undefined): string =>
    text === undefined || (text === '' && escape === bare) ? '-' : escape(text)
  switch (letter) {
    case 'a':
    case 'h':
      return ({ client }) => said(client?.[0])
    case 'A':
      return ({ server }) => said(server?.[0])
    case 'b':
      return ({ bytes }) => (bytes === 0 ? '-' : String(bytes))
    case 'B':
      return ({ bytes }) => String(bytes)
    case 'D':
      return ({ duration }) => microseconds(duration)
    case 'H':
      return (record) => said(protocolOf(record))
    case 'i':
      return ({ headers }) => said(valueOf(headers, name))
    case 'm':
      return ({ method }) => said(method)
    case 'o':
      return ({ responseHeaders }) => said(valueOf(responseHeaders, name))
    case 'p':
      return argument === 'remote'
        ? ({ client }) => said(client?.[1].toString())
        : ({ server }) => said(server?.[1]?.toString())
    case 'P':
      return () => String(process.pid)
    case 'q':
      return ({ target }) => escape(queryOf(target))
    case 'r':
      return (record) => requestLine(record, escape)
    case 's':
      return ({ status }) => said(status?.toString())
    case 't':
      return timeOf(argument)
    case 'T':
      return durationOf(argument)
    case 'u':
      return ({ headers }) => said(userOf(headers))
    case 'U':
      return ({ target }) => said(pathOf(target))
    case 'x':
      return extension(argument, said)
    default: // %l: nobody asks identd any more
      return () => '-'
  }
}

const timeOf = (unit: string): Read => {
  switch (unit) {
    case 'sec':
      return ({ time }) => String(Math.floor(time / 1000))
    case 'msec':
      return ({ time }) => String(time)
    case 'usec':
      return ({ time }) => `${time}000`
    case 'iso':
      return ({ time }) => new Date(time).toISOString()
    default:
      return ({ time }) => logTime(time)
  }
}

const durationOf = (unit: string): Read => {
  switch (unit) {
    case 'ms':
      return ({ duration }) => duration.toFixed(3)
    case 'us':
      return ({ duration }) => microseconds(duration)
    default:
      return ({ duration }) => String(Math.floor(duration / 1000))
  }
}

const extension = (name: string, said: (text: string | undefined) => string): Read => {
  switch (name) {
    case 'type':
      return ({ type }) => said(type)
    case 'reason':
      return ({ reason }) => said(reason)
    case 'detail':
      return ({ detail }) => said(detail)
    case 'code':
      return ({ closeCode }) => said(closeCode?.toString())
    default:
      return ({ scheme }) => said(scheme)
  }
}

const microseconds = (duration: number): string => String(Math.round(duration * 1000))

/** Several fields of one name are one list (RFC 9110 5.3). */
const valueOf = (headers: HeaderList, name: string): string | undefined => {
  let value: string | undefined
  for (const header of headers)
    if (header[0].toLowerCase() === name)
      value = value === undefined ? header[1] : `${value}, ${header[1]}`
  return value
}

const protocolOf = ({ httpVersion }: RequestRecord): string | undefined =>
  httpVersion === undefined ? undefined : `HTTP/${httpVersion}`

/** Its spaces stand between its parts, and nowhere else. */
const requestLine = (record: RequestRecord, escape: Escape): string => {
  const { method, target = '' } = record
  if (method === undefined) return '-'
  return `${escape(method)} ${escape(target)} ${protocolOf(record) ?? '-'}`
}

const pathOf = (target: ByteString | undefined): string | undefined => target?.split('?', 1)[0]

/** With its question mark, so that `%U%q` is the target. */
const queryOf = (target: ByteString = ''): string => {
  const at = target.indexOf('?')
  return at < 0 ? '' : target.slice(at)
}

/** The user of Basic authentication, as the client claims it (RFC 7617): nobody has checked the password. */
const userOf = (headers: HeaderList): ByteString | undefined => {
  const [, credentials] =
    /^Basic +([\w+/=-]+)$/i.exec(valueOf(headers, 'authorization') ?? '') ?? []
  if (credentials === undefined) return undefined
  const text = Buffer.from(credentials, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : text.slice(0, colon)
}

/** One object; what there is nothing to say of is absent. */
const jsonLine = (record: RequestRecord): string => {
  const { headers, type, client, method, target, httpVersion, status } = record
  return asciiJson({
    time: new Date(record.time).toISOString(),
    type,
    client: client?.[0],
    user: userOf(headers),
    method,
    target,
    version: httpVersion,
    status,
    bytes: record.bytes,
    duration: Math.round(record.duration * 1000) / 1000,
    referrer: valueOf(headers, 'referer'),
    userAgent: valueOf(headers, 'user-agent'),
    reason: record.reason,
    detail: record.detail,
    closeCode: record.closeCode,
  })
}
