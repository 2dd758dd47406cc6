/**
 * What every field of every event may hold: the one table behind the checks of servers, the
 * reference documents and the field cases of the conformance suite.
 */

import { deepFreeze } from './deep-freeze.ts'
import type {
  FieldChoice,
  FieldName,
  FieldTable,
  Range,
  StandardReceiveEvent,
  StandardSendEvent,
} from './field-rules.ts'
import type { HttpResponseBodyEvent } from './http.ts'
import type { WebSocketReceiveMessageEvent, WebSocketSendMessageEvent } from './websocket.ts'

const NOT_NEGATIVE: readonly Range[] = [[0, Number.MAX_SAFE_INTEGER]]

/** The fields of every event that can be sent: event type -> field -> rule. Frozen. */
export const SEND_FIELDS: FieldTable<StandardSendEvent> = deepFreeze({
  'http.response.start': {
    status: {
      kind: 'integer',
      required: true,
      ranges: [[200, 999]],
      rangesOn: { websocket: [[300, 999]] },
      rule: 'HTTP-34',
    },
    headers: { kind: 'headers', required: false, default: [], rule: 'HTTP-36' },
    trailers: { kind: 'flag', required: false, default: false, rule: 'HTTP-35' },
  },
  'http.response.body': {
    body: { kind: 'bytes', required: false, default: '', rule: 'HTTP-40' },
    file: { kind: 'fileRef', required: false, rule: 'HTTP-52' },
    fh: { kind: 'bodySource', required: false, rule: 'HTTP-53' },
    offset: {
      kind: 'integer',
      required: false,
      ranges: NOT_NEGATIVE,
      unit: 'bytes',
      default: 0,
      rule: 'HTTP-50',
    },
    length: {
      kind: 'integer',
      required: false,
      ranges: NOT_NEGATIVE,
      unit: 'bytes',
      rule: 'HTTP-50',
    },
    more: { kind: 'flag', required: false, default: false, rule: 'HTTP-35' },
  },
  'http.response.trailers': {
    headers: { kind: 'headers', required: false, default: [], rule: 'HTTP-60' },
  },
  'http.fullflush': {},
  'websocket.accept': {
    subprotocol: { kind: 'text', required: false, rule: 'WS-11' },
    headers: {
      kind: 'headers',
      required: false,
      forbidden: ['sec-websocket-*', 'content-length'],
      default: [],
      rule: 'WS-11',
    },
  },
  'websocket.send': {
    text: { kind: 'text', required: false, rule: 'WS-15' },
    bytes: { kind: 'bytes', required: false, rule: 'WS-15' },
  },
  'websocket.keepalive': {
    interval: { kind: 'number', required: true, min: 0, unit: 'seconds', rule: 'WS-16' },
    timeout: {
      kind: 'number',
      required: false,
      min: 0,
      unit: 'seconds',
      default: 0,
      rule: 'WS-18',
    },
  },
  'websocket.close': {
    code: {
      kind: 'integer',
      required: false,
      ranges: [
        [1000, 1003],
        [1007, 1014],
        [3000, 4999],
      ],
      default: 1000,
      rule: 'WS-27',
    },
    reason: { kind: 'text', required: false, maxBytes: 123, default: '', rule: 'WS-27' },
  },
  'sse.start': {
    status: {
      kind: 'integer',
      required: false,
      ranges: [
        [200, 203],
        [206, 303],
        [305, 999],
      ],
      default: 200,
      rule: 'SSE-07',
    },
    headers: {
      kind: 'headers',
      required: false,
      forbidden: ['content-length'],
      default: [],
      rule: 'SSE-07',
    },
  },
  'sse.send': {
    data: { kind: 'text', required: true, rule: 'SSE-11' },
    event: { kind: 'text', required: false, forbidden: ['\r', '\n'], rule: 'SSE-12' },
    id: { kind: 'text', required: false, forbidden: ['\r', '\n', '\0'], rule: 'SSE-12' },
    retry: {
      kind: 'integer',
      required: false,
      ranges: NOT_NEGATIVE,
      unit: 'milliseconds',
      rule: 'SSE-11',
    },
  },
  'sse.comment': { comment: { kind: 'text', required: true, rule: 'SSE-15' } },
  'sse.keepalive': {
    interval: { kind: 'number', required: true, min: 0, unit: 'seconds', rule: 'SSE-16' },
    comment: { kind: 'text', required: false, default: '', rule: 'SSE-16' },
  },
  'sse.close': { reason: { kind: 'text', required: false, rule: 'SSE-19' } },
  'lifespan.startup.complete': {},
  'lifespan.startup.failed': {
    message: { kind: 'text', required: false, default: '', rule: 'LIFE-12' },
  },
  'lifespan.shutdown.complete': {},
  'lifespan.shutdown.failed': {
    message: { kind: 'text', required: false, default: '', rule: 'LIFE-26' },
  },
} satisfies FieldTable<StandardSendEvent>)

/** The fields of every event that can be received: event type -> field -> rule. Frozen. */
export const RECEIVE_FIELDS: FieldTable<StandardReceiveEvent> = deepFreeze({
  'http.request': {
    body: { kind: 'bytes', required: true, rule: 'HTTP-26' },
    more: { kind: 'flag', required: true, rule: 'HTTP-27' },
  },
  'http.disconnect': {},
  'websocket.connect': {},
  'websocket.receive': {
    text: { kind: 'text', required: false, rule: 'WS-12' },
    bytes: { kind: 'bytes', required: false, rule: 'WS-12' },
  },
  'websocket.disconnect': {
    code: { kind: 'integer', required: true, ranges: [[1000, 4999]], rule: 'WS-22' },
    reason: { kind: 'text', required: true, rule: 'WS-20' },
  },
  'sse.request': {
    body: { kind: 'bytes', required: true, rule: 'SSE-05' },
    more: { kind: 'flag', required: true, rule: 'SSE-05' },
  },
  'sse.disconnect': { reason: { kind: 'token', required: false, rule: 'SSE-24' } },
  'lifespan.startup': {},
  'lifespan.shutdown': {},
} satisfies FieldTable<StandardReceiveEvent>)

/** Fields that exclude each other, by event type. Frozen. */
export const FIELD_CHOICES: {
  readonly 'http.response.body': FieldChoice<FieldName<HttpResponseBodyEvent>>
  readonly 'websocket.send': FieldChoice<FieldName<WebSocketSendMessageEvent>>
  readonly 'websocket.receive': FieldChoice<FieldName<WebSocketReceiveMessageEvent>>
} = deepFreeze({
  'http.response.body': { fields: ['body', 'file', 'fh'], required: false, rule: 'HTTP-40' },
  'websocket.send': { fields: ['text', 'bytes'], required: true, rule: 'WS-15' },
  'websocket.receive': { fields: ['text', 'bytes'], required: true, rule: 'WS-12' },
})
