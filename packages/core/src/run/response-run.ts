import type { DisconnectReason, ReceiveEvent } from '@pagi/spec'
import { isHandle } from '../body-source.ts'
import { canned } from '../http/canned.ts'
import { HttpExchange } from '../http/exchange.ts'
import type { ExchangeOptions, SourceCommand } from '../http/exchange.ts'
import { messageOf } from '../text.ts'
import type { AbortCommand, BodyReader, HttpCommand } from './ports.ts'
import { ScopeRun } from './scope-run.ts'
import type { RunSettings } from './scope-run.ts'
import { openSource, unreadable } from './source.ts'

// What all three scope types do with HTTP commands: http answers, sse streams, refusals of both, and
// the responses a server makes itself.

export abstract class ResponseRun<Event extends ReceiveEvent> extends ScopeRun<Event> {
  protected readonly options: ExchangeOptions
  readonly name: string
  /** Bytes of the response's body, before any framing, that the transport was given. */
  bodyBytes = 0
  /** Gives up the read of a source that is under way. */
  #cut: (() => void) | undefined
  /** Settles, and never rejects, with the last use that was made of a source. */
  #use: Promise<unknown> | undefined

  constructor(name: string, settings: RunSettings, options: ExchangeOptions) {
    super(settings)
    this.name = name
    this.options = {
      method: options.method,
      httpVersion: options.httpVersion,
      close: options.close ?? false,
      fullflush: settings.fullflush,
      stripped: (names) =>
        settings.log.debug(`${name}: dropped the application's ${names.join(', ')}`), // HTTP-87
    }
  }

  protected abstract output(command: HttpCommand): Promise<void> | undefined

  protected perform(command: HttpCommand): Promise<void> | undefined {
    if (command.type === 'nothing') return undefined
    if (command.type === 'head') {
      this.end.responseStarted = true // CONN-10
      this.witness?.started(command.status, command.headers)
    } else if (command.type === 'data') this.bodyBytes += command.bytes.byteLength
    return this.output(command)
  }

  protected hangUp(reason: DisconnectReason): void {
    this.unwatchWrites()
    void this.output({ type: 'abort', cause: abortCause(reason) })
  }

  /**
   * The server answers by itself (T-STATUS): before it calls the application, or because of what the
   * peer did. Once a response has started it can only be cut short.
   */
  refuse(status: number, detail: string): void {
    const reason = REFUSAL_REASON[status] ?? 'protocol_error'
    if (this.end.responseStarted) this.lose(reason, detail)
    else this.lose(reason, detail, () => this.#answer(status))
  }

  /**
   * The host answers by other means: nothing of this scope reaches the peer.
   * @returns false, and nothing happens, once a response has begun or the scope has ended
   */
  decline(): boolean {
    if (this.end.responseStarted) return false
    return this.lose('server_error', 'the application does not serve this scope', () => {})
  }

  #answer(status: number): void {
    const { headers, body } = canned(status)
    const exchange = new HttpExchange({ ...this.options, close: true })
    for (const event of [
      { type: 'http.response.start', status, headers },
      { type: 'http.response.body', body },
    ]) {
      const command = exchange.send(event)
      if (command.type !== 'source') void this.perform(command)
    }
    if (this.flow.amount > 0) this.watchWrites()
  }

  /** The application settled too early: nothing sent is a 500, an unfinished response is cut short. */
  protected unfinished(started: boolean, failed: boolean, error: unknown): void {
    const why = failed ? `the application failed: ${messageOf(error)}` : undefined
    const { log } = this.settings
    if (started) {
      this.lose('server_error', why ?? 'the application left its response incomplete') // HTTP-73
      log.error(`${this.name}: the application left its response incomplete`, error) // HTTP-77
      return
    }
    this.lose('server_error', why ?? 'the application sent no response', () => this.#answer(500))
    log.error(
      failed
        ? `${this.name}: the application failed`
        : `${this.name}: the application returned without a response`,
      error,
    ) // HTTP-71
  }

  override release(): void {
    super.release()
    this.#cut?.()
  }

  /**
   * Streams a `file` or `fh`. Rejects when it cannot be read; before its first byte was written that
   * leaves the response as it was (HTTP-54), afterwards broken (T-HTTP). Ends early, without a word,
   * with the scope.
   */
  protected async stream(command: SourceCommand, exchange: HttpExchange): Promise<void> {
    if (exchange.suppressed) {
      void this.perform(exchange.skipSource())
      return
    }
    void this.perform({ type: 'prepare', pending: true })
    let reader: BodyReader | undefined
    try {
      reader = await this.#open(command)
      if (reader !== undefined) await this.#pump(reader, exchange)
    } catch (error) {
      if (this.end.open) void this.perform({ type: 'prepare', pending: false })
      throw unreadable(error)
    } finally {
      // HTTP-56: what the application may close next is not used any more; such a read always ends.
      if (typeof command.fh === 'number' || isHandle(command.fh)) await this.#use
      await this.#close(reader)
    }
  }

  async #pump(reader: BodyReader, exchange: HttpExchange): Promise<void> {
    let piece = await this.#read(reader)
    if (!this.end.open) return
    exchange.beginSource(reader.size, piece)
    while (piece !== undefined) {
      await this.#write(exchange.sourcePiece(piece, reader.reuses !== true))
      if (!this.end.open) return
      piece = await this.#read(reader)
      if (!this.end.open) return
    }
    const command = exchange.endSource()
    // Trailers are due and nothing was written: the head need not wait for them.
    void this.perform(command.type === 'nothing' ? { type: 'prepare', pending: false } : command)
  }

  /** Empty pieces are passed over: until there are bytes, nothing reaches the wire (HTTP-54). */
  async #read(reader: BodyReader): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = await this.#unlessCut(reader.read())
      if (piece?.byteLength !== 0 || !this.end.open) return piece
    }
  }

  /** `undefined` when the scope ended first; what is opened too late is closed again. */
  async #open(command: SourceCommand): Promise<BodyReader | undefined> {
    const opening = openSource(command, this.settings.open)
    const reader = await this.#unlessCut(opening)
    if (reader === undefined)
      opening.then(
        (late) => this.#close(late),
        () => {},
      )
    return reader
  }

  /** A source may never answer; the end of the scope does not wait for it (CONN-43). */
  #unlessCut<Value>(promise: Promise<Value>): Promise<Value | undefined> {
    this.#use = promise.catch(() => {})
    return new Promise((resolve, reject) => {
      this.#cut = () => resolve(undefined)
      promise.then(resolve, reject)
      if (this.end.delivered) resolve(undefined)
    })
  }

  /** FLOW-12: reads pause at the same marks as sends. */
  async #write(command: HttpCommand): Promise<void> {
    const written = this.perform(command)
    this.wrote()
    await written
    if (this.flow.engaged && this.end.open)
      await new Promise<void>((resolve) => {
        this.flow.wait(resolve)
      })
  }

  async #close(reader: BodyReader | undefined): Promise<void> {
    try {
      await reader?.close()
    } catch (error) {
      this.settings.log.warn(`${this.name}: closing a body source failed`, error)
    }
  }
}

const REFUSAL_REASON: Readonly<Record<number, DisconnectReason>> = {
  408: 'client_timeout',
  413: 'body_too_large',
}

const abortCause = (reason: DisconnectReason): AbortCommand['cause'] => {
  if (reason === 'app_abort') return 'app_abort'
  if (reason === 'write_timeout') return 'stalled'
  return reason === 'server_shutdown' ? 'shutdown' : 'error'
}
