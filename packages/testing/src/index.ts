export { lint } from '@pagi/core/lint'
export { ManualClock } from '@pagi/core/memory'
export type { Failure } from './application-call.ts'
export type { BodyInput, BodyOptions, Piece } from './body-input.ts'
export { FailuresError, MisuseError, UnsettledError } from './errors.ts'
export type { ServerSentEvent } from './event-parser.ts'
export type { HandshakeOptions } from './handshake.ts'
export { HeaderFields } from './header-fields.ts'
export type { HeadersInput } from './header-fields.ts'
export type { LogLine } from './kept-log.ts'
export type { Ends, Limits, TestOptions } from './options.ts'
export type { RequestOptions } from './request-head.ts'
export { testApp } from './test-client.ts'
export type {
  EventStreamOptions,
  OpenOptions,
  TestClient,
  WebSocketOptions,
} from './test-client.ts'
export type { TestEventStream } from './test-event-stream.ts'
export type { TestExchange } from './test-exchange.ts'
export type { ResponseHead, ResponseOrigin, TestResponse } from './test-response.ts'
export type { TestScope } from './test-scope.ts'
export type { SessionEnd, SessionHabits, TestWebSocket } from './test-websocket.ts'
export { turn } from './turn.ts'
