import { describe, expect, test } from 'vitest'
import { checkRequest } from '../../src/http/check-request.ts'
import { readHeaders } from '../../src/http/fields.ts'
import { parseTarget } from '../../src/http/target.ts'

interface Row {
  readonly version?: string
  readonly method?: string
  readonly target?: string
  readonly lines?: readonly string[]
}

const HOST = 'Host: h'

const statusOf = ({ version = '1.1', method = 'POST', target = '/', lines = [HOST] }: Row) => {
  const raw = lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
  })
  return checkRequest(readHeaders(raw), version, parseTarget(target, method, ''))?.status
}

describe('version, method and target', () => {
  test.each<[string, Row, number | undefined]>([
    ['HTTP/1.1', {}, undefined],
    ['HTTP/1.0', { version: '1.0' }, undefined],
    ['HTTP/2', { version: '2' }, undefined],
    ['HTTP/0.9', { version: '0.9' }, 505],
    ['HTTP/2.0 on a connection of HTTP/1', { version: '2.0' }, 505],
    ['HTTP/3.0', { version: '3.0' }, 505],
    ['CONNECT', { method: 'CONNECT', target: 'h:443' }, 501],
    ['a target that is no path', { target: 'h:443' }, 400],
    ['* with another method than OPTIONS', { target: '*' }, 400],
    ['OPTIONS *', { target: '*', method: 'OPTIONS' }, undefined],
  ])('%s', (_, row, status) => {
    expect(statusOf(row)).toBe(status)
  })
})

describe('Host', () => {
  test.each<[string, Row, number | undefined]>([
    ['missing', { lines: [] }, 400],
    ['missing on HTTP/1.0', { version: '1.0', lines: [] }, undefined],
    ['missing on HTTP/2', { version: '2', lines: [] }, undefined],
    ['repeated', { lines: [HOST, HOST] }, 400],
    ['repeated on HTTP/1.0', { version: '1.0', lines: [HOST, 'host: h'] }, 400],
    ['empty', { lines: ['Host:'] }, undefined],
    ['with a port', { lines: ['Host: h:8080'] }, undefined],
    ['an IPv6 address', { lines: ['Host: [::1]:8080'] }, undefined],
    ['no host but a port', { lines: ['Host: :80'] }, 400],
    ['a list', { lines: ['Host: a, b'] }, 400],
    ['a path', { lines: ['Host: h/p'] }, 400],
    ['a user', { lines: ['Host: u@h'] }, 400],
    ['malformed on HTTP/1.0', { version: '1.0', lines: ['Host: h h'] }, 400],
  ])('%s', (_, row, status) => {
    expect(statusOf(row)).toBe(status)
  })
})

describe('the authority of an absolute-form target (HTTP-24)', () => {
  test.each<[string, Row, number | undefined]>([
    ['the same as Host', { target: 'http://h/p' }, undefined],
    ['the same but for letter case', { target: 'http://H/p' }, undefined],
    ['the same but for the default port', { target: 'http://h:80/p' }, undefined],
    ['the same with a port', { target: 'http://h:81/p', lines: ['Host: h:81'] }, undefined],
    ['another host', { target: 'http://other/p' }, 400],
    ['another port', { target: 'http://h:81/p' }, 400],
    ['the default port of another scheme', { target: 'https://h:80/p' }, 400],
    ['beside an empty Host', { target: 'http://h/p', lines: ['Host:'] }, 400],
    ['without Host on HTTP/1.1', { target: 'http://h/p', lines: [] }, 400],
    ['without Host on HTTP/1.0', { target: 'http://h/p', version: '1.0', lines: [] }, undefined],
    ['malformed', { target: 'http://h:x/p', version: '1.0', lines: [] }, 400],
    ['with a user', { target: 'http://u@h/p', lines: ['Host: u@h'] }, 400],
  ])('%s', (_, row, status) => {
    expect(statusOf(row)).toBe(status)
  })
})

