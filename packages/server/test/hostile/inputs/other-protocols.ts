import { head, refused, servedLast } from '../row.ts'
import type { Family } from '../row.ts'

/** A ClientHello of TLS 1.2, up to its cipher suites. */
const CLIENT_HELLO = `\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03${'\x20'.repeat(32)}\x00\x00\x04\x13\x01\x13\x02\x01\x00`

const TAKEN =
  'Node’s parser takes it for HTTP/1.0 and shows nobody. It is framed the same, so it hides nothing.'

const bytes = (length: number): string =>
  String.fromCharCode(...Array.from({ length }, (_, at) => (at * 167 + 13) % 256))

export const otherProtocols: Family = {
  title: 'Other protocols, and noise',
  rows: [
    refused(400, 'a ClientHello of TLS', CLIENT_HELLO, 'RFC 9112 3'),
    refused(
      400,
      'a ClientHello of SSL 2',
      '\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10',
      'RFC 9112 3',
    ),
    refused(
      400,
      'a header of the PROXY protocol',
      'PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET /bad HTTP/1.1\r\nhost: a\r\n\r\n',
      'RFC 9112 3',
      'Who has not asked for it believes no address in it.',
    ),
    refused(
      400,
      'a binary header of the PROXY protocol',
      '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\0\x01\0\x02',
      'RFC 9112 3',
    ),
    refused(
      400,
      'the preface of HTTP/2',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
      'T-STATUS 505',
      '505 would do; to Node’s parser PRI is no method.',
    ),
    refused(400, 'PRI as a method', head('PRI /bad HTTP/1.1', 'host: a'), 'RFC 9113 3.4'),
    refused(400, 'frames of HTTP/2', '\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0', 'RFC 9112 3'),
    refused(
      400,
      'an answer instead of a request',
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
      'RFC 9112 3',
    ),
    refused(400, 'RTSP', head('OPTIONS rtsp://a/bad RTSP/1.0', 'cseq: 1'), 'RFC 9112 2.3'),
    refused(
      400,
      'RTSP, a method of its own',
      head('DESCRIBE rtsp://a/bad RTSP/1.0', 'cseq: 1'),
      'RFC 9112 2.3',
    ),
    servedLast(
      { version: '1.0' },
      'RTSP’s version with a method of HTTP',
      head('GET /bad RTSP/1.0', 'host: a'),
      'RFC 9112 2.3',
      TAKEN,
    ),
    servedLast(
      { version: '1.0', method: 'SOURCE' },
      'ICE',
      head('SOURCE /bad ICE/1.0', 'host: a'),
      'RFC 9112 2.3',
      TAKEN,
    ),
    refused(
      400,
      'ICE’s version with a method of HTTP',
      head('GET /bad ICE/1.0', 'host: a'),
      'RFC 9112 2.3',
    ),
    refused(400, 'SMTP', 'EHLO a\r\nMAIL FROM:<b@c>\r\n', 'RFC 9112 3'),
    refused(400, 'SSH', 'SSH-2.0-OpenSSH_9.6\r\n', 'RFC 9112 3'),
    refused(400, 'Redis', '*1\r\n$4\r\nPING\r\n', 'RFC 9112 3'),
    refused(400, 'SOCKS 4', '\x04\x01\0\x50\x7f\0\0\x01\0', 'RFC 9112 3'),
    refused(400, 'SOCKS 5', '\x05\x01\0', 'RFC 9112 3'),
    refused(400, 'frames of a WebSocket', '\x81\x85\x01\x02\x03\x04igohn', 'RFC 9112 3'),
    refused(
      400,
      'a query of DNS',
      '\0\x1d\xaa\xaa\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01',
      'RFC 9112 3',
    ),
    refused(400, 'one NUL', '\0', 'RFC 9112 3'),
    refused(400, 'zeros', '\0'.repeat(100), 'RFC 9112 3'),
    refused(400, 'ones', '\xff'.repeat(100), 'RFC 9112 3'),
    refused(400, 'blanks', ' '.repeat(100), 'RFC 9112 3'),
    refused(400, 'every byte', bytes(256), 'RFC 9112 3'),
    refused(400, 'noise', bytes(1000).slice(500), 'RFC 9112 3'),
    refused(400, 'UTF-16', 'G\0E\0T\0 \0/\0 \0H\0T\0T\0P\0', 'RFC 9112 3'),
    refused(400, 'JSON', '{"method":"GET"}\r\n\r\n', 'RFC 9112 3'),
  ],
}
