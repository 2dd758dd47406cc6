import type { ConnectionState, DisconnectReason, Scope, TransportState } from '@pagi/spec'
import type { ApplicationCall } from './application-call.ts'
import { MisuseError } from './errors.ts'

/** What a client can do to any connection, whatever it carries. */
interface Port {
  readonly bufferedAmount: number
  stall(): void
  drain(bytes?: number, reading?: boolean): void
}

/** What a server in memory has made of a request. */
export interface Served {
  readonly scope: Scope | undefined
  readonly settled: Promise<void>
  readonly run: { readonly connection: ConnectionState; readonly transport: TransportState }
}

/** What exchanges and WebSockets have in common: the application's side, and a reader that can stall. */
export abstract class TestScope {
  readonly #served: Served
  readonly #port: Port
  readonly #call: ApplicationCall

  constructor(served: Served, port: Port, call: ApplicationCall) {
    this.#served = served
    this.#port = port
    this.#call = call
  }

  /** The scope the application was called with; undefined when the server answered by itself. */
  get scope(): Scope | undefined {
    return this.#served.scope
  }

  /** The application's `pagi.connection`: how the scope stands, and how it ended. */
  get connection(): ConnectionState {
    return this.#served.run.connection
  }

  /** The application's `pagi.transport`: how much output waits. */
  get transport(): TransportState {
    return this.#served.run.transport
  }

  /** Why the scope ended abnormally (T-REASON); undefined while it is open and after a clean end. */
  get reason(): DisconnectReason | undefined {
    return this.connection.disconnectReason
  }

  /** What the application's call threw, if it did. */
  get error(): unknown {
    return this.#call.error
  }

  /** Resolves when the application's call has settled; never rejects. */
  get settled(): Promise<void> {
    return this.#served.settled
  }

  /** Waits for the application's call, once the client has left. */
  protected returned(): Promise<void> {
    return this.#call.returned(this.settled)
  }

  /** Stops reading: what the application sends waits, and `send` with it beyond the high mark. */
  stall(): void {
    this.#port.stall()
  }

  /** Takes so many of the bytes that wait, and reads no further; without a number all of them. */
  drain(bytes: number = this.#port.bufferedAmount): void {
    if (!Number.isInteger(bytes) || bytes < 0)
      throw new MisuseError(`drain takes a number of bytes, got ${bytes}`)
    this.#port.drain(bytes, false)
  }

  /** Takes everything that waits, and reads on. */
  resume(): void {
    this.#port.drain(undefined, true)
  }
}
