import { LIMITS, head, refused, served, servedLast } from '../row.ts'
import type { Family } from '../row.ts'

const KEY = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='
const VERSION = 'sec-websocket-version: 13'
const CONNECTION = 'connection: upgrade'
const UPGRADE = 'upgrade: websocket'

const handshake = (...fields: readonly string[]): string =>
  head('GET /bad HTTP/1.1', 'host: a', ...fields)

const by = (method: string): string =>
  head(`${method} /bad HTTP/1.1`, 'host: a', CONNECTION, UPGRADE, VERSION, KEY)

const key = (value: string): string =>
  handshake(CONNECTION, UPGRADE, VERSION, `sec-websocket-key: ${value}`)

const version = (value: string): string =>
  handshake(CONNECTION, UPGRADE, KEY, `sec-websocket-version: ${value}`)

const good = (...fields: readonly string[]): string =>
  handshake(CONNECTION, UPGRADE, VERSION, KEY, ...fields)

const RULE = 'RFC 6455 4.2.1'

export const websocket: Family = {
  title: 'WebSocket handshakes',
  rows: [
    refused(400, 'no key', handshake(CONNECTION, UPGRADE, VERSION), RULE),
    refused(400, 'an empty key', key(''), RULE),
    refused(400, 'a key of 15 bytes', key('AAAAAAAAAAAAAAAAAAAA'), RULE),
    refused(400, 'a key of 17 bytes', key('AAAAAAAAAAAAAAAAAAAAAAA='), RULE),
    refused(400, 'a key without its padding', key('dGhlIHNhbXBsZSBub25jZQ'), RULE),
    refused(400, 'a key that is no base64', key('dGhlIHNhbXBsZSBub25j!!=='), RULE),
    refused(400, 'a key of base64url', key('dGhlIHNhbXBsZSBub25-_Q=='), RULE),
    refused(400, 'a quoted key', key('"dGhlIHNhbXBsZSBub25jZQ=="'), RULE),
    refused(400, 'two keys', good(KEY), RULE),
    refused(400, 'a list of keys', key('dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=='), RULE),
    refused(400, 'no version', handshake(CONNECTION, UPGRADE, KEY), RULE),
    refused(400, 'two versions', good(VERSION), RULE),
    refused(426, 'an empty version', version(''), RULE),
    refused(426, 'version 8', version('8'), RULE),
    refused(426, 'version 0', version('0'), RULE),
    refused(426, 'version 14', version('14'), RULE),
    refused(426, 'version 013', version('013'), RULE),
    refused(426, 'version 13.0', version('13.0'), RULE),
    refused(426, 'a list of versions', version('13, 8'), RULE, 'The list is for the answer only.'),
    refused(405, 'POST', by('POST'), 'T-STATUS 405'),
    refused(405, 'PUT', by('PUT'), 'T-STATUS 405'),
    refused(405, 'HEAD', by('HEAD'), 'T-STATUS 405'),
    refused(405, 'OPTIONS', by('OPTIONS'), 'T-STATUS 405'),
    refused(400, 'no Host', head('GET /bad HTTP/1.1', CONNECTION, UPGRADE, VERSION, KEY), RULE),
    refused(400, 'two Hosts', good('host: a'), RULE),
    refused(
      400,
      'a target that is no path',
      head('GET bad HTTP/1.1', 'host: a', CONNECTION, UPGRADE, VERSION, KEY),
      'HTTP-25',
    ),
    refused(
      400,
      'an absolute URI of another host',
      head('GET http://other/bad HTTP/1.1', 'host: a', CONNECTION, UPGRADE, VERSION, KEY),
      'HTTP-24',
    ),
    refused(
      400,
      'an absolute URI of ws',
      head('GET ws://a/bad HTTP/1.1', 'host: a', CONNECTION, UPGRADE, VERSION, KEY),
      'HTTP-25',
      'The handshake is a request for http or https.',
    ),
    refused(
      400,
      'a body by its length',
      good('content-length: 5') + 'hello',
      'RFC 9110 7.8',
      'Read as frames it would smuggle.',
    ),
    refused(
      400,
      'a body in chunks',
      good('transfer-encoding: chunked') + '0\r\n\r\n',
      'RFC 9110 7.8',
    ),
    refused(
      400,
      'two different lengths',
      good('content-length: 0', 'content-length: 5') + 'hello',
      'RFC 9112 6.3',
    ),
    refused(
      400,
      'a coding beside a length',
      good('content-length: 0', 'transfer-encoding: chunked') + '0\r\n\r\n',
      'RFC 9112 6.1',
    ),
    refused(
      505,
      'HTTP/2.0 as a version',
      head('GET /bad HTTP/2.0', 'host: a', CONNECTION, UPGRADE, VERSION, KEY),
      'T-STATUS 505',
    ),
    refused(
      400,
      'a subprotocol that is no token',
      good('sec-websocket-protocol: a b'),
      'RFC 6455 4.1',
    ),
    refused(400, 'a quoted subprotocol', good('sec-websocket-protocol: "a"'), 'RFC 6455 4.1'),
    refused(400, 'a subprotocol twice', good('sec-websocket-protocol: a, b, a'), 'RFC 6455 4.1'),
    refused(
      400,
      'a subprotocol twice, on two lines',
      good('sec-websocket-protocol: a', 'sec-websocket-protocol: a'),
      'RFC 6455 4.1',
    ),
    refused(
      414,
      'a target over the limit',
      head(
        `GET /${'x'.repeat(LIMITS.maxUrlSize)} HTTP/1.1`,
        'host: a',
        CONNECTION,
        UPGRADE,
        VERSION,
        KEY,
      ),
      'T-STATUS 414',
    ),
    refused(
      431,
      'a field too many',
      good(...Array.from({ length: LIMITS.maxHeaderCount - 4 }, () => 'x: y')),
      'T-STATUS 431',
    ),
    served(
      { type: 'http' },
      'no upgrade in Connection',
      handshake(UPGRADE, VERSION, KEY),
      'WS-07',
      'No handshake, so an ordinary request.',
    ),
    served(
      { type: 'http' },
      'Connection with another word',
      handshake('connection: upgrades', UPGRADE, VERSION, KEY),
      'WS-07',
    ),
    served({ type: 'http' }, 'no Upgrade', handshake(CONNECTION, VERSION, KEY), 'WS-07'),
    served(
      { type: 'http' },
      'an upgrade to something like it',
      handshake(CONNECTION, 'upgrade: websockets', VERSION, KEY),
      'WS-07',
    ),
    served(
      { type: 'http' },
      'an upgrade to a version of it',
      handshake(CONNECTION, 'upgrade: websocket/13', VERSION, KEY),
      'WS-07',
    ),
    servedLast(
      { type: 'http', version: '1.0' },
      'HTTP/1.0',
      head('GET /bad HTTP/1.0', 'host: a', CONNECTION, UPGRADE, VERSION, KEY),
      'WS-07',
    ),
  ],
}
