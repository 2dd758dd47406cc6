import type { DisconnectReason } from '@pagi/spec'
import type {
  WebSocketCommand,
  WebSocketFacts,
  WebSocketFault,
  WebSocketTransport,
} from '../run/ports.ts'
import { MemoryOutput } from './output.ts'

/** A WebSocketTransport without a socket: records every command, and lets a test play the client. */
export class MemoryWebSocketTransport implements WebSocketTransport {
  readonly commands: WebSocketCommand[] = []
  readonly #facts: WebSocketFacts
  readonly #output: MemoryOutput
  #paused = false
  #state: 'open' | 'responding' | 'hung-up' | 'gone' = 'open'

  constructor(facts: WebSocketFacts) {
    this.#facts = facts
    this.#output = new MemoryOutput(
      () => facts.drained(),
      () => this.#finish(),
    )
  }

  get bufferedAmount(): number {
    return this.#output.amount
  }

  get written(): number {
    return this.#output.written
  }

  get paused(): boolean {
    return this.#paused
  }

  /** The server has begun to close the transport, or has closed it. */
  get closing(): boolean {
    return this.#state === 'hung-up' || this.#state === 'gone'
  }

  perform(command: WebSocketCommand): Promise<void> | undefined {
    if (this.#state === 'gone') return undefined
    this.commands.push(command)
    switch (command.type) {
      case 'text':
        return this.#output.take({ bytes: new TextEncoder().encode(command.text), owned: true })
      case 'binary':
        return this.#output.take(command)
      case 'data': {
        const wait = this.#output.take(command)
        if (command.last) this.#respond()
        return wait
      }
      case 'end':
        this.#respond()
        return undefined
      case 'hang-up':
        this.#state = 'hung-up'
        return undefined
      case 'abort':
        this.#close()
        return undefined
      case 'accept':
      case 'ping':
      case 'close':
      case 'head':
      case 'flush':
      case 'prepare':
      case 'nothing':
        return undefined
    }
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
  }

  stall(): void {
    this.#output.stall()
  }

  drain(bytes?: number): void {
    this.#output.drain(bytes)
  }

  message(data: string | Uint8Array): void {
    this.#facts.message(data)
  }

  ping(): void {
    this.#facts.ping()
  }

  pong(): void {
    this.#facts.pong()
  }

  peerClose(code: number, reason = ''): void {
    this.#facts.peerClose(code, reason)
  }

  fault(kind: WebSocketFault, detail: string): void {
    this.#facts.fault(kind, detail)
  }

  /** The transport is gone: the peer's side of a closing, or a loss. */
  lose(reason: DisconnectReason = 'client_closed', detail?: string): void {
    this.#close()
    this.#facts.lost(reason, detail)
  }

  #respond(): void {
    this.#state = 'responding'
    if (!this.#output.stalled) this.#finish()
  }

  #finish(): void {
    if (this.#state === 'responding') this.#facts.finished()
  }

  #close(): void {
    this.#state = 'gone'
    this.#output.settle()
  }
}
