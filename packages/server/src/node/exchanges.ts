import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpRun, RunWitness, SseRun, WebSocketRun } from '@pagi/core'
import type { Application, DisconnectReason, HeaderList } from '@pagi/spec'
import { traced, tracesCalls } from '../diagnostics.ts'
import type { Observer } from '../observer.ts'
import type { LiveRecord, RequestFacts } from '../request-record.ts'
import type { ScopeType } from '../stats.ts'
import type { Exchange } from './dispatch.ts'
import type { NodeWebSocketTransport } from './ws-transport.ts'

// The exchanges of a connection, each the witness of its own run. Classes, as accessors on a literal
// would be defined anew each time.

abstract class Observed implements RunWitness {
  readonly #type: ScopeType
  readonly #observer: Observer
  #record: LiveRecord | undefined

  constructor(type: ScopeType, observer: Observer) {
    this.#type = type
    this.#observer = observer
    observer.census.began(type)
  }

  /** For those who want to know of this very request; told before anything can happen to it. */
  observe(facts: RequestFacts): void {
    this.#record = this.#observer.begin(facts)
  }

  started(status: number, headers: HeaderList): void {
    this.#observer.census.answered(status)
    this.#record?.started(status, headers)
  }

  ended(): void {
    const { run, bytes } = this
    const { reason, detail } = run.end
    this.#observer.census.ended(this.#type, bytes, reason)
    if (this.#record !== undefined)
      this.#observer.finish(this.#record, { bytes, reason, detail, closeCode: this.closeCode })
  }

  /** The application as it is called for this request. */
  appFor(app: Application): Application {
    return tracesCalls() ? traced(app, this.#record) : app
  }

  /** Somebody else answers: nothing is told of it. */
  disown(): void {
    this.#record = undefined
  }

  abstract get run(): HttpRun | SseRun | WebSocketRun
  abstract get bytes(): number
  abstract get closeCode(): number | undefined
}

/** One request of a connection. */
export class RequestExchange extends Observed implements Exchange {
  readonly run: HttpRun | SseRun
  readonly #req: IncomingMessage
  readonly #res: ServerResponse

  constructor(
    type: 'http' | 'sse',
    observer: Observer,
    req: IncomingMessage,
    res: ServerResponse,
    run: HttpRun | SseRun,
  ) {
    super(type, observer)
    this.#req = req
    this.#res = res
    this.run = run
    run.witness = this
  }

  get received(): boolean {
    return this.#req.complete
  }

  get last(): boolean {
    return /\bclose\b/i.test(this.#req.headers.connection ?? '')
  }

  get writing(): boolean {
    return this.#res.writableLength > 0
  }

  get bytes(): number {
    return this.run.bodyBytes
  }

  get closeCode(): undefined {
    return undefined
  }

  lost(reason: DisconnectReason, detail?: string): void {
    this.run.lost(reason, detail)
  }

  fault(status: number, detail: string): void {
    this.run.refuse(status, detail)
  }
}

/** A handshake, and the session it may become: the last exchange of its connection. */
export class UpgradeExchange extends Observed implements Exchange {
  readonly received = true
  readonly last = false
  readonly run: WebSocketRun
  readonly #socket: Socket
  readonly #transport: NodeWebSocketTransport | undefined

  constructor(
    observer: Observer,
    socket: Socket,
    run: WebSocketRun,
    transport: NodeWebSocketTransport | undefined,
  ) {
    super('websocket', observer)
    this.#socket = socket
    this.run = run
    this.#transport = transport
    run.witness = this
  }

  get writing(): boolean {
    return this.#socket.writableLength > 0
  }

  get bytes(): number {
    return this.run.bodyBytes + (this.#transport?.frameBytes ?? 0)
  }

  get closeCode(): number | undefined {
    return this.run.endCode
  }

  lost(reason: DisconnectReason, detail?: string): void {
    this.#transport?.lost()
    this.run.lost(reason, detail)
  }

  fault(status: number, detail: string): void {
    this.run.refuse(status, detail)
  }
}
