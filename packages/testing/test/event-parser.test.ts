import { expect, test } from 'vitest'
import { EventParser } from '../src/event-parser.ts'

const parse = (pieces: readonly (string | Uint8Array)[]): EventParser => {
  const parser = new EventParser()
  for (const piece of pieces)
    parser.feed(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
  return parser
}

const events = (parser: EventParser): unknown[] => {
  const all: unknown[] = []
  for (let event = parser.takeEvent(); event !== undefined; event = parser.takeEvent())
    all.push(event)
  return all
}

const STREAM =
  '\uFEFF: hello\r\nevent:ä\rdata: 1\ndata\ndata:  2\n\nid: 7\n\nunknown: x\nretry: 5x\nretry: 9\ndata: 3\r\n\r\nid: a\0b\ndata:\n\ndata: lost'

const WANTED = [
  { event: 'ä', data: '1\n\n 2', id: undefined },
  { event: 'message', data: '3', id: undefined },
  { event: 'message', data: '', id: undefined },
]

test('a stream is read as HTML 9.2.6 says', () => {
  const parser = parse([STREAM])
  expect(events(parser)).toEqual(WANTED)
  expect([parser.takeComment(), parser.takeComment()]).toEqual(['hello', undefined])
  expect([parser.lastEventId, parser.retry]).toEqual(['7', 9])
})

test('it makes no difference where the stream is split', () => {
  const bytes = new TextEncoder().encode(STREAM)
  for (let at = 0; at <= bytes.length; at++)
    expect(events(parse([bytes.subarray(0, at), bytes.subarray(at)])), `at ${at}`).toEqual(WANTED)
  expect(events(parse([...bytes].map((byte) => new Uint8Array([byte]))))).toEqual(WANTED)
})
