import fc from 'fast-check'
import { isPagiError } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import {
  CACHE_CONTROL,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  DATE,
  HOP_BY_HOP,
  SEC_WEBSOCKET,
  UPGRADE,
  checkHeaders,
  checkTrailers,
  stripHopByHop,
} from '../../src/http/response-fields.ts'

const toUnit = (code: number) => String.fromCharCode(code)
const check = (headers: unknown) => checkHeaders('http.response.start', headers)
const codeOf = (headers: unknown): unknown => {
  try {
    check(headers)
  } catch (error) {
    return isPagiError(error) ? error.code : error
  }
  return 'accepted'
}

describe('the header list of an event', () => {
  test('absent, undefined and null are an empty list', () => {
    expect(check(undefined)).toEqual({ headers: [], contentLength: undefined, flags: 0 })
    expect(check(null).headers).toEqual([])
  })

  test.each<[string, unknown]>([
    ['a Headers object', new Headers({ a: 'b' })],
    ['an object', { a: 'b' }],
    ['a flat list', ['a', 'b']],
    ['a pair of three', [['a', 'b', 'c']]],
    ['a pair of one', [['a']]],
    ['a number as value', [['a', 1]]],
    ['undefined as value', [['a', undefined]]],
    ['bytes as value', [['a', new Uint8Array(1)]]],
    ['a hole', [undefined]],
  ])('%s is no header list', (_name, headers) => {
    expect(codeOf(headers)).toBe('ERR_PAGI_INVALID_EVENT')
  })

  test.each([
    ['CR in a value', 'a', 'b\rc'],
    ['LF in a value', 'a', 'b\nc'],
    ['CRLF at the end of a value', 'a', 'b\r\n'],
    ['NUL in a value', 'a', 'b\0'],
    ['another control in a value', 'a', 'b\x1b'],
    ['DEL in a value', 'a', 'b\x7f'],
    ['a code unit above a byte', 'a', 'caf\u0113'],
    ['an empty name', '', 'b'],
    ['an upper-case name', 'A', 'b'],
    ['a colon in a name', 'a:b', 'c'],
    ['a blank in a name', 'a b', 'c'],
    ['CR in a name', 'a\r', 'c'],
    ['LF in a name', 'a\nb', 'c'],
    ['a wide name', 'caf\u00e9', 'c'],
    ['a content-length of text', 'content-length', 'ten'],
    ['a negative content-length', 'content-length', '-1'],
    ['an empty content-length', 'content-length', ''],
    ['a fractional content-length', 'content-length', '1.5'],
    ['a signed content-length', 'content-length', '+1'],
    ['a content-length with a blank', 'content-length', ' 1'],
    ['a content-length beyond counting', 'content-length', '9007199254740992'],
    ['a byte above ASCII in a name', 'a\xff', 'b'],
    ['a lone surrogate in a value', 'a', '\ud800'],
  ])('%s never reaches the wire (HTTP-36, HTTP-43)', (_name, name, value) => {
    expect(
      codeOf([
        ['x', 'y'],
        [name, value],
      ]),
    ).toBe('ERR_PAGI_INVALID_HEADER')
  })

  test('a repeated content-length rejects, even with the same value', () => {
    expect(
      codeOf([
        ['content-length', '1'],
        ['content-length', '1'],
      ]),
    ).toBe('ERR_PAGI_INVALID_HEADER')
  })

  test('bytes above ASCII, tabs and blanks are values as they stand', () => {
    const headers = [['a', ' \t\xff caf\xe9 ']]
    expect(check(headers).headers).toEqual(headers)
  })

  test('an error names the pair and the character, but not the value', () => {
    const headers = [
      ['a', 'b'],
      ['set-cookie', 'secret\n'],
    ]
    expect(() => check(headers)).toThrow(/headers\[1\].*set-cookie with U\+000A at 6/)
    expect(() => check(headers)).not.toThrow(/secret/)
  })

  test('the list is a copy: the caller may change its own afterwards', () => {
    const pair = ['a', 'b']
    const { headers } = check([pair])
    pair[1] = 'c\r\n'
    expect(headers).toEqual([['a', 'b']])
  })

  test('what the server has to know is in the flags', () => {
    const { flags, contentLength } = check([
      ['content-length', '12'],
      ['date', 'now'],
      ['upgrade', 'x'],
      ['content-type', 'a/b'],
      ['cache-control', 'no-store'],
      ['sec-websocket-accept', 'x'],
    ])
    expect(contentLength).toBe(12)
    const all = CONTENT_LENGTH | DATE | HOP_BY_HOP | UPGRADE | CONTENT_TYPE | CACHE_CONTROL
    expect(flags).toBe(all | SEC_WEBSOCKET)
    expect(check([['x-date', 'now']]).flags).toBe(0)
  })

  test('every element is read once, inherited ones and getters included', () => {
    const reads: string[] = []
    const once = (name: string, target: unknown[], at: number, value: unknown) =>
      Object.defineProperty(target, at, {
        get: () => {
          reads.push(name)
          return reads.filter((read) => read === name).length === 1 ? value : 'evil\r\n'
        },
      })
    const pair: unknown[] = ['', '']
    once('name', pair, 0, 'a')
    once('value', pair, 1, 'b')
    const list: unknown[] = [undefined]
    once('pair', list, 0, pair)
    expect(check(list).headers).toEqual([['a', 'b']])
    expect(reads).toEqual(['pair', 'name', 'value'])
  })

  test('any bytes are accepted or refused exactly by HTTP-36', () => {
    const text = fc.string({ unit: fc.integer({ min: 0, max: 0x101 }).map(toUnit), maxLength: 6 })
    fc.assert(
      fc.property(text, text, (name, value) => {
        const good =
          /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && /^[\t -~\u0080-\u00ff]*$/.test(value)
        expect(codeOf([[name, value]])).toBe(good ? 'accepted' : 'ERR_PAGI_INVALID_HEADER')
      }),
    )
    for (let unit = 0; unit <= 0x101; unit++) {
      const char = toUnit(unit)
      const inValue = char === '\t' || (unit >= 0x20 && unit !== 0x7f && unit <= 0xff)
      expect(codeOf([['a', `x${char}y`]]) === 'accepted', `value U+${unit}`).toBe(inValue)
      const inName = /[!#$%&'*+.^_`|~0-9a-z-]/.test(char)
      expect(codeOf([[`x${char}y`, 'v']]) === 'accepted', `name U+${unit}`).toBe(inName)
    }
  })

  test('thousands of made-up names change nothing', () => {
    for (let at = 0; at < 3000; at++) expect(check([[`x-${at}`, 'v']]).flags).toBe(0)
    expect(check([['sec-websocket-made-up', 'v']]).flags).toBe(SEC_WEBSOCKET)
  })
})

describe('connection-level headers (HTTP-86)', () => {
  const all = ['connection', 'transfer-encoding', 'keep-alive', 'upgrade', 'proxy-connection', 'te']

  test.each(all)('%s is stripped', (name) => {
    const { headers, stripped } = stripHopByHop(
      [
        ['a', 'b'],
        [name, 'x'],
        ['c', 'd'],
      ],
      false,
    )
    expect(headers).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    expect(stripped).toEqual([name])
  })

  test('upgrade may stay, for a 426 (HTTP-88)', () => {
    expect(
      stripHopByHop(
        [
          ['upgrade', 'x'],
          ['te', 'y'],
        ],
        true,
      ).headers,
    ).toEqual([['upgrade', 'x']])
  })

  test('trailers lose them and content-length, and are checked like headers (HTTP-60)', () => {
    const { headers, stripped } = checkTrailers('http.response.trailers', [
      ['x-sum', '1'],
      ['content-length', '3'],
      ['te', 'y'],
    ])
    expect(headers).toEqual([['x-sum', '1']])
    expect(stripped).toEqual(['content-length', 'te'])
    expect(() => checkTrailers('http.response.trailers', [['x', 'a\r\nb']])).toThrow(/headers\[0\]/)
  })

  test('a content-length of a trailer section is dropped, whatever it says', () => {
    const lengths = [
      ['content-length', 'ten'],
      ['content-length', '3'],
      ['content-length', '3'],
    ]
    expect(checkTrailers('http.response.trailers', lengths).headers).toEqual([])
    expect(() => checkTrailers('t', [['content-length', '\n']])).toThrow(/headers\[0\]/)
    expect(checkTrailers('http.response.trailers', undefined)).toEqual({
      headers: [],
      stripped: [],
    })
    expect(() => checkTrailers('http.response.trailers', {})).toThrow(/headers must be an array/)
  })
})
