import { expect, test } from 'vitest'
import { acceptsEventStream } from '../../src/http/classify.ts'

// Every row of T-ACCEPT but the WebSocket one, which the handshake decides before.
export const ACCEPT_ROWS: readonly (readonly [lines: readonly string[], type: 'http' | 'sse'])[] = [
  [[], 'http'],
  [['*/*'], 'http'],
  [['text/*'], 'http'],
  [['text/event-stream'], 'sse'],
  [['Text/Event-STREAM'], 'sse'],
  [['text/event-stream;charset=utf-8;v=1'], 'sse'],
  [['text/html, text/event-stream'], 'sse'],
  [['text/html', 'text/event-stream'], 'sse'],
  [['text/event-stream;q=0'], 'http'],
  [['text/event-stream;q=0.0'], 'http'],
  [['text/event-stream;Q=0.000'], 'http'],
  [['text/event-stream;q=0.001'], 'sse'],
  [['text/event-stream;x="a;q=0"'], 'sse'],
  [['text/html;x="a, text/event-stream"'], 'http'],
  [['x-text/event-stream'], 'http'],
  [['text/event-stream-x'], 'http'],
  [['text/event-stream;q=0, text/event-stream'], 'sse'],
  [['text/event-stream, text/event-stream;q=0'], 'sse'],
  [['text/event-stream;q=abc'], 'http'],
  // and what the grammar adds
  [[', ,text/event-stream,'], 'sse'],
  [[' text/event-stream ; q=1 '], 'sse'],
  [['text/event-stream;q=1.001'], 'http'],
  [['text/event-stream;q=2'], 'http'],
  [['text/event-stream;q='], 'http'],
  [['text/event-stream;q=0.0001'], 'http'],
  [['text/html;x="a\\", text/event-stream"'], 'http'],
  [['text/html;x="a\\\\", text/event-stream'], 'sse'],
]

test.each(ACCEPT_ROWS)('Accept: %j makes the scope %s (T-ACCEPT)', (lines, type) => {
  for (const time of ['first', 'again'])
    expect(acceptsEventStream(lines) ? 'sse' : 'http', time).toBe(type)
})

test('many different values do not make it forget the grammar', () => {
  for (let at = 0; at < 1000; at++)
    expect(acceptsEventStream([`text/event-stream;v=${at}`])).toBe(true)
})
