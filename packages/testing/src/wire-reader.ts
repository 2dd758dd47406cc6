import type { AbortCommand, AcceptCommand, HeadCommand, WebSocketCommand } from '@pagi/core'
import type { HeaderList } from '@pagi/spec'

// What has reached the client of all that the server wrote: everything up to the bytes that the client
// has taken. A client that stalls sees no more,
// except for a head.

/** The client's end of a port in memory. */
export interface Wire {
  readonly commands: readonly WebSocketCommand[]
  readonly written: number
  readonly stalled: boolean
}

/** What a client can see. */
export interface WireEvents {
  head(head: HeadCommand): void
  piece(bytes: Uint8Array): void
  /** The response is whole. */
  end(trailers: HeaderList | undefined): void
  /** The connection was closed in the middle, or instead, of a response or session. */
  broken(): void
  accept(command: AcceptCommand): void
  message(data: string | Uint8Array): void
  ping(): void
  close(code: number | undefined, reason: string): void
  hangUp(): void
}

const encoder = new TextEncoder()

export class WireReader {
  readonly #wire: Wire
  readonly #events: WireEvents
  #at = 0
  /** Bytes seen of the command that is next. */
  #seen = 0
  /** Bytes seen in all. */
  #total = 0

  constructor(wire: Wire, events: WireEvents) {
    this.#wire = wire
    this.#events = events
  }

  /** Looks for what is new. */
  advance(): void {
    const { commands } = this.#wire
    const last = commands.at(-1)
    if (last?.type === 'abort' && isAbrupt(last)) this.#at = commands.length - 1
    for (;;) {
      const command = commands[this.#at]
      if (command === undefined || !this.#take(command)) return
      this.#at += 1
      this.#seen = 0
    }
  }

  /** False: it has not all arrived. */
  #take(command: WebSocketCommand): boolean {
    const events = this.#events
    switch (command.type) {
      case 'head':
        events.head(command)
        return true
      case 'data': {
        const { bytes, last } = command
        const piece = bytes.subarray(this.#seen, this.#seen + this.#allowance)
        if (piece.byteLength > 0) {
          this.#count(piece.byteLength)
          events.piece(piece)
        }
        if (this.#seen < bytes.byteLength) return false
        if (!last) return true
        if (this.#wire.stalled) return false
        events.end(undefined)
        return true
      }
      case 'text':
        return this.#message(command.text, encoder.encode(command.text).byteLength)
      case 'binary':
        return this.#message(command.bytes, command.bytes.byteLength)
      case 'flush':
      case 'prepare':
      case 'nothing':
        return true
      case 'accept':
        events.accept(command)
        return true
      case 'end':
      case 'ping':
      case 'close':
      case 'hang-up':
      case 'abort':
        if (this.#wire.stalled && !(command.type === 'abort' && isAbrupt(command))) return false
        this.#tell(command)
        return true
    }
  }

  #tell(
    command: Extract<
      WebSocketCommand,
      { readonly type: 'end' | 'ping' | 'close' | 'hang-up' | 'abort' }
    >,
  ): void {
    switch (command.type) {
      case 'end':
        return this.#events.end(command.trailers)
      case 'ping':
        return this.#events.ping()
      case 'close':
        return this.#events.close(command.code, command.reason)
      case 'hang-up':
        return this.#events.hangUp()
      case 'abort':
        return this.#events.broken()
    }
  }

  /** A message is seen when all of it has arrived. */
  #message(data: string | Uint8Array, size: number): boolean {
    this.#count(Math.min(size - this.#seen, this.#allowance))
    if (this.#seen < size) return false
    this.#events.message(data)
    return true
  }

  get #allowance(): number {
    return this.#wire.written - this.#total
  }

  #count(bytes: number): void {
    this.#seen += bytes
    this.#total += bytes
  }
}

/** What was on its way is lost; after other aborts it still arrives. */
const isAbrupt = ({ cause }: AbortCommand): boolean => cause === 'app_abort' || cause === 'stalled'
