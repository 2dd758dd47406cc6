import { describe, expect, test } from 'vitest'
import { compileFormat } from '../../src/access-log/format.ts'
import { formatFault } from '../../src/access-log/syntax.ts'
import { logTime } from '../../src/access-log/time.ts'
import type { RequestRecord } from '../../src/index.ts'
import { recordOf } from './records.ts'

const lineOf = (format: string, over: Partial<RequestRecord> = {}): string | undefined =>
  compileFormat(format)(recordOf(over))

const TIME = logTime(recordOf().time)

/** What came to no scope: no request could be made of it. */
const FAULT = {
  type: undefined,
  method: undefined,
  target: undefined,
  httpVersion: undefined,
  headers: [],
  responseHeaders: [],
  status: 400,
  bytes: 16,
  duration: 0,
  reason: 'protocol_error',
  detail: 'malformed HTTP: HPE_INVALID_METHOD',
} as const

describe('formats with a name', () => {
  test('common', () => {
    expect(lineOf('common')).toBe(`192.0.2.7 - ada ${TIME} "GET /a/b?c=d HTTP/1.1" 200 5120`)
    expect(lineOf('common', FAULT)).toBe(`192.0.2.7 - - ${TIME} "-" 400 16`)
  })

  test('combined', () => {
    expect(lineOf('combined')).toBe(
      `192.0.2.7 - ada ${TIME} "GET /a/b?c=d HTTP/1.1" 200 5120 "https://shop.example/" "curl/8.5.0"`,
    )
    expect(lineOf('combined', FAULT)).toBe(`192.0.2.7 - - ${TIME} "-" 400 16 "-" "-"`)
  })

  test('tiny', () => {
    expect(lineOf('tiny')).toBe('GET /a/b?c=d 200 5120 - 1234.568 ms')
    expect(lineOf('tiny', FAULT)).toBe('- - 400 16 - 0.000 ms')
  })

  test('json', () => {
    expect(lineOf('json')).toBe(
      '{"time":"2026-11-29T00:10:30.250Z","type":"http","client":"192.0.2.7","user":"ada",' +
        '"method":"GET","target":"/a/b?c=d","version":"1.1","status":200,"bytes":5120,' +
        '"duration":1234.568,"referrer":"https://shop.example/","userAgent":"curl/8.5.0"}',
    )
    expect(lineOf('json', { ...FAULT, client: undefined })).toBe(
      '{"time":"2026-11-29T00:10:30.250Z","status":400,"bytes":16,"duration":0,' +
        '"reason":"protocol_error","detail":"malformed HTTP: HPE_INVALID_METHOD"}',
    )
  })
})

