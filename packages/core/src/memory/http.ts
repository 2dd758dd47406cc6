import type { DisconnectReason } from '@pagi/spec'
import type { HttpCommand, HttpFacts, HttpTransport } from '../run/ports.ts'
import { MemoryOutput } from './output.ts'
import type { MemoryPortOptions } from './output.ts'

/** An HttpTransport without a socket: records every command, and lets a test play the client. */
export class MemoryHttpTransport implements HttpTransport {
  /** Every command, in order; the bytes of `data` are copied as they were when performed. */
  readonly commands: HttpCommand[] = []
  readonly #facts: HttpFacts
  readonly #output: MemoryOutput
  readonly #changed: () => void
  #body: Uint8Array[] = []
  #bodyEnded = false
  #wanted = false
  #over: 'no' | 'sent' | 'finished' | 'gone' = 'no'

  constructor(facts: HttpFacts, options: MemoryPortOptions = {}) {
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

  /** Pieces of the request body that nobody has asked for yet. */
  get unread(): number {
    return this.#body.length
  }

  /** Everything the response body consists of so far. */
  get body(): string {
    const decoder = new TextDecoder()
    let text = ''
    for (const command of this.commands)
      if (command.type === 'data') text += decoder.decode(command.bytes, { stream: true })
    return text
  }

  perform(command: HttpCommand): Promise<void> | undefined {
    if (this.#over === 'gone') return undefined
    if (command.type === 'data') {
      this.commands.push({ ...command, bytes: new Uint8Array(command.bytes) })
      const wait = this.#output.take(command)
      if (command.last) this.#end()
      this.#changed()
      return wait
    }
    this.commands.push(command)
    if (command.type === 'end') this.#end()
    if (command.type === 'abort') this.#close()
    this.#changed()
    return undefined
  }

  pull(): void {
    this.#wanted = true
    this.#feed()
  }

  /** The client sends a piece of the request body; it arrives when the application asks. */
  write(bytes: Uint8Array): void {
    this.#body.push(bytes)
    this.#feed()
  }

  /** The client has sent all of the request body. */
  endBody(): void {
    this.#bodyEnded = true
    this.#feed()
  }

  stall(): void {
    this.#output.stall()
  }

  /** As {@link MemoryOutput.drain}. */
  drain(bytes?: number, reading?: boolean): void {
    this.#output.drain(bytes, reading)
    this.#changed()
  }

  /** The connection is lost. */
  lose(reason: DisconnectReason = 'client_closed', detail?: string): void {
    this.#close()
    this.#facts.lost(reason, detail)
    this.#changed()
  }

  #feed(): void {
    if (!this.#wanted) return
    const bytes = this.#body.shift()
    if (bytes !== undefined) {
      this.#wanted = false
      this.#facts.chunk(bytes)
      this.#changed()
    } else if (this.#bodyEnded) {
      this.#wanted = false
      this.#facts.bodyEnd()
    }
  }

  #end(): void {
    this.#over = 'sent'
    if (!this.#output.stalled) this.#finish()
  }

  #finish(): void {
    if (this.#over !== 'sent') return
    this.#over = 'finished'
    this.#facts.finished()
  }

  #close(): void {
    this.#over = 'gone'
    this.#output.settle()
  }
}
