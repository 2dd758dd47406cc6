import { onTestFinished } from 'vitest'

/** An event as a client sees it: what the stream says, nothing else. */
export interface StreamEvent {
  readonly event?: string
  readonly id?: string
  readonly data?: string
  readonly retry?: string
}

/** A stream of server-sent events, read as slowly as one likes. */
export class EventStream {
  readonly response: Response
  readonly #leaving: AbortController
  readonly #events: AsyncGenerator<StreamEvent, void, undefined>

  private constructor(response: Response, leaving: AbortController) {
    this.response = response
    this.#leaving = leaving
    this.#events = parse(response)
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
    const leaving = new AbortController()
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: leaving.signal,
    })
    const stream = new EventStream(response, leaving)
    onTestFinished(() => stream.leave())
    return stream
  }

  async next(): Promise<StreamEvent> {
    const { done, value } = await this.#events.next()
    if (done === true) throw new Error('the stream has ended')
    return value
  }

  /** Reads on until an event has what is wanted. */
  async until(wanted: (event: StreamEvent) => boolean): Promise<StreamEvent> {
    for (;;) {
      const event = await this.next()
      if (wanted(event)) return event
    }
  }

  /** Drops the connection. */
  leave(): void {
    this.#leaving.abort()
  }
}

async function* parse({ body }: Response): AsyncGenerator<StreamEvent, void, undefined> {
  if (body === null) return
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end === -1) break
      const event = parseEvent(text.slice(0, end))
      text = text.slice(end + 2)
      if (Object.keys(event).length > 0) yield event // the rest are comments
    }
  }
}

function parseEvent(block: string): StreamEvent {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(\w+): (.*)$/.exec(line) ?? []
    if (name === undefined) continue
    const before = fields[name]
    fields[name] = before === undefined ? value : `${before}\n${value}`
  }
  return fields
}
