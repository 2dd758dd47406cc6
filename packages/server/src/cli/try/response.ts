/** The client of `fetch` and `sse`: prints a response as it comes. */

import { reasonPhrase } from '@pagi/core'
import type { HttpCommand } from '@pagi/core'
import type { MemoryHttpTransport, MemoryWebSocketTransport } from '@pagi/core/memory'

/** Where it goes: `process.stdout`. */
export interface Output {
  /** False: more should wait until it has drained. */
  write(bytes: string | Uint8Array): boolean
  once(event: 'drain', listener: () => void): unknown
}

export interface ResponseOptions {
  readonly include: boolean
  /** Events after which the client leaves. */
  readonly count: number | undefined
}

/** What a response came to. */
export interface Outcome {
  /** 0: there was none. */
  readonly status: number
  /** It has ended as it should, or the client had enough. */
  readonly complete: boolean
}

export class PrintedResponse {
  readonly over: Promise<Outcome>
  readonly #port: MemoryHttpTransport | MemoryWebSocketTransport
  readonly #output: Output
  readonly #options: ResponseOptions
  #status = 0
  #events = 0
  #tell: (outcome: Outcome) => void = () => {}

  constructor(
    port: MemoryHttpTransport | MemoryWebSocketTransport,
    output: Output,
    options: ResponseOptions,
  ) {
    this.#port = port
    this.#output = output
    this.#options = options
    this.over = new Promise((resolve) => {
      this.#tell = resolve
    })
  }

  /** The client has had enough. */
  leave(): void {
    this.#end(true)
    this.#port.lose('client_closed')
  }

  take(command: HttpCommand): void {
    switch (command.type) {
      case 'head': {
        this.#status = command.status
        if (!this.#options.include) return
        const phrase = reasonPhrase(command.status)
        const lines = command.headers.map(([name, value]) => `${name}: ${value}\n`)
        this.#print(
          Buffer.from(`HTTP/1.1 ${command.status} ${phrase}\n${lines.join('')}\n`, 'latin1'),
        )
        return
      }
      case 'data':
        this.#print(command.bytes)
        if (command.last) this.#end(true)
        else if (command.bytes[0] !== COLON) this.#count()
        return
      case 'end':
        if (this.#options.include)
          for (const [name, value] of command.trailers ?? [])
            this.#print(Buffer.from(`${name}: ${value}\n`, 'latin1'))
        this.#end(true)
        return
      case 'abort':
        this.#end(false)
        return
      case 'flush':
      case 'prepare':
      case 'nothing':
    }
  }

  /** Each piece of an event stream is an event, or a comment. */
  #count(): void {
    this.#events += 1
    if (this.#events === this.#options.count) this.leave()
  }

  #print(bytes: Uint8Array): void {
    if (this.#output.write(bytes)) return
    this.#port.stall()
    this.#output.once('drain', () => this.#port.drain())
  }

  #end(complete: boolean): void {
    this.#tell({ status: this.#status, complete })
  }
}

const COLON = 0x3a
