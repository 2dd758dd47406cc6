/** An event stream as an EventSource parses it (WHATWG HTML, section 9.2.6). */

export interface StreamEvent {
  readonly event: string
  readonly data: string
  readonly id?: string
  readonly retry?: number
}

export class EventStream {
  readonly events: StreamEvent[] = []
  readonly comments: string[] = []
  #rest = Buffer.alloc(0)
  #data: string[] = []
  #event = ''
  #id: string | undefined
  #retry: number | undefined

  feed(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes])
    for (;;) {
      const end = this.#rest.findIndex((byte) => byte === 10 || byte === 13)
      if (end === -1) return
      // A CR at the very end may be half of a line end.
      if (this.#rest[end] === 13 && end + 1 === this.#rest.length) return
      const line = this.#rest.toString('utf8', 0, end)
      const both = this.#rest[end] === 13 && this.#rest[end + 1] === 10
      this.#rest = this.#rest.subarray(end + (both ? 2 : 1))
      this.#line(line)
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
