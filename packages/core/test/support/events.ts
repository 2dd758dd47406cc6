// Events as applications send them.

export const START = { type: 'http.response.start', status: 200 }
export const REFUSE = { type: 'http.response.start', status: 403 }
export const MORE = { type: 'http.response.body', body: 'part', more: true }
export const LAST = { type: 'http.response.body', body: 'end' }
export const TRAILERS = { type: 'http.response.trailers', headers: [['x-sum', '1']] }
export const FLUSH = { type: 'http.fullflush' }

export const ACCEPT = { type: 'websocket.accept' }
export const TEXT = { type: 'websocket.send', text: 'hello' }
export const BINARY = { type: 'websocket.send', bytes: new Uint8Array([1, 2]) }
export const PINGS = { type: 'websocket.keepalive', interval: 10, timeout: 5 }
export const CLOSE = { type: 'websocket.close', code: 1000, reason: 'bye' }

export const SSE_START = { type: 'sse.start' }
export const SSE_DATA = { type: 'sse.send', data: 'hello' }
export const SSE_COMMENT = { type: 'sse.comment', comment: 'note' }
export const SSE_PINGS = { type: 'sse.keepalive', interval: 10, comment: 'tick' }
export const SSE_CLOSE = { type: 'sse.close' }

/** An event of `size` bytes of body that is not the last. */
export const chunk = (size: number): unknown => ({
  type: 'http.response.body',
  body: 'x'.repeat(size),
  more: true,
})

/** A source of these pieces. */
export const iterable = (...pieces: readonly unknown[]): AsyncIterable<unknown> => ({
  async *[Symbol.asyncIterator]() {
    yield* pieces
  },
})

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export const fh = (source: unknown, more: object = {}): unknown => ({
  type: 'http.response.body',
  fh: source,
  ...more,
})
