/** How far the answer to a scope has come, as far as its events tell. */

import { flagOf, peek, typeOf } from './peek.ts'

/** What was begun: nothing, a response (a refusal is one), a socket, a stream, a running server. */
export type Begun = 'nothing' | 'response' | 'socket' | 'stream' | 'running'

export class Progress {
  #begun: Begun = 'nothing'
  #trailers = false
  #streaming = false
  #ended = false

  get begun(): Begun {
    return this.#begun
  }

  /** A part of the body was sent, and more was promised. */
  get streaming(): boolean {
    return this.#streaming
  }

  /** The terminal event was sent. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether this event would be the terminal one. */
  ends(event: unknown): boolean {
    const type = typeOf(event)
    if (type === 'http.response.body') return !this.#trailers && isLast(event)
    return type === 'http.response.trailers' || TERMINAL.has(type)
  }

  /** An event was accepted. */
  add(event: unknown): void {
    const type = typeOf(event)
    this.#begun = BEGINS[type] ?? this.#begun
    if (type === 'http.response.start') this.#trailers = flagOf(event, 'trailers')
    if (type === 'http.response.body') this.#streaming = !isLast(event)
    if (this.ends(event)) this.#ended = true
  }
}

/** A body event that ends the body: the last inline one, and any that names a file or a handle. */
export function isLast(event: unknown): boolean {
  return isSource(event) || !flagOf(event, 'more')
}

/** A body event whose bytes the server reads. */
export function isSource(event: unknown): boolean {
  return [peek(event, 'file'), peek(event, 'fh')].some((one) => one !== undefined && one !== null)
}

const BEGINS: Readonly<Record<string, Begun>> = {
  'http.response.start': 'response',
  'websocket.accept': 'socket',
  'sse.start': 'stream',
  'lifespan.startup.complete': 'running',
}

const TERMINAL: ReadonlySet<string> = new Set([
  'websocket.close',
  'sse.close',
  'lifespan.startup.failed',
  'lifespan.shutdown.complete',
  'lifespan.shutdown.failed',
])
