import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkRequest, readHeaders } from '../../src/http/fields.ts'

const read = (...lines: [string, string][]) => readHeaders(lines.flat())
const check = (lines: [string, string][], version = '1.1', method = 'GET', authority?: string) =>
  checkRequest(read(...lines), version, method, authority)?.status

describe('reading header lines', () => {
  test('names are lower-cased, order and duplicates are kept (HTTP-03, HTTP-05)', () => {
    const { headers } = read(['X-A', '1'], ['Host', 'h'], ['x-a', '2'], ['X_A', '3'])
    expect(headers).toEqual([
      ['x-a', '1'],
      ['host', 'h'],
      ['x-a', '2'],
      ['x_a', '3'],
    ])
  })

  test('cookie lines become one, where the first stood (HTTP-06)', () => {
    const { headers } = read(
      ['Cookie', 'a=1'],
      ['host', 'h'],
      ['COOKIE', 'b=2; c=3'],
      ['cookie', ''],
    )
    expect(headers).toEqual([
      ['cookie', 'a=1; b=2; c=3; '],
      ['host', 'h'],
    ])
  })

  test('values are opaque: never trimmed, decoded or joined (HTTP-04)', () => {
    const bytes = '\xff\t a,b '
    expect(read(['x', bytes]).headers).toEqual([['x', bytes]])
  })

  test('what the server looks at comes with every line', () => {
    const fields = read(['Accept', 'a'], ['ACCEPT', 'b'], ['x', 'y'])
    expect(fields.values('accept')).toEqual(['a', 'b'])
    expect(fields.values('host')).toEqual([])
  })

  test('any list of names and values comes through whole', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (lines) => {
        const plain = lines.filter(([one]) => one.toLowerCase() !== 'cookie')
        expect(read(...plain).headers).toEqual(
          plain.map(([one, value]) => [one.toLowerCase(), value]),
        )
      }),
    )
  })
})

describe('what a server refuses before it calls the application (T-STATUS)', () => {
  test.each<[string, [string, string][], number | undefined]>([
    ['one Host', [['host', 'example.org']], undefined],
    ['a Host with a port', [['host', 'example.org:8080']], undefined],
    ['an IPv6 Host', [['host', '[::1]:5000']], undefined],
    ['an empty Host', [['host', '']], undefined],
    ['no Host', [], 400],
    [
      'two Hosts',
      [
        ['host', 'a'],
        ['host', 'a'],
      ],
      400,
    ],
    ['a Host with a blank', [['host', 'a b']], 400],
    ['a Host with user information', [['host', 'me@a']], 400],
    ['a Host with a path', [['host', 'a/b']], 400],
    ['a Host that is a list', [['host', 'a,b']], undefined],
    [
      'chunked',
      [
        ['host', 'a'],
        ['transfer-encoding', 'chunked'],
      ],
      undefined,
    ],
    [
      'Chunked in another case',
      [
        ['host', 'a'],
        ['transfer-encoding', 'Chunked'],
      ],
      undefined,
    ],
    [
      'gzip',
      [
        ['host', 'a'],
        ['transfer-encoding', 'gzip'],
      ],
      501,
    ],
    [
      'gzip, chunked',
      [
        ['host', 'a'],
        ['transfer-encoding', 'gzip, chunked'],
      ],
      501,
    ],
    [
      'identity',
      [
        ['host', 'a'],
        ['transfer-encoding', 'identity'],
      ],
      501,
    ],
    [
      'an empty coding',
      [
        ['host', 'a'],
        ['transfer-encoding', ''],
      ],
      501,
    ],
    [
      'chunked twice',
      [
        ['host', 'a'],
        ['transfer-encoding', 'chunked, chunked'],
      ],
      400,
    ],
    [
      'chunked on two lines',
      [
        ['host', 'a'],
        ['transfer-encoding', 'chunked'],
        ['transfer-encoding', 'chunked'],
      ],
      400,
    ],
    [
      'chunked beside a length',
      [
        ['host', 'a'],
        ['transfer-encoding', 'chunked'],
        ['content-length', '3'],
      ],
      400,
    ],
    [
      'a length',
      [
        ['host', 'a'],
        ['content-length', '3'],
      ],
      undefined,
    ],
    [
      'leading zeros',
      [
        ['host', 'a'],
        ['content-length', '003'],
      ],
      undefined,
    ],
    [
      'two lengths',
      [
        ['host', 'a'],
        ['content-length', '3'],
        ['content-length', '3'],
      ],
      400,
    ],
    [
      'a list of lengths',
      [
        ['host', 'a'],
        ['content-length', '3, 3'],
      ],
      400,
    ],
    [
      'a negative length',
      [
        ['host', 'a'],
        ['content-length', '-3'],
      ],
      400,
    ],
    [
      'a signed length',
      [
        ['host', 'a'],
        ['content-length', '+3'],
      ],
      400,
    ],
    [
      'a hexadecimal length',
      [
        ['host', 'a'],
        ['content-length', '0x3'],
      ],
      400,
    ],
    [
      'an empty length',
      [
        ['host', 'a'],
        ['content-length', ''],
      ],
      400,
    ],
    [
      'a length beyond all integers',
      [
        ['host', 'a'],
        ['content-length', '9'.repeat(30)],
      ],
      400,
    ],
  ])('%s', (_name, lines, status) => {
    expect(check(lines)).toBe(status)
  })

  test('HTTP/1.0 needs no Host, and knows no Transfer-Encoding', () => {
    expect(check([], '1.0')).toBeUndefined()
    expect(check([['transfer-encoding', 'chunked']], '1.0')).toBe(400)
  })

  test('other major versions and CONNECT are refused', () => {
    expect(check([['host', 'a']], '2.0')).toBe(505)
    expect(check([['host', 'a']], '0.9')).toBe(505)
    expect(check([['host', 'a']], '1.1', 'CONNECT')).toBe(501)
  })

  test('the authority of an absolute target must be the Host (HTTP-24)', () => {
    expect(check([['host', 'a:80']], '1.1', 'GET', 'A:80')).toBeUndefined()
    expect(check([['host', 'a']], '1.1', 'GET', 'b')).toBe(400)
  })
})
