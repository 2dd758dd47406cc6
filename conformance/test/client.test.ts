import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { ByteQueue } from '../src/client/byte-queue.ts'
import { ClientEnd } from '../src/client/end.ts'
import { EventStream } from '../src/client/event-stream.ts'
import { encodeFrame, takeFrame } from '../src/client/frames.ts'
import { Body, takeHead } from '../src/client/http1.ts'
import { Wire } from '../src/client/wire.ts'
import { formOfBytes } from '../src/values.ts'
import { Watch } from '../src/watch.ts'

/** As much of a wire as the parsers ask for. */
class Source {
  readonly unread = new ByteQueue()
  readonly ended: Wire['ended']

  constructor(text: string | Buffer, ended?: Wire['ended']) {
    this.unread.push(Buffer.from(text))
    this.ended = ended
  }
}

function bodyOf(text: string, method = 'GET', ended?: Wire['ended']): Body {
  const wire = new Source(text, ended)
  const head = takeHead(wire)
  if (head === undefined) throw new Error('no head')
  const body = new Body(head, method)
  body.pull(wire)
  return body
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

test('a chunked body is decoded, with the sizes of its chunks and its trailers', () => {
  const body = bodyOf(`${CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\nx: 1\r\n\r\n`)
  expect(body).toMatchObject({ done: true, complete: true, chunks: [3, 2], trailers: [['x', '1']] })
  expect(body.unread.bytes.toString()).toBe('abcde')
})

test.each([
  ['chunked without its end', `${CHUNKED}3\r\nabc\r\n`, 'fin', false],
  ['length, short', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab', 'fin', false],
  ['close, ended by FIN', 'HTTP/1.1 200 OK\r\n\r\nab', 'fin', true],
  ['close, cut by a reset', 'HTTP/1.1 200 OK\r\n\r\nab', 'reset', false],
] as const)('%s: complete is %s', (_what, text, ended, complete) => {
  expect(bodyOf(text, 'GET', ended)).toMatchObject({ done: true, complete })
})

test('an answer to HEAD has no body, whatever it declares', () => {
  const body = bodyOf('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD')
  expect(body).toMatchObject({ framing: 'none', done: true, complete: true })
})

test.each([
  ['HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n', /malformed header field "Bad Name: x"/],
  ['HTTP/1.1 2x0 OK\r\n\r\n', /malformed status line/],
  ['hello', /expected a response, got "hello"/],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', /framing/],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n', /content-length/],
  [`${CHUNKED}xyz\r\n`, /chunk size "xyz"/],
])('%j is refused', (text, reason) => {
  expect(() => bodyOf(text)).toThrow(reason)
})

test.each([0, 1, 125, 126, 65535, 65536])(
  'a frame of %i bytes is read as it was written',
  (size) => {
    const payload = Buffer.alloc(size, 7)
    const wire = new Source(
      encodeFrame({ opcode: 2, payload, fin: true, rsv: 0, masked: false, length: undefined }),
    )
    expect(takeFrame(wire)).toMatchObject({ opcode: 'binary', fin: true, rsv: 0, masked: false })
    expect(wire.unread.length).toBe(0)
  },
)

test('a masked frame hides its payload, and says so', () => {
  const frame = encodeFrame({
    opcode: 1,
    payload: Buffer.from('hi'),
    fin: true,
    rsv: 0,
    masked: true,
    length: undefined,
  })
  expect((frame[1] ?? 0) & 0x80).toBe(0x80)
  expect(frame).toHaveLength(8)
})

test('a frame that may be missing is told from one that must come', async () => {
  const server = createServer((socket) => {
    socket.end(Buffer.from([0x81, 0x01, 0x61]))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const watch = new Watch()
  const end = new ClientEnd(new Wire('127.0.0.1', port, watch), watch, 1000)
  expect(await end.readFrameOrEnd()).toMatchObject({ opcode: 'text', text: 'a' })
  expect(await end.readFrameOrEnd()).toBe('fin')
  await expect(end.readFrame()).rejects.toThrow('the connection ended (fin) instead of a frame')
  server.close()
})

test.each([
  [{ $latin1: '\u0081x', times: 2 }, [0x81, 0x78, 0x81, 0x78]],
  [{ $text: 'é' }, [0xc3, 0xa9]],
  [{ $repeat: 'é', times: 2 }, [0xc3, 0xa9, 0xc3, 0xa9]],
])('%j stands for bytes', (form, bytes) => {
  expect(formOfBytes(form)).toEqual(Buffer.from(bytes))
})

test('an event stream is read as an EventSource reads it, at every split', () => {
  const text = Buffer.from(
    ': c\n\nevent: e\ndata: a\ndata:  b\nid: 1\nretry: 5\n\ndata\r\n\r\ndata: é\n\n',
  )
  for (let split = 0; split <= text.length; split += 1) {
    const stream = new EventStream()
    stream.feed(text.subarray(0, split))
    stream.feed(text.subarray(split))
    expect(stream.comments).toEqual([' c'])
    expect(stream.events).toEqual([
      { event: 'e', data: 'a\n b', id: '1', retry: 5 },
      { event: 'message', data: '' },
      { event: 'message', data: 'é' },
    ])
  }
})

test('a frame that says it has more than anybody sends is refused', () => {
  const frame = encodeFrame({
    opcode: 2,
    payload: Buffer.alloc(1),
    fin: true,
    rsv: 0,
    masked: false,
    length: 2 ** 40,
  })
  expect(() => takeFrame(new Source(frame))).toThrow(`a frame that says it has ${2 ** 40} bytes`)
})

test('bytes taken from a queue, moved or looked at stay as they are', () => {
  const queue = new ByteQueue()
  const moved = new ByteQueue()
  const taken: Buffer[] = []
  for (let size = 1; size < 3000; size += 7) {
    queue.push(Buffer.alloc(size, size % 256))
    if (size % 3 === 0) expect(queue.bytes).toHaveLength(queue.length)
    if (size % 5 === 0) expect(queue.front(size).length).toBeGreaterThanOrEqual(size)
    queue.moveTo(moved, Math.ceil(queue.length / 2))
    if (size % 2 === 0) taken.push(moved.take(Math.ceil(moved.length / 2)))
  }
  const all = Buffer.concat([...taken, moved.bytes, queue.bytes])
  const pushed = Array.from({ length: 429 }, (_item, index) => 1 + 7 * index)
  expect(all.equals(Buffer.concat(pushed.map((size) => Buffer.alloc(size, size % 256))))).toBe(true)
  queue.clear()
  expect(queue.length).toBe(0)
})
