/** An event stream as an EventSource parses it (WHATWG HTML, section 9.2.6). */

import { ByteQueue } from './byte-queue.ts'

export interface StreamEvent {
  readonly event: string
  readonly data: string
  readonly id?: string
  readonly retry?: number
}

const [LF, CR] = [10, 13]

/** Where the line ends, or the bytes do. */
function endOfLine(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from)
  const line = lf === -1 ? bytes : bytes.subarray(0, lf)
  const cr = line.indexOf(CR, from)
  return cr === -1 ? line.length : cr
}

export class EventStream {
  readonly events: StreamEvent[] = []
  readonly comments: string[] = []
  readonly #rest = new ByteQueue()
  /** How much of it is known to have no end of a line. */
  #scanned = 0
  #data: string[] = []
  #event = ''
  #id: string | undefined
  #retry: number | undefined

  feed(bytes: Buffer): void {
    const scanned = this.#scanned === this.#rest.length
    this.#rest.push(bytes)
    if (scanned && endOfLine(bytes, 0) === bytes.length) {
      this.#scanned = this.#rest.length
      return
    }
    for (;;) {
      const { bytes: rest } = this.#rest
      const end = endOfLine(rest, this.#scanned)
      this.#scanned = end
      // A CR at the very end may be half of a line end.
      if (end === rest.length || (rest[end] === CR && end + 1 === rest.length)) return
      const both = rest[end] === CR && rest[end + 1] === LF
      this.#line(this.#rest.take(end + (both ? 2 : 1)).toString('utf8', 0, end))
      this.#scanned = 0
    }
  }

  #line(line: string): void {
    if (line === '') {
      this.#dispatch()
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) {
      this.comments.push(line.slice(1))
      return
    }
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') this.#data.push(value)
    else if (name === 'event') this.#event = value
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'retry' && /^\d+$/.test(value)) this.#retry = Number(value)
  }

  #dispatch(): void {
    const id = this.#id
    const retry = this.#retry
    if (this.#data.length > 0) {
      this.events.push({
        event: this.#event || 'message',
        data: this.#data.join('\n'),
        ...(id !== undefined && { id }),
        ...(retry !== undefined && { retry }),
      })
    }
    this.#data = []
    this.#event = ''
    this.#id = undefined
    this.#retry = undefined
  }
}
