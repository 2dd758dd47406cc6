import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { utf8Length } from '../../src/text.ts'
import { SERVER_CLOSES, isSendableCloseCode } from '../../src/websocket/closing.ts'

test('exactly the codes of WS-27 may be sent', () => {
  const sendable = Array.from({ length: 70_000 }, (_, code) => code).filter(isSendableCloseCode)
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at)
  expect(sendable).toEqual([...range(1000, 1003), ...range(1007, 1014), ...range(3000, 4999)])
})

test.each([1000.5, NaN, Infinity, -1000])('%d is no code that may be sent', (code) => {
  expect(isSendableCloseCode(code)).toBe(false)
})

test('the endings a server decides are the rows 10 to 15 of T-CLOSE', () => {
  expect(Object.values(SERVER_CLOSES).map(({ row, code, token }) => [row, code, token])).toEqual([
    [10, 1002, 'protocol_error'],
    [11, 1007, 'protocol_error'],
    [12, 1008, 'queue_overflow'],
    [13, 1009, 'protocol_error'],
    [14, 1011, 'server_error'],
    [15, 1012, 'server_shutdown'],
  ])
})

test.each([
  '',
  'plain',
  'caf\u00e9',
  '\u20ac',
  '\u{1f600}\u{1f600}',
  'a\u007f\u0080\u07ff\u0800\uffff\u{10ffff}',
])('the length of %j is that of its UTF-8', (text) => {
  expect(utf8Length(text)).toBe(new TextEncoder().encode(text).byteLength)
})

test('the length of any text is that of its UTF-8', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).byteLength)
    }),
  )
})
