// The event stream format as an EventSource reads it (WHATWG HTML 9.2.6), comments included.

/** One event of a stream. */
export interface ServerSentEvent {
  /** Its type; `message` when the application said none. */
  readonly event: string
  readonly data: string
  /** The id it was sent with, if there was one. */
  readonly id: string | undefined
}

export class EventParser {
  readonly #events: ServerSentEvent[] = []
  readonly #comments: string[] = []
  readonly #decoder = new TextDecoder()
  #rest = ''
  #event = ''
  #data: string[] = []
  #id: string | undefined
  #lastEventId = ''
  #retry: number | undefined

  /** The id a client would come back with. */
  get lastEventId(): string {
    return this.#lastEventId
  }

  /** Milliseconds a client would wait before it comes back, if the stream said so. */
  get retry(): number | undefined {
    return this.#retry
  }

  feed(bytes: Uint8Array): void {
    this.#rest += this.#decoder.decode(bytes, { stream: true })
    for (;;) {
      const end = /\r\n|\r(?!$)|\n/.exec(this.#rest) // a CR at the end may be half of a CRLF
      if (end === null) return
      const line = this.#rest.slice(0, end.index)
      this.#rest = this.#rest.slice(end.index + end[0].length)
      this.#line(line)
    }
  }

  takeEvent(): ServerSentEvent | undefined {
    return this.#events.shift()
  }

  takeComment(): string | undefined {
    return this.#comments.shift()
  }

  #line(line: string): void {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === '') this.#comments.push(value)
    else if (name === 'event') this.#event = value
    else if (name === 'data') this.#data.push(value)
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'retry' && /^[0-9]+$/.test(value)) this.#retry = Number(value)
  }

  #dispatch(): void {
    const [event, data, id] = [this.#event, this.#data, this.#id]
    this.#event = ''
    this.#data = []
    this.#id = undefined
    if (id !== undefined) this.#lastEventId = id
    if (data.length === 0) return
    this.#events.push({ event: event === '' ? 'message' : event, data: data.join('\n'), id })
  }
}
