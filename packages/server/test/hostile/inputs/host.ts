import { head, refused, served } from '../row.ts'
import type { Family } from '../row.ts'

const hosts = (...values: readonly string[]): string =>
  head('GET /bad HTTP/1.1', ...values.map((value) => `host: ${value}`))

const RULE = 'RFC 9112 3.2'

export const host: Family = {
  title: 'Host',
  rows: [
    refused(400, 'none', head('GET /bad HTTP/1.1'), RULE),
    refused(400, 'none, but an absolute URI', head('GET http://a/bad HTTP/1.1'), RULE),
    refused(400, 'two', hosts('a', 'b'), RULE),
    refused(400, 'two alike', hosts('a', 'a'), RULE),
    refused(400, 'two, in other letters', head('GET /bad HTTP/1.1', 'host: a', 'HOST: a'), RULE),
    refused(400, 'two, the second empty', hosts('a', ''), RULE),
    refused(400, 'two in HTTP/1.0', head('GET /bad HTTP/1.0', 'host: a', 'host: b'), RULE),
    refused(400, 'a list', hosts('a, b'), RULE),
    refused(400, 'a blank within', hosts('a b'), RULE),
    refused(400, 'a user name', hosts('me@a'), RULE),
    refused(400, 'a path', hosts('a/bad'), RULE),
    refused(400, 'a query', hosts('a?q'), RULE),
    refused(400, 'a fragment', hosts('a#f'), RULE),
    refused(400, 'a scheme', hosts('http://a'), RULE),
    refused(400, 'a port alone', hosts(':80'), RULE),
    refused(400, 'a port of letters', hosts('a:http'), RULE),
    refused(400, 'a signed port', hosts('a:-1'), RULE),
    refused(400, 'a port behind a blank', hosts('a :80'), RULE),
    refused(400, 'an IPv6 address that is none', hosts('[1::2::3]'), RULE),
    refused(400, 'an IPv6 address without its bracket', hosts('[::1'), RULE),
    refused(400, 'an IPv6 address without brackets', hosts('::1'), RULE),
    refused(
      400,
      'a zone of an IPv6 address',
      hosts('[fe80::1%25lo]'),
      RULE,
      'RFC 6874 was withdrawn; a zone means nothing to another machine.',
    ),
    refused(400, 'a percent sign', hosts('a%zz'), RULE),
    refused(400, 'a quotation mark', hosts('"a"'), RULE),
    refused(400, 'a backslash', hosts('a\\b'), RULE),
    refused(400, 'a markup bracket', hosts('<a>'), RULE),
    refused(400, 'raw UTF-8', hosts('\xc3\xa4'), RULE),
    refused(400, 'NUL', hosts('a\0b'), 'RFC 9110 5.5'),
    refused(400, 'a tab within', hosts('a\tb'), RULE),
    refused(400, 'a folded line', head('GET /bad HTTP/1.1', 'host: a', ' b'), 'RFC 9112 5.2'),
    refused(400, 'a folded first line', head('GET /bad HTTP/1.1', ' host: a'), 'RFC 9112 2.2'),
    refused(400, 'a blank before the colon', head('GET /bad HTTP/1.1', 'host : a'), 'RFC 9112 5.1'),
    served(
      { headers: 'host: ' },
      'an empty one',
      hosts(''),
      RULE,
      'That of a URI without an authority.',
    ),
    served({ headers: 'host: [::1]:80' }, 'an IPv6 address', hosts('[::1]:80'), RULE),
    served(
      { headers: 'host: a:65536' },
      'a port too large',
      hosts('a:65536'),
      RULE,
      'Well-formed: a port is digits.',
    ),
    served({ headers: 'host: a:' }, 'an empty port', hosts('a:'), RULE),
    served(
      {},
      'x-forwarded-host beside it',
      head('GET /bad HTTP/1.1', 'host: a', 'x-forwarded-host: b'),
      'HTTP-22',
      'A header like any other.',
    ),
  ],
}
