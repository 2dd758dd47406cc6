import type { HttpReceiveEvent } from '@pagi/spec'
import { HttpExchange } from '../http/exchange.ts'
import type { BodyPiece } from '../http/request.ts'
import { ExchangeRun } from './exchange-run.ts'
import type { RequestOptions } from './exchange-run.ts'
import type { HttpFacts, HttpTransport } from './ports.ts'
import type { RunSettings } from './scope-run.ts'

/** Runs an application over one `http` scope. */
export class HttpRun extends ExchangeRun<HttpReceiveEvent> {
  readonly #exchange: HttpExchange

  constructor(
    settings: RunSettings,
    options: RequestOptions,
    connect: (facts: HttpFacts) => HttpTransport,
  ) {
    super('http', settings, options, connect)
    this.#exchange = new HttpExchange(this.options)
  }

  shutdown(phase: 'begin' | 'force'): void {
    if (phase === 'force')
      this.lose('server_shutdown', 'the server stopped before the response was complete')
  }

  protected process(event: unknown): Promise<void> | undefined {
    const command = this.#exchange.send(event)
    return command.type === 'source' ? this.stream(command, this.#exchange) : this.perform(command)
  }

  protected get terminal(): boolean {
    return this.#exchange.terminal
  }

  protected judge(failed: boolean, error: unknown): void {
    this.unfinished(this.#exchange.state !== 'initial', failed, error)
  }

  protected requestEvent({ body, more }: BodyPiece): HttpReceiveEvent {
    return { type: 'http.request', body, more }
  }

  protected endEvent(): HttpReceiveEvent {
    return { type: 'http.disconnect' }
  }
}
