import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeComment, encodeMessage } from '../../src/sse/encode.ts'

interface Dispatched {
  readonly event: string
  readonly data: string
  readonly id: string
  readonly retry: number | undefined
}

/** The event stream interpretation of WHATWG HTML 9.2.6, fed in pieces. */
class Parser {
  readonly events: Dispatched[] = []
  #text = ''
  #data = ''
  #event = ''
  #id = ''
  #retry: number | undefined

  feed(piece: string): void {
    this.#text += piece
    for (;;) {
      const end = /\r\n|\r(?!$)|\n/.exec(this.#text)
      if (end === null) return
      const line = this.#text.slice(0, end.index)
      this.#text = this.#text.slice(end.index + end[0].length)
      this.#line(line)
    }
  }

  #line(line: string): void {
    if (line === '') return this.#dispatch()
    if (line.startsWith(':')) return
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const rest = colon < 0 ? '' : line.slice(colon + 1)
    const value = rest.startsWith(' ') ? rest.slice(1) : rest
    if (name === 'data') this.#data += `${value}\n`
    else if (name === 'event') this.#event = value
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'retry' && /^[0-9]+$/.test(value)) this.#retry = Number(value)
  }

  #dispatch(): void {
    if (this.#data !== '')
      this.events.push({
        event: this.#event === '' ? 'message' : this.#event,
        data: this.#data.slice(0, -1),
        id: this.#id,
        retry: this.#retry,
      })
    this.#data = ''
    this.#event = ''
  }
}

const parse = (text: string, pieces: 'whole' | 'characters'): readonly Dispatched[] => {
  const parser = new Parser()
  if (pieces === 'whole') parser.feed(text)
  else for (const char of text.split('')) parser.feed(char)
  return parser.events
}

const lines = fc
  .array(
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', '\r', '\r\n', ':', ' ', '')),
  )
  .map((parts) => parts.join(''))
const oneLine = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\0]/g, ''))

describe('an encoded message', () => {
  test('is fields of one space, a data line per line, and an empty line (SSE-13, SSE-14)', () => {
    expect(encodeMessage({ data: 'a\nb\r\nc\rd', event: 'e', id: '7', retry: 100 })).toBe(
      'event: e\nid: 7\nretry: 100\ndata: a\ndata: b\ndata: c\ndata: d\n\n',
    )
  })

  test('keeps empty lines inside, and an empty text is a dispatch of its own', () => {
    expect(encodeMessage({ data: 'a\n\nb\n' })).toBe('data: a\ndata: \ndata: b\ndata: \n\n')
    expect(parse(encodeMessage({ data: '' }), 'whole')).toMatchObject([{ data: '' }])
  })

  test('an empty id resets the last one', () => {
    const text = encodeMessage({ data: 'a', id: '1' }) + encodeMessage({ data: 'b', id: '' })
    expect(parse(text, 'whole').map(({ id }) => id)).toEqual(['1', ''])
  })

  test('gives an EventSource the same text with LF, however it is cut', () => {
    fc.assert(
      fc.property(lines, oneLine, oneLine, fc.nat(), (data, event, id, retry) => {
        const text = encodeMessage({ data, event, id, retry })
        const expected = [
          { data: data.replaceAll(/\r\n|\r/g, '\n'), event: event || 'message', id, retry },
        ]
        expect(parse(text, 'whole')).toEqual(expected)
        expect(parse(text, 'characters')).toEqual(expected)
      }),
    )
  })
})

describe('an encoded comment', () => {
  test.each([
    ['', ':\n\n'],
    ['ping', ':ping\n\n'],
    [':ping', ':ping\n\n'],
    ['a\nb', ':a\n:b\n\n'],
    ['a\r\n:b\rc', ':a\n:b\n:c\n\n'],
  ])('%j leaves as %j (SSE-15)', (comment, text) => {
    expect(encodeComment(comment)).toBe(text)
  })

  test('never becomes an event, whatever it says (SSE-17)', () => {
    fc.assert(
      fc.property(lines, (comment) => {
        const text =
          encodeMessage({ data: 'a' }) + encodeComment(comment) + encodeMessage({ data: 'b' })
        expect(parse(text, 'whole').map(({ data }) => data)).toEqual(['a', 'b'])
      }),
    )
  })
})
