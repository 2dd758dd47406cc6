import { array, assert, constantFrom, property, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHeaders } from '../../src/http/fields.ts'

const lines = (...pairs: readonly [string, string][]) => readHeaders(pairs.flat())

describe('the header list of a scope', () => {
  test('has lower-case names, in wire order, duplicates kept (HTTP-03, HTTP-05)', () => {
    const { headers } = lines(['Host', 'a'], ['X-A', '1'], ['x_a', '2'], ['X-a', '3'], ['X-A', ''])
    expect(headers).toEqual([
      ['host', 'a'],
      ['x-a', '1'],
      ['x_a', '2'],
      ['x-a', '3'],
      ['x-a', ''],
    ])
  })

  test('leaves values as they are: not trimmed, decoded or joined (HTTP-04)', () => {
    const value = ' \tCaf\u00e9\xff, "B" '
    expect(lines(['X', value]).headers).toEqual([['x', value]])
  })

  test('joins cookie lines into one at the place of the first (HTTP-06)', () => {
    const { headers } = lines(
      ['A', '1'],
      ['Cookie', 'a=1; b=2'],
      ['B', '2'],
      ['cookie', 'c=3'],
      ['COOKIE', 'd="4, 5"'],
    )
    expect(headers).toEqual([
      ['a', '1'],
      ['cookie', 'a=1; b=2; c=3; d="4, 5"'],
      ['b', '2'],
    ])
  })

  test('joins nothing but cookies', () => {
    const { headers } = lines(['Set-Cookie', 'a'], ['Set-Cookie', 'b'], ['Cookie2', 'c'])
    expect(headers).toHaveLength(3)
  })

  test('is the same however many names were met before', () => {
    for (let at = 0; at < 2000; at++) lines([`X-Junk-${at}`, ''])
    expect(lines(['HOST', 'a'], ['x-JUNK-7', 'b']).headers).toEqual([
      ['host', 'a'],
      ['x-junk-7', 'b'],
    ])
    expect(lines(['HOST', 'a']).values('host')).toEqual(['a'])
    const long = 'X'.repeat(1000)
    expect(lines([long, 'v']).headers).toEqual([[long.toLowerCase(), 'v']])
  })

  test('is a list of its own for every request', () => {
    const raw = ['A', '1']
    expect(readHeaders(raw).headers).not.toBe(readHeaders(raw).headers)
    expect(readHeaders([]).headers).toEqual([])
  })
})

describe('the values a server looks at', () => {
  const NAMES = [
    'accept',
    'connection',
    'content-length',
    'expect',
    'host',
    'sec-websocket-key',
    'sec-websocket-protocol',
    'sec-websocket-version',
    'transfer-encoding',
    'upgrade',
  ] as const

  test.each(NAMES)('of %s are there in wire order, whatever its letter case', (name) => {
    const fields = lines([name.toUpperCase(), '1'], ['X-Other', '2'], [name, '3'])
    expect(fields.values(name)).toEqual(['1', '3'])
    for (const other of NAMES) if (other !== name) expect(fields.values(other)).toEqual([])
  })

  test('of any header section are those of the header list', () => {
    const name = constantFrom(...NAMES, 'Host', 'ACCEPT', 'cookie', 'x-a')
    assert(
      property(array(tuple(name, constantFrom('a', 'b', ''))), (pairs) => {
        const fields = readHeaders(pairs.flat())
        for (const picked of NAMES) {
          const expected = pairs.filter(([key]) => key.toLowerCase() === picked)
          expect(fields.values(picked)).toEqual(expected.map(([, value]) => value))
        }
      }),
    )
  })
})
