import { array, assert, constantFrom, integer, property, tuple, uint8Array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHeaders } from '../../src/http/fields.ts'
import { checkHandshake, isWebSocketUpgrade } from '../../src/websocket/handshake.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const upgrade = (connection: string[], protocols: string[]) =>
  readHeaders([
    ...connection.flatMap((value) => ['Connection', value]),
    ...protocols.flatMap((value) => ['Upgrade', value]),
  ])

describe('a request asks to become a WebSocket', () => {
  test.each<[string, string[], string[], boolean]>([
    ['in the plain form', ['Upgrade'], ['websocket'], true],
    ['in any letter case', ['UPGRADE'], ['WebSocket'], true],
    ['among other options', ['keep-alive, Upgrade'], ['h2c, websocket'], true],
    ['over several lines', ['keep-alive', 'upgrade'], ['h2c', 'websocket'], true],
    ['without Connection', [], ['websocket'], false],
    ['without Upgrade', ['upgrade'], [], false],
    ['with another Connection option', ['keep-alive'], ['websocket'], false],
    ['for another protocol', ['upgrade'], ['h2c'], false],
    ['for a lookalike', ['upgrade'], ['websocket2'], false],
    ['for a versioned lookalike', ['upgrade'], ['websocket/13'], false],
    ['with a lookalike of the option', ['upgrades'], ['websocket'], false],
  ])('%s', (_, connection, protocols, expected) => {
    expect(isWebSocketUpgrade(upgrade(connection, protocols), '1.1')).toBe(expected)
  })

  test.each(['1.0', '2'])('never on HTTP/%s (WS-07)', (version) => {
    expect(isWebSocketUpgrade(upgrade(['upgrade'], ['websocket']), version)).toBe(false)
  })
})

interface Handshake {
  readonly method?: string
  readonly versions?: readonly string[]
  readonly keys?: readonly string[]
  readonly protocols?: readonly string[]
}

const check = ({
  method = 'GET',
  versions = ['13'],
  keys = [KEY],
  protocols = [],
}: Handshake = {}) =>
  checkHandshake(
    readHeaders([
      ...versions.flatMap((value) => ['Sec-WebSocket-Version', value]),
      ...keys.flatMap((value) => ['Sec-WebSocket-Key', value]),
      ...protocols.flatMap((value) => ['Sec-WebSocket-Protocol', value]),
    ]),
    method,
  )

describe('a handshake', () => {
  test('of the plain form is accepted', () => {
    expect(check()).toEqual({ ok: true, key: KEY, subprotocols: [] })
  })

  test.each<[string, Handshake, number]>([
    ['POST', { method: 'POST' }, 405],
    ['HEAD', { method: 'HEAD' }, 405],
    ['get', { method: 'get' }, 405],
    ['POST, and another version too', { method: 'POST', versions: ['8'] }, 405],
    ['no version', { versions: [] }, 400],
    ['the version twice', { versions: ['13', '13'] }, 400],
    ['version 8', { versions: ['8'] }, 426],
    ['version 14', { versions: ['14'] }, 426],
    ['version 013', { versions: ['013'] }, 426],
    ['versions as a list', { versions: ['8, 13'] }, 426],
    ['an empty version', { versions: [''] }, 426],
    ['another version, and no key either', { versions: ['8'], keys: [] }, 426],
    ['no key', { keys: [] }, 400],
    ['two keys', { keys: [KEY, KEY] }, 400],
    ['an empty key', { keys: [''] }, 400],
    ['a key of 15 bytes', { keys: ['dGhlIHNhbXBsZSBub25j'] }, 400],
    ['a key of 17 bytes', { keys: ['dGhlIHNhbXBsZSBub25jZWU='] }, 400],
    ['a key without padding', { keys: [KEY.slice(0, -2)] }, 400],
    ['a key with half its padding', { keys: [KEY.slice(0, -1)] }, 400],
    ['a key short of one character', { keys: [KEY.slice(1)] }, 400],
    ['a key in base64url', { keys: ['__hlIHNhbXBsZSBub25jZQ=='] }, 400],
    ['a key with a line feed', { keys: [`${KEY}\n`] }, 400],
    ['a key with a blank', { keys: [` ${KEY}`] }, 400],
    ['a subprotocol that is no token', { protocols: ['a b'] }, 400],
    ['a quoted subprotocol', { protocols: ['"a"'] }, 400],
    ['a subprotocol with a path', { protocols: ['a/b'] }, 400],
    ['a subprotocol of other bytes', { protocols: ['caf\u00e9'] }, 400],
    ['a subprotocol behind a vertical tab', { protocols: ['\x0ba'] }, 400],
    ['a subprotocol twice', { protocols: ['a, a'] }, 400],
    ['a subprotocol twice, over two lines', { protocols: ['a, b', 'a'] }, 400],
  ])('with %s is refused', (_, handshake, status) => {
    expect(check(handshake)).toMatchObject({ ok: false, status })
  })

  test.each<[string[], string[]]>([
    [[], []],
    [['a'], ['a']],
    [['a,b'], ['a', 'b']],
    [[' a ,\tb , c'], ['a', 'b', 'c']],
    [
      ['b', 'a'],
      ['b', 'a'],
    ],
    [
      ['a,,b,', ', '],
      ['a', 'b'],
    ],
    [[''], []],
    [['A, a'], ['A', 'a']],
    [["!#$%&'*+-.^_`|~9Z"], ["!#$%&'*+-.^_`|~9Z"]],
  ])('offering %j has the subprotocols %j (WS-04)', (protocols, subprotocols) => {
    expect(check({ protocols })).toEqual({ ok: true, key: KEY, subprotocols })
  })

  test('with any 16 bytes as its key is accepted, and with any other number refused', () => {
    assert(
      property(uint8Array({ maxLength: 40 }), (bytes) => {
        const key = btoa(String.fromCharCode(...bytes))
        expect(check({ keys: [key] }).ok).toBe(bytes.length === 16)
      }),
    )
  })

  test('offers the same subprotocols however its lines are cut', () => {
    const blanks = constantFrom('', ' ', '\t', ' \t ')
    const cuts = array(tuple(constantFrom(',', '\n'), blanks, blanks), {
      minLength: 6,
      maxLength: 6,
    })
    assert(
      property(integer({ min: 0, max: 6 }), cuts, (count, between) => {
        const names = Array.from({ length: count }, (_, at) => `p${at}`)
        const text = names.map((name, at) => {
          const [cut = '', before = '', after = ''] = between[at] ?? []
          return `${name}${before}${at + 1 < count ? cut : ''}${after}`
        })
        const protocols = text.join('').split('\n')
        expect(check({ protocols })).toMatchObject({ ok: true, subprotocols: names })
      }),
    )
  })
})
