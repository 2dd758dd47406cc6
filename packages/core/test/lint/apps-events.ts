import { START, LAST, respond, pairs } from './cases.ts'
import type { RuleCase } from './cases.ts'

/** What is wrong about an event or the scope. */
export const EVENTS: readonly RuleCase[] = [
  {
    code: 'SEND_AFTER_END',
    requirement: 'HTTP-32',
    kind: 'http',
    bad: async (scope, receive, send) => {
      await respond(scope, receive, send)
      await send(LAST).catch(() => undefined)
    },
    good: respond,
    says: 'the terminal event was sent before',
  },
  {
    code: 'EVENT_ORDER',
    requirement: 'HTTP-32',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send(LAST)
    },
    good: respond,
    says: 'send was rejected: http.response.body: not allowed in the state initial',
  },
  {
    code: 'INVALID_EVENT',
    requirement: 'CORE-27',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send({ ...START, status: '200' })
    },
    good: respond,
    says: 'status must be an integer',
  },
  {
    code: 'EVENT_VALUE',
    requirement: 'CORE-13',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send({ ...START, 'myapp.made': new Date(0) })
      await send(LAST)
    },
    good: async (_scope, _receive, send) => {
      await send({ ...START, 'myapp.made': { at: [0, 1.5], by: 'me', bytes: new Uint8Array(2) } })
      await send(LAST)
    },
    says: 'the field myapp.made with an instance of Date',
  },
  {
    code: 'EVENT_TYPE',
    requirement: 'CORE-11',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send({ type: 'respond' })
    },
    good: respond,
    says: 'name it protocol.message',
  },
  {
    code: 'EVENT_TYPE',
    requirement: 'CORE-12',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send({ type: 'http.response.finish' })
    },
    good: respond,
    says: 'http.* is reserved',
  },
  {
    code: 'EXTENSION',
    requirement: 'CORE-08',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send(START)
      await send({ type: 'http.fullflush' }).catch(() => undefined)
      await send(LAST)
    },
    good: async (scope, _receive, send) => {
      await send(START)
      if ('fullflush' in Object(scope['extensions'])) await send({ type: 'http.fullflush' })
      await send(LAST)
    },
    says: 'scope.extensions has no fullflush',
  },
  {
    code: 'EXTENSION',
    requirement: 'CORE-08',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send({ type: 'acme.push' })
    },
    good: respond,
    says: 'send the event of an extension only where scope.extensions has it',
  },
  {
    code: 'HEADERS',
    requirement: 'HTTP-02',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send({ ...START, headers: { 'content-type': 'text/plain' } })
    },
    good: pairs(['content-type', 'text/plain']),
    says: "write headers as [['name', 'value'], ...]",
  },
  {
    code: 'HEADERS',
    requirement: 'HTTP-03',
    kind: 'http',
    bad: pairs(['Content-Type', 'text/plain']),
    good: pairs(['content-type', 'text/plain']),
    says: 'write header names in lower case',
  },
  {
    code: 'CONNECTION_HEADER',
    requirement: 'HTTP-90',
    kind: 'http',
    bad: pairs(['connection', 'close']),
    good: pairs(['x-connection', 'close']),
    says: 'http.response.start has the header connection',
  },
  {
    code: 'CONTENT_LENGTH',
    requirement: 'HTTP-42',
    kind: 'http',
    bad: pairs(['content-length', '5']),
    good: pairs(['content-length', '1']),
    says: 'content-length declares 5 bytes, the body has 1',
  },
  {
    code: 'CONTENT_LENGTH',
    requirement: 'HTTP-42',
    kind: 'http',
    bad: pairs(['content-length', 'five']),
    good: pairs(['content-length', '1']),
    says: 'give it once, as decimal digits',
  },
  {
    code: 'SCOPE_CHANGED',
    requirement: 'MW-03',
    kind: 'http',
    bad: async (scope, receive, send) => {
      scope['myapp.user'] = 'me'
      await respond(scope, receive, send)
    },
    good: async (scope, receive, send) => {
      const inner = { ...scope, 'myapp.user': 'me' }
      await respond(inner, receive, send)
    },
    says: 'scope["myapp.user"] was assigned',
  },
  {
    code: 'SCOPE_CHANGED',
    requirement: 'MW-03',
    kind: 'http',
    bad: async (scope, receive, send) => {
      Object(scope['headers']).push(['x-by', 'me'])
      await respond(scope, receive, send)
    },
    good: async (scope, receive, send) => {
      Object(scope['state']).user = 'me'
      await respond(scope, receive, send)
    },
    says: 'scope.headers was changed in place',
    nowhere: true,
  },
]
