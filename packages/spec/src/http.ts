/** The `http` protocol: one request and its response. */

import type { BytesInput, Flag, HeaderList, WwwScope } from './common.ts'

/** One HTTP request, whatever its method, HEAD included (HTTP-64). */
export interface HttpScope extends WwwScope {
  /** Names the protocol (CORE-02). */
  type: 'http'
  /** The request method, exactly as received (HTTP-07). */
  method: string
  /** Taken from the transport, never from a header (HTTP-08). */
  scheme: 'http' | 'https'
}

/** A piece of the request body (HTTP-26). */
export interface HttpRequestEvent {
  /** Names the event. */
  type: 'http.request'
  /** The bytes, yours to keep and change; empty for a request without body (HTTP-26, HTTP-27). */
  body: Uint8Array
  /** Whether another `http.request` follows (HTTP-27). */
  more: boolean
}

/** The scope has ended, cleanly or not; every later `receive` says so again (HTTP-28, CONN-41). */
export interface HttpDisconnectEvent {
  /** Names the event. */
  type: 'http.disconnect'
}

/** What `receive` yields on an `http` scope. */
export type HttpReceiveEvent = HttpRequestEvent | HttpDisconnectEvent

/** Begins the response. The server may hold it back until the first body event (HTTP-33). */
export interface HttpResponseStartEvent {
  /** Names the event. */
  type: 'http.response.start'
  /** Integer 200-999; as the refusal of a WebSocket handshake 300-999 (HTTP-34, REF-05). */
  status: number
  /** Response headers, lower-case names; default none (HTTP-35, HTTP-36). */
  headers?: HeaderList
  /** Whether `http.response.trailers` will follow the body; default false (HTTP-35, HTTP-59). */
  trailers?: Flag
}

/** The part of a file that is sent. */
export type Slice = {
  /** First byte to send, integer from 0; default 0 (HTTP-49, HTTP-50). */
  offset?: number
  /** Bytes to send, integer from 0; default: to the end (HTTP-49, HTTP-50). */
  length?: number
  /** Has no effect: a file ends the body (HTTP-45). */
  more?: Flag
}

/** A piece of the response body, given in the event. */
export type InlineBody = {
  /** The bytes, or text to send as UTF-8; default empty (HTTP-35, HTTP-40). */
  body?: BytesInput
  /** Excluded by `body` (HTTP-40). */
  file?: never
  /** Excluded by `body` (HTTP-40). */
  fh?: never
  /** Whether more body follows; default false, which ends the body (HTTP-35). */
  more?: Flag
}

/** The response body is a file, which the server opens and closes (HTTP-52). */
export type FileBody = Slice & {
  /** An absolute path, or a `file:` URL (HTTP-52). */
  file: string | URL
  /** Excluded by `file` (HTTP-40). */
  body?: never
  /** Excluded by `file` (HTTP-40). */
  fh?: never
}

/** The response body is read from a source which stays the application's to close (HTTP-55). */
export type HandleBody = Slice & {
  /** Read by the server, never closed by it; must be open and readable (HTTP-53, HTTP-56). */
  fh: BodySource
  /** Excluded by `fh` (HTTP-40). */
  body?: never
  /** Excluded by `fh` (HTTP-40). */
  file?: never
}

/**
 * What `fh` takes: an open file, a file descriptor, or a stream of bytes (Node's `Readable` is an
 * `AsyncIterable`). `offset` and `length` apply to files and descriptors only.
 */
export type BodySource =
  FileHandleLike | number | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** An open file. The `FileHandle` of `node:fs/promises` is one. */
export interface FileHandleLike {
  /** The descriptor. */
  readonly fd: number
  /**
   * Reads up to `length` bytes at `position` into `buf` from `offset` on, and resolves with the
   * number of bytes read, 0 at the end of the file.
   */
  read(
    buf: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>
}

/** A piece of the response body, or all of it: at most one of `body`, `file`, `fh` (HTTP-40). */
export type HttpResponseBodyEvent = {
  /** Names the event. */
  type: 'http.response.body'
} & (InlineBody | FileBody | HandleBody)

/** Ends a response whose start declared `trailers` (HTTP-59, HTTP-61). */
export interface HttpResponseTrailersEvent {
  /** Names the event. */
  type: 'http.response.trailers'
  /** The trailer fields, checked like headers; default none (HTTP-60). */
  headers?: HeaderList
}

/** What `send` takes on an `http` scope, and as a refusal on `websocket` and `sse` (REF-01). */
export type HttpSendEvent =
  HttpResponseStartEvent | HttpResponseBodyEvent | HttpResponseTrailersEvent