describe('Transfer-Encoding', () => {
  test.each<[string, string[], number | undefined]>([
    ['chunked', ['chunked'], undefined],
    ['in any letter case', ['Chunked'], undefined],
    ['after a tab', ['\tchunked'], undefined],
    ['repeated in one line', ['chunked, chunked'], 400],
    ['repeated in two lines', ['chunked', 'chunked'], 400],
    ['not last', ['chunked, gzip'], 400],
    ['not last over two lines', ['chunked', 'identity'], 400],
    ['an unknown coding first', ['gzip, chunked'], 501],
    ['an unknown coding alone', ['gzip'], 501],
    ['identity', ['identity'], 501],
    ['a lookalike', ['xchunked'], 501],
    ['an unknown coding with a parameter', ['x;q="1"'], 501],
    ['chunked with a parameter', ['chunked;q=1'], 400],
    ['empty', [''], 400],
    ['an empty element', ['chunked,'], 400],
    ['an empty line beside chunked', ['', 'chunked'], 400],
    ['after a vertical tab', ['\x0bchunked'], 400],
    ['after a form feed', ['\x0cchunked'], 400],
    ['after a no-break space', ['\u00a0chunked'], 400],
    ['two words', ['chunked chunked'], 400],
    ['a quoted string', ['"chunked"'], 400],
  ])('%s', (_, codings, status) => {
    const lines = [HOST, ...codings.map((value) => `Transfer-Encoding: ${value}`)]
    expect(statusOf({ lines })).toBe(status)
  })

  test.each<[string, Row]>([
    ['beside Content-Length', { lines: [HOST, 'Transfer-Encoding: chunked', 'Content-Length: 3'] }],
    ['before Content-Length', { lines: [HOST, 'Content-Length: 0', 'Transfer-Encoding: chunked'] }],
    ['in HTTP/1.0', { version: '1.0', lines: [HOST, 'Transfer-Encoding: chunked'] }],
    ['in HTTP/2', { version: '2', lines: [HOST, 'Transfer-Encoding: chunked'] }],
  ])('%s is refused', (_, row) => {
    expect(statusOf(row)).toBe(400)
  })
})

describe('Content-Length', () => {
  test.each<[string, string[], number | undefined]>([
    ['0', ['0'], undefined],
    ['leading zeros', ['007'], undefined],
    ['the largest that can be counted', ['9007199254740991'], undefined],
    ['beyond counting', ['9007199254740992'], 413],
    ['far beyond counting', ['9'.repeat(400)], 413],
    ['repeated, the same', ['3', '3'], 400],
    ['repeated, different', ['3', '4'], 400],
    ['a list', ['3, 3'], 400],
    ['empty', [''], 400],
    ['a plus sign', ['+3'], 400],
    ['a minus sign', ['-3'], 400],
    ['a fraction', ['3.0'], 400],
    ['an exponent', ['3e2'], 400],
    ['hexadecimal', ['0x3'], 400],
    ['a blank', [' 3'], 400],
    ['a blank behind', ['3 '], 400],
    ['a line feed behind', ['3\n'], 400],
    ['other digits', ['\u00b3'], 400],
  ])('%s', (_, lengths, status) => {
    const raw = [HOST.slice(0, 4), 'h', ...lengths.flatMap((value) => ['Content-Length', value])]
    const refusal = checkRequest(readHeaders(raw), '1.1', parseTarget('/', 'POST', ''))
    expect(refusal?.status).toBe(status)
  })

  test('is judged on HTTP/1.0 and HTTP/2 too', () => {
    const lines = [HOST, 'Content-Length: x']
    expect(statusOf({ version: '1.0', lines })).toBe(400)
    expect(statusOf({ version: '2', lines })).toBe(400)
  })
})

test('a refusal says what was wrong', () => {
  const refusal = checkRequest(readHeaders([]), '1.1', parseTarget('/', 'GET', ''))
  expect(refusal).toEqual({ status: 400, detail: 'Host is missing' })
})