describe('atoms', () => {
  const chat = {
    type: 'websocket',
    scheme: 'wss',
    status: 101,
    reason: 'client_closed',
    detail: 'ECONNRESET',
    closeCode: 1006,
  } as const

  test.each<[string, Partial<RequestRecord>, string]>([
    ['%%', {}, '%'],
    ['100%% of %m', {}, '100% of GET'],
    ['%a', {}, '192.0.2.7'],
    ['%a', { client: undefined }, '-'],
    ['%A', {}, '198.51.100.1'],
    ['%b', {}, '5120'],
    ['%b', { bytes: 0 }, '-'],
    ['%B', { bytes: 0 }, '0'],
    ['%D', {}, '1234568'],
    ['%h', {}, '192.0.2.7'],
    ['%h', { client: ['2001:db8::1', 1] }, '2001:db8::1'],
    ['%H', {}, 'HTTP/1.1'],
    ['%H', FAULT, '-'],
    ['%{Host}i', {}, 'shop.example'],
    ['%{HOST}i', {}, 'shop.example'],
    ['%{x-none}i', {}, '-'],
    ['"%{x-empty}i" %{x-empty}i', { headers: [['x-empty', '']] }, '"" -'],
    ['%l', {}, '-'],
    ['%m', {}, 'GET'],
    ['%{content-type}o', {}, 'text/html'],
    ['"%{Vary}o"', {}, '"accept, cookie"'],
    ['%p', {}, '8080'],
    ['%{local}p', {}, '8080'],
    ['%p', { server: ['/run/app.sock', null] }, '-'],
    ['%{remote}p', {}, '50123'],
    ['%P', {}, String(process.pid)],
    ['%{pid}P', {}, String(process.pid)],
    ['%q', {}, '?c=d'],
    ['%q', { target: '/a?' }, '?'],
    ['[%q]', { target: '/a' }, '[]'],
    ['%r', {}, 'GET /a/b?c=d HTTP/1.1'],
    ['%s', {}, '200'],
    ['%>s %<s', {}, '200 200'],
    ['%s', { status: undefined }, '-'],
    ['%t', {}, TIME],
    ['%{sec}t', {}, '1795911030'],
    ['%{msec}t', {}, '1795911030250'],
    ['%{usec}t', {}, '1795911030250000'],
    ['%{iso}t', {}, '2026-11-29T00:10:30.250Z'],
    ['%T', {}, '1'],
    ['%{s}T', {}, '1'],
    ['%{ms}T', {}, '1234.568'],
    ['%{us}T', {}, '1234568'],
    ['%u', {}, 'ada'],
    ['%u', { headers: [['authorization', 'Bearer abc']] }, '-'],
    ['%u', { headers: [['authorization', 'Basic !!!']] }, '-'],
    ['%u', { headers: [['authorization', 'Basic bm9jb2xvbg==']] }, '-'],
    ['%u', { headers: [['authorization', 'basic OnB3']] }, '-'],
    ['%U', {}, '/a/b'],
    ['%U%q', {}, '/a/b?c=d'],
    ['%{type}x', {}, 'http'],
    ['%{type}x', FAULT, '-'],
    ['%{reason}x %{detail}x %{code}x', {}, '- - -'],
    [
      '%{type}x %{scheme}x %s %{reason}x %{detail}x %{code}x',
      chat,
      'websocket wss 101 client_closed ECONNRESET 1006',
    ],
    ['"%{detail}x"', { detail: 'no pong within the timeout' }, '"no pong within the timeout"'],
  ])('%s of %j', (format, over, expected) => {
    expect(formatFault(format)).toBeUndefined()
    expect(lineOf(format, over)).toBe(expected)
  })

  test.each([
    ['%', '"%" at character 1 is no atom; a percent sign is %%'],
    ['%h %', '"%" at character 4 is no atom; a percent sign is %%'],
    ['%h % b', '"% b" at character 4 is no atom; a percent sign is %%'],
    ['%h %{Host', '"%{Host" at character 4 is no atom; a percent sign is %%'],
    ['%h %z', 'there is no atom %z, at character 4 of "%h %z"'],
    ['%{x}z', 'there is no atom %{x}z, at character 1 of "%{x}z"'],
    ['%constructor', 'there is no atom %c, at character 1 of "%constructor"'],
    ['%i', '%i needs an argument, %{Host}i, at character 1 of "%i"'],
    ['%{}i', '%{...}i takes the name of a header, got %{}i, at character 1 of "%{}i"'],
    ['%x', '%x needs an argument, %{type|reason|detail|code|scheme}x, at character 1 of "%x"'],
    ['%{min}T', '%{...}T takes s, ms, us, got %{min}T, at character 1 of "%{min}T"'],
    ['%{%Y}t', '%{...}t takes sec, msec, usec, iso, got %{%Y}t, at character 1 of "%{%Y}t"'],
    ['%{a}h', '%{...}h takes no argument, got %{a}h, at character 1 of "%{a}h"'],
    [
      'jsn',
      '"jsn" is neither common, combined, tiny, json nor a text with atoms such as %h: did you mean json?',
    ],
    [
      'toString',
      '"toString" is neither common, combined, tiny, json nor a text with atoms such as %h',
    ],
  ])('%s is refused', (format, message) => {
    expect(formatFault(format)).toBe(message)
  })
})

