import { describe, expect, test } from 'vitest'
import { checkHeadSize, judgeOverflow } from '../../src/http/head-limits.ts'

const LIMITS = { maxTargetSize: 20, maxHeaderSize: 100, maxHeaderCount: 3 }

describe('a head that was parsed whole', () => {
  const target = (length: number): string => `/${'a'.repeat(length - 1)}`

  test.each<[string, string, string[], number | undefined]>([
    ['nothing too long', target(20), ['host', 'h', 'a', '1', 'b', '2'], undefined],
    ['no fields', '/', [], undefined],
    ['a target a byte too long', target(21), ['host', 'h'], 414],
    ['a field too many', '/', ['host', 'h', 'a', '1', 'b', '2', 'c', '3'], 431],
    ['a section that just fits', '/', ['a', 'x'.repeat(95)], undefined],
    ['a section a byte too long', '/', ['a', 'x'.repeat(96)], 431],
    ['a long name', '/', ['x'.repeat(96), 'a'], 431],
    ['both too long', target(21), ['a', 'x'.repeat(96)], 414],
  ])('%s', (_what, url, lines, status) => {
    expect(checkHeadSize(LIMITS, url, lines)?.status).toBe(status)
  })
})

// What a parser may have read when it gives up, in one piece or in the last of several.
describe('a head that a parser gave up on', () => {
  const long = 'a'.repeat(200)

  test.each<[string, string, number, number]>([
    ['in the target', `GET /${long} `, 0, 414],
    ['in the target, which goes on', `GET /${long}`, 0, 414],
    ['in the target, begun in an earlier piece', long, 100, 414],
    ['at its end, begun in an earlier piece', `${long} `, 100, 414],
    ['in the target, whose method came before', ` /${long}`, 3, 414],
    ['in a value, whose name came before', ` ${long}`, 30, 431],
    ['in the method', 'A'.repeat(200), 3, 414],
    ['in a field, after a short target', `GET / HTTP/1.1\r\nx: ${long}\r`, 0, 431],
    ['in a field, after a long target', `GET /${long} HTTP/1.1\r\nx: ${long}`, 0, 414],
    ['in a field, after a target that began before', `aaaa HTTP/1.1\r\nx: ${long}`, 30, 414],
    ['in a field, after a short one that began before', `aaaa HTTP/1.1\r\nx: ${long}`, 10, 431],
    ['in a field of an earlier piece', `${long}\r\n`, 100, 431],
    ['in a value with blanks of an earlier piece', `b=${long}; c=${long}`, 100, 431],
    ['behind a whole request', `GET /b HTTP/1.1\r\nhost: h\r\n\r\nGET /${long}`, 0, 414],
    [
      'in a field behind a whole request with a long target',
      `GET /${long} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nx: ${long}`,
      0,
      431,
    ],
  ])('%s', (_where, read, before, status) => {
    expect(judgeOverflow(LIMITS, read, before).status).toBe(status)
  })
})
