/** The `sse` protocol: a request answered by a stream of server-sent events. */

import type { HeaderList, WwwScope } from './common.ts'
import type { DisconnectReason } from './connection.ts'
import type { HttpSendEvent } from './http.ts'

/** One request whose Accept header asks for `text/event-stream` (SSE-01). */
export interface SseScope extends WwwScope {
  /** Names the protocol (CORE-02). */
  type: 'sse'
  /** The request method, exactly as received; any is possible (SSE-02, HTTP-07). */
  method: string
  /** Taken from the transport, never from a header (HTTP-08). */
  scheme: 'http' | 'https'
}

/** A piece of the request body (SSE-05). */
export interface SseRequestEvent {
  /** Names the event. */
  type: 'sse.request'
  /** The bytes, yours to keep and change; empty for a request without body (SSE-05). */
  body: Uint8Array
  /** Whether another `sse.request` follows (SSE-05). */
  more: boolean
}

/** The scope has ended; every later `receive` says so again (SSE-23, CONN-41). */
export interface SseDisconnectEvent {
  /** Names the event. */
  type: 'sse.disconnect'
  /** Why it ended; the key is absent after a clean end (SSE-24). */
  reason?: DisconnectReason
}

/** What `receive` yields on an `sse` scope. */
export type SseReceiveEvent = SseRequestEvent | SseDisconnectEvent

/** Begins the stream. The server supplies `content-type` and `cache-control` (SSE-07, SSE-08). */
export interface SseStartEvent {
  /** Names the event. */
  type: 'sse.start'
  /** Integer 200-999 but 204, 205, 304; default 200 (SSE-07). */
  status?: number
  /** Response headers, no `content-length`; default none (SSE-07). */
  headers?: HeaderList
}

/** Dispatches one event to the client, at once (SSE-14). */
export interface SseSendMessageEvent {
  /** Names the event. */
  type: 'sse.send'
  /** The text, which may have several lines (SSE-11, SSE-13). */
  data: string
  /** The name of the event, without CR and LF; default none (SSE-11, SSE-12). */
  event?: string
  /** The last event id, without CR, LF and NUL; default none (SSE-11, SSE-12). */
  id?: string
  /** How long the client waits before it reconnects, in milliseconds, integer from 0 (SSE-11). */
  retry?: number
}

/** Sends a comment, which no message handler of the client sees (SSE-15, SSE-17). */
export interface SseCommentEvent {
  /** Names the event. */
  type: 'sse.comment'
  /** The text, with or without a leading `:` (SSE-15). */
  comment: string
}

/** Makes the server send comments; the last such event wins (SSE-16). */
export interface SseKeepaliveEvent {
  /** Names the event. */
  type: 'sse.keepalive'
  /** Seconds between comments, from 0; 0 stops them (SSE-16). */
  interval: number
  /** The comment to send; default `''` (SSE-16). */
  comment?: string
}

/** Ends the stream, at once. A second one is ignored (SSE-18, SSE-20). */
export interface SseCloseEvent {
  /** Names the event. */
  type: 'sse.close'
  /** For the server's log only, never sent to the client; default none (SSE-19). */
  reason?: string
}

/** What `send` takes on an `sse` scope; the events of http answer with an ordinary response (REF-01, REF-06). */
export type SseSendEvent =
  | SseStartEvent
  | SseSendMessageEvent
  | SseCommentEvent
  | SseKeepaliveEvent
  | SseCloseEvent
  | HttpSendEvent
