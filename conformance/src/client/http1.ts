/** HTTP/1 responses as they stand on the wire, read without any leniency. */

import { CaseFailure } from '../failure.ts'
import { ByteQueue } from './byte-queue.ts'
import type { Wire } from './wire.ts'

/** What is read of a connection. */
export interface Source {
  readonly unread: ByteQueue
  readonly ended: Wire['ended']
}

export interface Head {
  readonly version: string
  readonly status: number
  readonly reason: string
  /** As sent. */
  readonly fields: readonly (readonly [string, string])[]
}

export type Framing = 'length' | 'chunked' | 'close' | 'none'

const LONGEST_HEAD = 1024 * 1024
/** Of the lines between chunks. */
const LONGEST_LINE = 64 * 1024
const ENDLESS_LINE = {
  size: 'a chunk size of over 64 KiB',
  data: 'a chunk size of over 64 KiB',
  'data-end': 'a chunk longer than its size',
  trailers: 'a trailer field of over 64 KiB',
} as const

const STATUS_LINE = /^HTTP\/(\d\.\d) (\d{3}) ?(.*)$/
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/

/**
 * Takes the head of a response from the front of what has come.
 *
 * @returns the head; `undefined` while it is not whole
 * @throws CaseFailure when it is none
 */
export function takeHead({ unread }: Source): Head | undefined {
  const near = unread.front(1)
  const bytes = near.includes('\r\n\r\n') ? near : unread.front(LONGEST_HEAD + 1)
  const end = bytes.indexOf('\r\n\r\n')
  const start = bytes.toString('latin1', 0, 7)
  if (start.length > 0 && !'HTTP/1.'.startsWith(start)) {
    throw new CaseFailure(
      `expected a response, got ${JSON.stringify(bytes.toString('latin1', 0, 80))}`,
    )
  }
  if (end === -1) {
    if (bytes.length > LONGEST_HEAD) throw new CaseFailure('a response head of over 1 MiB')
    return undefined
  }
  const [first = '', ...lines] = unread
    .take(end + 4)
    .toString('latin1', 0, end)
    .split('\r\n')
  const status = STATUS_LINE.exec(first)
  if (status === null) throw new CaseFailure(`malformed status line ${JSON.stringify(first)}`)
  return {
    version: status[1] ?? '',
    status: Number(status[2]),
    reason: status[3] ?? '',
    fields: lines.map(field),
  }
}

function field(line: string): readonly [string, string] {
  const found = FIELD.exec(line)
  if (found === null || /[\r\n\0]/.test(line)) {
    throw new CaseFailure(`malformed header field ${JSON.stringify(line)}`)
  }
  return [found[1] ?? '', found[2] ?? '']
}

/** The values of a field, in order. */
export function valuesOf(head: Head, name: string): readonly string[] {
  return head.fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
}

/** Where the first line ends; looked for where it should be before all is joined. */
function lineEnd(unread: ByteQueue): number {
  const near = unread.front(1).indexOf('\r\n')
  return near === -1 ? unread.front(LONGEST_LINE + 1).indexOf('\r\n') : near
}

/** The body of one response. */
export class Body {
  readonly framing: Framing
  readonly chunks: number[] = []
  readonly trailers: (readonly [string, string])[] = []
  /** Everything there will be has come. */
  done = false
  /** It ended as its framing says. */
  complete = false
  #left = 0
  #part: 'size' | 'data' | 'data-end' | 'trailers' = 'size'
  /** Decoded bytes that no step has read. */
  readonly unread = new ByteQueue()

  constructor(head: Head, method: string) {
    const length = valuesOf(head, 'content-length')
    const coding = valuesOf(head, 'transfer-encoding')
    const { status } = head
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
      this.framing = 'none'
      this.done = true
      this.complete = true
    } else if (coding.length > 0) {
      if (coding.join().toLowerCase() !== 'chunked' || length.length > 0) {
        throw new CaseFailure(
          `framing by transfer-encoding ${coding.join()} and content-length ${length.join() || 'none'}`,
        )
      }
      this.framing = 'chunked'
    } else if (length.length > 0) {
      if (length.length > 1 || !/^\d+$/.test(length[0] ?? '')) {
        throw new CaseFailure(`content-length ${length.join(' and ')}`)
      }
      this.framing = 'length'
      this.#left = Number(length[0])
    } else {
      this.framing = 'close'
    }
  }

  /** Takes what has come. */
  pull(wire: Source): void {
    while (!this.done && this.#step(wire));
    if (this.done || wire.ended === undefined) return
    // Nothing more comes.
    this.done = true
    this.complete = this.framing === 'close' && wire.ended === 'fin' && wire.unread.length === 0
  }

  /** Whether it went a step further. */
  #step(wire: Source): boolean {
    if (this.framing === 'chunked') return this.#chunked(wire)
    if (this.framing === 'length') {
      this.#data(wire)
      this.complete = this.#left === 0
      this.done = this.complete
      return false
    }
    wire.unread.moveTo(this.unread, wire.unread.length)
    return false
  }

  #data(wire: Source): void {
    const length = Math.min(this.#left, wire.unread.length)
    wire.unread.moveTo(this.unread, length)
    this.#left -= length
  }

  #chunked(wire: Source): boolean {
    if (this.#part === 'data') {
      this.#data(wire)
      if (this.#left > 0) return false
      this.#part = 'data-end'
    }
    const end = lineEnd(wire.unread)
    if (end === -1) {
      if (wire.unread.length > LONGEST_LINE) throw new CaseFailure(ENDLESS_LINE[this.#part])
      return false
    }
    const line = wire.unread.take(end + 2).toString('latin1', 0, end)
    if (this.#part === 'data-end') {
      if (line !== '') throw new CaseFailure(`after a chunk: ${JSON.stringify(line)}`)
      this.#part = 'size'
    } else if (this.#part === 'size') {
      if (!/^[0-9A-Fa-f]+$/.test(line)) throw new CaseFailure(`chunk size ${JSON.stringify(line)}`)
      this.#left = Number.parseInt(line, 16)
      if (this.#left > 0) this.chunks.push(this.#left)
      this.#part = this.#left === 0 ? 'trailers' : 'data'
    } else if (line === '') {
      this.complete = true
      this.done = true
    } else {
      this.trailers.push(field(line))
    }
    return true
  }
}
