/** The client of `ws`: each line of its input is a message, and each message is printed. */

import type { WebSocketCommand } from '@pagi/core'
import type { MemoryWebSocketTransport } from '@pagi/core/memory'
import { PrintedResponse } from './response.ts'
import type { Outcome, Output, ResponseOptions } from './response.ts'

/** Lines of text, as `node:readline` reads them. */
export interface Lines {
  on(event: 'line', listener: (line: string) => void): unknown
  on(event: 'close', listener: () => void): unknown
  close(): void
}

/** Closes that are no failure of anybody. */
const WELL: readonly number[] = [1000, 1001, 1005, 1012]

/** How a session, or the response that refused it, has ended. */
export type SessionOutcome =
  | { readonly kind: 'refused'; readonly outcome: Outcome }
  | {
      readonly kind: 'closed'
      readonly code: number
      readonly reason: string
      readonly well: boolean
    }

export class PrintedSession {
  readonly over: Promise<SessionOutcome>
  readonly #port: MemoryWebSocketTransport
  readonly #output: Output
  readonly #options: ResponseOptions
  readonly #lines: () => Lines
  readonly #refusal: PrintedResponse
  #input: Lines | undefined
  #inputEnded = false
  #sent = 0
  #received = 0
  #closeSent = false
  #close: { readonly code: number; readonly reason: string } | undefined
  #tell: (outcome: SessionOutcome) => void = () => {}

  /** @param lines opened once the handshake was accepted */
  constructor(
    port: MemoryWebSocketTransport,
    output: Output,
    options: ResponseOptions,
    lines: () => Lines,
  ) {
    this.#port = port
    this.#output = output
    this.#options = options
    this.#lines = lines
    this.#refusal = new PrintedResponse(port, output, options)
    this.over = new Promise((resolve) => {
      this.#tell = resolve
    })
    void this.#refusal.over.then((outcome) => this.#tell({ kind: 'refused', outcome }))
  }

  /** The client has had enough, and closes nothing. */
  leave(): void {
    this.#input?.close()
    this.#tell({ kind: 'closed', code: 1006, reason: '', well: true })
    this.#port.lose('client_closed')
  }

  take(command: WebSocketCommand): void {
    switch (command.type) {
      case 'accept':
        if (this.#options.include && command.subprotocol !== undefined)
          this.#print(`subprotocol: ${command.subprotocol}\n`)
        return this.#listen()
      case 'text':
        return this.#message(`${command.text}\n`)
      case 'binary':
        return this.#message(`${Buffer.from(command.bytes).toString('base64')}\n`)
      case 'ping':
        return this.#port.write({ type: 'pong' })
      case 'close':
        this.#close = { code: command.code ?? 1005, reason: command.reason }
        return this.#leave(command.code ?? 1000)
      case 'hang-up':
        return this.#end()
      case 'abort':
        if (this.#input === undefined) return this.#refusal.take(command)
        this.#close ??= { code: 1006, reason: '' }
        return this.#end()
      case 'head':
      case 'data':
      case 'end':
      case 'flush':
      case 'prepare':
      case 'nothing':
        return this.#refusal.take(command)
    }
  }

  #listen(): void {
    const input = this.#lines()
    this.#input = input
    input.on('line', (line) => {
      if (this.#closeSent) return
      this.#sent += 1
      this.#port.write({ type: 'message', data: line })
    })
    input.on('close', () => {
      this.#inputEnded = true
      this.#leaveIfDone()
    })
  }

  #message(text: string): void {
    this.#print(text)
    this.#received += 1
    this.#leaveIfDone()
  }

  /** Once so many messages have come as were waited for: `--count`, else one for each that was sent. */
  #leaveIfDone(): void {
    const { count } = this.#options
    if (
      count === undefined
        ? this.#inputEnded && this.#received >= this.#sent
        : this.#received >= count
    )
      this.#leave(1000)
  }

  #leave(code: number): void {
    if (this.#closeSent) return
    this.#closeSent = true
    this.#input?.close()
    this.#port.write({ type: 'close', code, reason: '' })
  }

  #end(): void {
    const { code, reason } = this.#close ?? { code: 1006, reason: '' }
    this.#input?.close()
    this.#tell({ kind: 'closed', code, reason, well: WELL.includes(code) })
    this.#port.lose('client_closed')
  }

  #print(text: string): void {
    if (this.#output.write(text)) return
    this.#port.stall()
    this.#output.once('drain', () => this.#port.drain())
  }
}