describe('the time', () => {
  test('is that of the process’s zone, the same for a whole second', () => {
    expect(logTime(Date.UTC(2026, 10, 29, 0, 10, 30, 999))).toBe(TIME)
    expect(logTime(Date.UTC(2026, 10, 29, 0, 10, 31))).not.toBe(TIME)
    // What it says, read back, is the time that was given.
    const [, day, month, year, clock, zone] =
      /^\[(\d\d)\/(\w{3})\/(\d{4}):(\S+) (\S+)\]$/.exec(TIME) ?? []
    expect(Date.parse(`${day} ${month} ${year} ${clock} ${zone}`)).toBe(
      Date.UTC(2026, 10, 29, 0, 10, 30),
    )
  })
})

describe('a format of one’s own', () => {
  test('is a function of the record; undefined is no line', () => {
    const format = compileFormat(({ target, status }) =>
      target === '/health' ? undefined : `${target} ${status}`,
    )
    expect(format(recordOf())).toBe('/a/b?c=d 200')
    expect(format(recordOf({ target: '/health' }))).toBeUndefined()
  })

  test('must make text of it', () => {
    const format: () => string = () => JSON.parse('7')
    expect(() => compileFormat(format)(recordOf())).toThrow(
      'a format must return a string or undefined, got number',
    )
  })

  test('makes one line, whatever it lets through', () => {
    const format = compileFormat(({ headers }) => `naïve "é" ${headers[0]?.[1]}`)
    expect(format(recordOf({ headers: [['a', 'x\r\ny\x1b[2J\u2028\u202e\t"']] }))).toBe(
      'naïve "é" x\\x0D\\x0Ay\\x1B[2J\\xE2\\x80\\xA8\\xE2\\x80\\xAE\t"',
    )
  })
})

describe('what a client says cannot look like anything else', () => {
  const basic = (user: string): string =>
    `Basic ${Buffer.from(`${user}:pw`, 'latin1').toString('base64')}`

  const every = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')

  test('in text every byte that is not plain ASCII, the quote and the backslash are escaped', () => {
    for (const format of ['"%{h}i"', '%{h}i', '"%{h}o"', '%U', '"%r"', '%m', '%{detail}x', '%u']) {
      const line = lineOf(format, {
        headers: [
          ['h', every],
          ['authorization', basic(every.replace(':', ''))],
        ],
        responseHeaders: [['h', every]],
        target: every.replace('?', ''),
        method: every,
        detail: every,
      })
      expect(line).toMatch(/^[\x20-\x7e]+$/)
      expect(line).toContain('\\x00\\x01')
      expect(line).toContain('\\x0A')
      expect(line).toContain('\\x22')
      expect(line).toContain('\\x5C')
      expect(line).toContain('\\x7F\\x80')
      expect(line).toContain('\\xFE\\xFF')
      expect(line?.replace(/^"(.*)"$/, '$1')).not.toContain('"')
    }
  })

  test('a space ends a value that is not quoted', () => {
    const forged = 'x [29/Nov/2026:00:00:00 +0000] "GET /admin HTTP/1.1" 200 1'
    const line = lineOf('common', { headers: [['authorization', basic(forged)]] })
    expect(line?.split(' ')).toHaveLength(10)
    expect(line).toContain(' x\\x20[29/Nov/2026')
    expect(lineOf('%{h}i|"%{h}i"', { headers: [['h', 'a b']] })).toBe('a\\x20b|"a b"')
  })

  test('text that is not from the wire is escaped as UTF-8', () => {
    expect(lineOf('"%{detail}x"', { detail: '💥 — é' })).toBe(
      '"\\xF0\\x9F\\x92\\xA5 \\xE2\\x80\\x94 \\xE9"',
    )
  })

  test('in JSON it is escaped by the rules of JSON, to ASCII', () => {
    const said = `${every}\u2028\u2029\ud800`
    const line = lineOf('json', {
      headers: [
        ['user-agent', said],
        ['referer', '"}\n{"status":200'],
      ],
      target: said,
      method: said,
      detail: said,
    })
    expect(line).toMatch(/^[\x20-\x7e]+$/)
    expect(line).toContain('\\u007f\\u0080')
    expect(line).toContain('\\u2028\\u2029\\ud800')
    expect(JSON.parse(line ?? '')).toMatchObject({
      target: said,
      userAgent: said,
      referrer: '"}\n{"status":200',
    })
  })
})
