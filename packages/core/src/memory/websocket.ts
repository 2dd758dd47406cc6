import type { DisconnectReason } from '@pagi/spec'
import type {
  WebSocketCommand,
  WebSocketFacts,
  WebSocketFault,
  WebSocketTransport,
} from '../run/ports.ts'
import { MemoryOutput } from './output.ts'
import type { MemoryPortOptions } from './output.ts'

/** What a client may put on the wire. */
export type PeerFrame =
  | { readonly type: 'message'; readonly data: string | Uint8Array }
  | { readonly type: 'ping' | 'pong' }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'fault'; readonly kind: WebSocketFault; readonly detail: string }

/** A WebSocketTransport without a socket: records every command, and lets a test play the client. */
export class MemoryWebSocketTransport implements WebSocketTransport {
  /** Every command, in order; the bytes of binary messages and bodies are copied. */
  readonly commands: WebSocketCommand[] = []
  readonly #facts: WebSocketFacts
  readonly #output: MemoryOutput
  readonly #changed: () => void
  #wire: PeerFrame[] = []
  #paused = false
  #state: 'open' | 'responding' | 'hung-up' | 'gone' = 'open'

  constructor(facts: WebSocketFacts, options: MemoryPortOptions = {}) {
    this.#facts = facts
    this.#changed = options.changed ?? (() => {})
    this.#output = new MemoryOutput(
      options,
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

  /** The client does not read. */
  get stalled(): boolean {
    return this.#output.stalled
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Frames that the server has not read yet. */
  get unread(): number {
    return this.#wire.length
  }

  /** The server has begun to close the transport, or has closed it. */
  get closing(): boolean {
    return this.#state === 'hung-up' || this.#state === 'gone'
  }

  perform(command: WebSocketCommand): Promise<void> | undefined {
    if (this.#state === 'gone') return undefined
    this.commands.push(
      'bytes' in command ? { ...command, bytes: new Uint8Array(command.bytes) } : command,
    )
    const wait = this.#carryOut(command)
    this.#changed()
    return wait
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    if (this.#wire.length > 0) queueMicrotask(() => this.#read())
  }

  stall(): void {
    this.#output.stall()
  }

  /** As {@link MemoryOutput.drain}. */
  drain(bytes?: number, reading?: boolean): void {
    this.#output.drain(bytes, reading)
    this.#changed()
  }

  /** The client writes a frame. While the server does not read, it waits in between. */
  write(frame: PeerFrame): void {
    if (this.#state === 'gone') return
    this.#wire.push(frame)
    this.#read()
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

  /** The transport is gone: the peer's side of a closing, or a loss. What it had written arrives first. */
  lose(reason: DisconnectReason = 'client_closed', detail?: string): void {
    for (const frame of this.#wire.splice(0)) this.#report(frame, true)
    this.#close()
    this.#facts.lost(reason, detail)
    this.#changed()
  }

  #carryOut(command: WebSocketCommand): Promise<void> | undefined {
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

  #read(): void {
    while (!this.#paused) {
      const frame = this.#wire.shift()
      if (frame === undefined) return
      this.#report(frame, false)
    }
  }

  #report(frame: PeerFrame, held: boolean): void {
    switch (frame.type) {
      case 'message':
        return this.#facts.message(frame.data, held)
      case 'ping':
        return this.#facts.ping()
      case 'pong':
        return this.#facts.pong()
      case 'close':
        return this.#facts.peerClose(frame.code, frame.reason)
      case 'fault':
        return this.#facts.fault(frame.kind, frame.detail)
    }
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
    this.#wire = []
    this.#output.settle()
  }
}
