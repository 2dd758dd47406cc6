import { describe, expect, test } from 'vitest'
import { readHeaders } from '../../src/http/fields.ts'
import { checkHandshake, isWebSocketUpgrade } from '../../src/websocket/handshake.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const GOOD: readonly [string, string][] = [
  ['Host', 'h'],
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', KEY],
]
const fieldsOf = (change: Record<string, string[] | undefined> = {}) => {
  const kept = GOOD.filter(([name]) => !(name in change))
  const added = Object.entries(change).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [name, value]),
  )
  return readHeaders([...kept, ...added].flat())
}
const check = (change?: Record<string, string[] | undefined>, method = 'GET') =>
  checkHandshake(fieldsOf(change), method)

describe('is it a WebSocket upgrade', () => {
  test.each<[string, Record<string, string[] | undefined>, string, boolean]>([
    ['the usual', {}, '1.1', true],
    ['other letter case', { Upgrade: ['WebSocket'], Connection: ['UPGRADE'] }, '1.1', true],
    ['lists', { Upgrade: ['h2c, websocket'], Connection: ['keep-alive, Upgrade'] }, '1.1', true],
    ['on two lines', { Connection: ['keep-alive', 'upgrade'] }, '1.1', true],
    ['h2c', { Upgrade: ['h2c'] }, '1.1', false],
    ['a longer name', { Upgrade: ['websocketx'] }, '1.1', false],
    ['no Connection: upgrade', { Connection: ['keep-alive'] }, '1.1', false],
    ['no Upgrade', { Upgrade: undefined }, '1.1', false],
    ['HTTP/1.0 (WS-07)', {}, '1.0', false],
  ])('%s', (_name, change, version, is) => {
    expect(isWebSocketUpgrade(fieldsOf(change), version)).toBe(is)
  })
})

describe('the opening handshake (WS-07, T-STATUS)', () => {
  test('a good one gives the key and what is offered', () => {
    expect(check()).toEqual({ ok: true, key: KEY, subprotocols: [] })
    expect(check({ 'Sec-WebSocket-Protocol': ['a,b ,\tc', ' d'] })).toMatchObject({
      subprotocols: ['a', 'b', 'c', 'd'],
    }) // WS-04
  })

  test.each<[string, number, Record<string, string[] | undefined>]>([
    ['another version', 426, { 'Sec-WebSocket-Version': ['12'] }],
    ['a version of text', 426, { 'Sec-WebSocket-Version': ['x'] }],
    ['no version', 400, { 'Sec-WebSocket-Version': undefined }],
    ['two versions', 400, { 'Sec-WebSocket-Version': ['13', '13'] }],
    ['no key', 400, { 'Sec-WebSocket-Key': undefined }],
    ['two keys', 400, { 'Sec-WebSocket-Key': [KEY, KEY] }],
    ['a short key', 400, { 'Sec-WebSocket-Key': ['dGhlIA=='] }],
    ['a key that is no base64', 400, { 'Sec-WebSocket-Key': ['dGhlIHNhbXBsZSBub25jZ?=='] }],
    ['a key of seventeen bytes', 400, { 'Sec-WebSocket-Key': ['dGhlIHNhbXBsZSBub25jZQE='] }],
    ['a subprotocol that is no token', 400, { 'Sec-WebSocket-Protocol': ['a b'] }],
    ['a subprotocol twice', 400, { 'Sec-WebSocket-Protocol': ['a', 'a'] }],
  ])('%s is %i', (_name, status, change) => {
    expect(check(change)).toMatchObject({ ok: false, status })
  })

  test('another method is 405', () => {
    expect(check({}, 'POST')).toMatchObject({ ok: false, status: 405 })
  })
})
