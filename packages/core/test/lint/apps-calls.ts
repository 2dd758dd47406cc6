import { START, LAST, MORE, unsupported, respond } from './cases.ts'
import type { RuleCase } from './cases.ts'

/** What is wrong about a whole call. */
export const CALLS: readonly RuleCase[] = [
  {
    code: 'UNSUPPORTED_SCOPE',
    requirement: 'CORE-09',
    kind: 'unknown',
    bad: () => undefined,
    good: unsupported,
    says: 'throw new UnsupportedScopeError(scope)',
    nowhere: true,
  },
  {
    code: 'UNSUPPORTED_SCOPE',
    requirement: 'CORE-09',
    kind: 'lifespan',
    bad: async (scope) => {
      if (scope.type !== 'http') return
    },
    good: unsupported,
    says: 'without an answer to lifespan.startup',
    nowhere: true,
  },
  {
    code: 'UNSUPPORTED_SCOPE',
    requirement: 'CORE-09',
    kind: 'lifespan',
    bad: respond,
    good: unsupported,
    says: 'a lifespan scope was answered with http.response.start and status 200',
  },
  {
    code: 'UNSUPPORTED_SCOPE',
    requirement: 'CORE-09',
    kind: 'websocket',
    bad: respond,
    good: async (_scope, _receive, send) => {
      await send({ ...START, status: 404 })
      await send(LAST)
    },
    says: 'a websocket scope was answered with http.response.start and status 200',
  },
  {
    code: 'UNSUPPORTED_SCOPE',
    requirement: 'CORE-09',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
    },
    good: respond,
    says: 'a http scope was answered with sse.start',
  },
  {
    code: 'RETURN_VALUE',
    requirement: 'CORE-37',
    kind: 'http',
    bad: async (scope, receive, send) => {
      await respond(scope, receive, send)
      return { status: 200 }
    },
    good: respond,
    says: 'the application returned an object with the keys status',
    nowhere: true,
  },
  {
    code: 'UNAWAITED_SEND',
    requirement: 'CORE-33',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send(START)
      void send(LAST)
    },
    good: (_scope, _receive, send) => send(START).then(() => send(LAST)),
    says: 'without having awaited its send of http.response.body',
  },
  {
    code: 'UNAWAITED_SEND',
    requirement: 'CORE-33',
    kind: 'http',
    bad: async (_scope, receive, send) => {
      void send(START)
      await receive() // time enough to settle
      await send(LAST)
    },
    good: async (_scope, receive, send) => {
      const started = send(START)
      await receive()
      await started
      await send(LAST)
    },
    act: (on) => on.write('body'),
    says: 'without having awaited its send of http.response.start',
  },
  {
    code: 'IGNORED_REJECTION',
    requirement: 'CORE-33',
    kind: 'http',
    bad: async (_scope, receive, send) => {
      await send(START)
      void send({ type: 'http.response.body', file: '/nowhere' })
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve() // time enough to settle
      await send(LAST)
    },
    good: async (_scope, receive, send) => {
      await send(START)
      await send({ type: 'http.response.body', file: '/nowhere' }).catch(() => undefined)
      await send(LAST)
    },
    says: 'the send of http.response.body was rejected and nobody noticed',
  },
  {
    code: 'OVERLAPPING_SENDS',
    requirement: 'CORE-31',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await Promise.all([send(START), send(LAST)])
    },
    good: respond,
    says: 'http.response.body was sent while the send of http.response.start was under way',
  },
  {
    code: 'NO_RESPONSE',
    requirement: 'HTTP-71',
    kind: 'http',
    bad: async () => undefined,
    good: respond,
    says: 'without an answer, while the client waits',
    nowhere: true,
  },
  {
    code: 'NO_RESPONSE',
    requirement: 'WS-44',
    kind: 'websocket',
    bad: (_scope, receive) => receive().then(() => undefined),
    good: unsupported,
    says: 'send websocket.accept, or refuse',
    nowhere: true,
  },
  {
    code: 'NO_RESPONSE',
    requirement: 'SSE-25',
    kind: 'sse',
    bad: async () => undefined,
    good: respond,
    says: 'send sse.start, or answer',
    nowhere: true,
  },
  {
    code: 'INCOMPLETE_RESPONSE',
    requirement: 'CORE-48',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send(START)
      await send(MORE)
    },
    good: async (_scope, _receive, send) => {
      await send(START)
      await send(MORE)
      throw new Error('the source has failed')
    },
    says: 'in the middle of a response',
  },
  {
    code: 'INCOMPLETE_RESPONSE',
    requirement: 'CORE-48',
    kind: 'http',
    bad: async (_scope, _receive, send) => {
      await send({ ...START, trailers: true })
      await send(LAST)
    },
    good: async (_scope, _receive, send) => {
      await send({ ...START, trailers: true })
      await send(LAST)
      await send({ type: 'http.response.trailers' })
    },
    says: 'the trailers it declared',
  },
  {
    code: 'INCOMPLETE_RESPONSE',
    requirement: 'WS-31',
    kind: 'websocket',
    bad: async (_scope, _receive, send) => {
      await send({ type: 'websocket.accept' })
    },
    good: async (_scope, _receive, send) => {
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.close' })
    },
    says: 'send websocket.close, or receive until websocket.disconnect',
  },
  {
    code: 'INCOMPLETE_RESPONSE',
    requirement: 'SSE-21',
    kind: 'sse',
    bad: async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
    },
    good: async (_scope, _receive, send) => {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.close' })
    },
    says: 'send sse.close first',
  },
  {
    code: 'COMPLETED_AFTER_STOP',
    requirement: 'HTTP-58',
    kind: 'http',
    bad: async (_scope, receive, send) => {
      await send(START)
      await send(MORE)
      await receive() // http.disconnect
      await send(LAST)
    },
    good: async (_scope, receive, send) => {
      await send(START)
      await send(MORE)
      await receive()
    },
    act: (on) => on.lose(),
    says: 'after the application knew that the client had gone',
  },
]
