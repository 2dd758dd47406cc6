/** The `websocket` protocol: a handshake, then messages both ways. */

import type { BytesInput, HeaderList, WwwScope } from './common.ts'
import type { HttpDisconnectEvent, HttpSendEvent } from './http.ts'

/** One WebSocket session, from the handshake on (WS-02). */
export interface WebSocketScope extends WwwScope {
  /** Names the protocol (CORE-02). */
  type: 'websocket'
  /** Taken from the transport, never from a header (HTTP-08). */
  scheme: 'ws' | 'wss'
  /** What the client offers, in its order; `[]` for nothing (WS-04). */
  subprotocols: readonly string[]
  /** Largest frame and message the server takes, in bytes; absent without a ceiling (WS-05, WS-37). */
  max_frame_size?: number
  /** Most messages the server queues; absent without a ceiling (WS-05, WS-36). */
  max_receive_queue?: number
}

/** Always the first event: answer with `websocket.accept` or a refusal (WS-08). */
export interface WebSocketConnectEvent {
  /** Names the event. */
  type: 'websocket.connect'
}

/** A text message (WS-12, WS-13). */
export interface WebSocketReceiveTextEvent {
  /** Names the event. */
  type: 'websocket.receive'
  /** The message, possibly `''`. */
  text: string
  /** Absent on a text message (WS-12). */
  bytes?: undefined
}

/** A binary message (WS-12, WS-13). */
export interface WebSocketReceiveBytesEvent {
  /** Names the event. */
  type: 'websocket.receive'
  /** The message, possibly empty; yours to keep and change. */
  bytes: Uint8Array
  /** Absent on a binary message (WS-12). */
  text?: undefined
}

/** A message of either kind: exactly one of `text` and `bytes` is present (WS-12). */
export type WebSocketReceiveMessageEvent = WebSocketReceiveTextEvent | WebSocketReceiveBytesEvent

/** The scope has ended; every later `receive` says so again (WS-20, CONN-41). */
export interface WebSocketDisconnectEvent {
  /** Names the event. */
  type: 'websocket.disconnect'
  /** The peer's close code, 1005 when it gave none, or the code of the failure (T-CLOSE, WS-22). */
  code: number
  /** The peer's close text, or the token of the failure; `''` without either (WS-20, WS-22). */
  reason: string
}

/** What `receive` yields on a `websocket` scope; `http.disconnect` only after a completed refusal (REF-12). */
export type WebSocketReceiveEvent =
  | WebSocketConnectEvent
  | WebSocketReceiveMessageEvent
  | WebSocketDisconnectEvent
  | HttpDisconnectEvent

/** Completes the handshake (WS-01, WS-10). */
export interface WebSocketAcceptEvent {
  /** Names the event. */
  type: 'websocket.accept'
  /** One of the offered `subprotocols`; default none (WS-11). */
  subprotocol?: string
  /** Headers of the handshake response, no `sec-websocket-*`, no `content-length`; default none (WS-10, WS-11). */
  headers?: HeaderList
}

/** Sends a text message (WS-15). */
export interface WebSocketSendTextEvent {
  /** Names the event. */
  type: 'websocket.send'
  /** The message, well-formed Unicode; may be `''` (WS-13, WS-15). */
  text: string
  /** Excluded by `text` (WS-15). */
  bytes?: null
}

/** Sends a binary message (WS-15). */
export interface WebSocketSendBytesEvent {
  /** Names the event. */
  type: 'websocket.send'
  /** The message; a string makes a binary frame of its UTF-8; may be empty (WS-15). */
  bytes: BytesInput
  /** Excluded by `bytes` (WS-15). */
  text?: null
}

/** A message of either kind: exactly one of `text` and `bytes` (WS-15). */
export type WebSocketSendMessageEvent = WebSocketSendTextEvent | WebSocketSendBytesEvent

/** Makes the server ping the peer; the last such event wins (WS-16). */
export interface WebSocketKeepaliveEvent {
  /** Names the event. */
  type: 'websocket.keepalive'
  /** Seconds between pings, from 0; 0 stops them (WS-16). */
  interval: number
  /** Seconds to wait for a pong before the session ends with `keepalive_timeout`; default 0: no such check (WS-17, WS-18). */
  timeout?: number
}

/** Begins the closing handshake; the application sends nothing after it (WS-24). */
export interface WebSocketCloseEvent {
  /** Names the event. */
  type: 'websocket.close'
  /** 1000-1003, 1007-1014 or 3000-4999; default 1000 (WS-26, WS-27). */
  code?: number
  /** Text for the peer, at most 123 bytes of UTF-8; default `''` (WS-26, WS-27). */
  reason?: string
}

/** What `send` takes on a `websocket` scope; the events of http refuse the handshake (REF-01). */
export type WebSocketSendEvent =
  | WebSocketAcceptEvent
  | WebSocketSendMessageEvent
  | WebSocketKeepaliveEvent
  | WebSocketCloseEvent
  | HttpSendEvent
