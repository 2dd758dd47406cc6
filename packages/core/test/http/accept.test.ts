import { array, assert, constantFrom, property } from 'fast-check'
import { expect, test } from 'vitest'
import { acceptsEventStream } from '../../src/http/classify.ts'

// Every row of T-ACCEPT but the WebSocket one, which the handshake decides before.
const ACCEPT_ROWS: readonly (readonly [lines: readonly string[], type: 'http' | 'sse'])[] = [
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
  [['text/html;x="a', 'text/event-stream'], 'http'],
  [[''], 'http'],
  [['text/event-stream;'], 'sse'],
  [['text/event-stream;;q=0.5;'], 'sse'],
  [['text/event-stream;q=1.000'], 'sse'],
  [['text/event-stream;q=1.'], 'sse'],
  [['text/event-stream;q=.5'], 'http'],
  [['text/event-stream;q="1"'], 'http'],
  [['text/event-stream;q'], 'http'],
  [['text/event-stream;q=-1'], 'http'],
  [['text/event-stream;q=1e0'], 'http'],
  [['text/event-stream;q=1;q=0'], 'http'],
  [['text/event-stream;q=1;q=1'], 'http'],
  [['text/event-stream;q=0;q=1'], 'http'],
  [['text/event-stream;qx'], 'sse'],
  [['text/event-stream;qs=0'], 'sse'],
  [['text/event-stream;xq=0'], 'sse'],
  [['text/event-stream;charset=utf-8;q=0'], 'http'],
  [['text/event-stream;q=0.5;level=1'], 'sse'],
  [['text/event-stream text/html'], 'http'],
  [['text / event-stream'], 'http'],
  [['\u00a0text/event-stream'], 'http'],
  [['text/html;q=1 text/event-stream'], 'http'],
  [['text/html;x="a;b", text/event-stream;y="c,d"'], 'sse'],
]

test.each(ACCEPT_ROWS)('Accept: %j makes the scope %s (T-ACCEPT)', (lines, type) => {
  expect(acceptsEventStream(lines) ? 'sse' : 'http').toBe(type)
})

test('an element signals or not whatever stands around it', () => {
  const element = constantFrom(
    'text/html',
    '*/*;q=0.8',
    '',
    ' ',
    'x/y;a="b, c;\\"d"',
    'text/event-stream;q=0',
  )
  assert(
    property(array(element), array(element), (before, after) => {
      expect(acceptsEventStream([[...before, ...after].join(',')])).toBe(false)
      const asked = [...before, 'text/event-stream', ...after]
      expect(acceptsEventStream([asked.join(',')])).toBe(true)
      expect(acceptsEventStream(asked)).toBe(true)
    }),
  )
})
