import type { Application, Scope, SendEvent } from '@pagi/spec'
import { UnsettledError } from './errors.ts'
import { endsWithin } from './turn.ts'

/** Something the application did wrong. */
export interface Failure {
  /** The request it happened in, such as `GET /chat`. */
  readonly call: string
  /** `failed`: the application threw. `refused`: an event was rejected, whatever became of it. */
  readonly kind: 'failed' | 'refused'
  readonly error: unknown
}

/** One call of the application, watched: what it threw, what was refused, how far it came. */
export class ApplicationCall {
  readonly name: string
  readonly failures: Failure[] = []
  #state: 'not called' | 'running' | 'settled' = 'not called'
  #error: unknown
  #sent = 0
  #last = ''

  readonly #patience: number

  /** @param patience milliseconds it may take to return once nothing keeps it any more */
  constructor(name: string, patience: number) {
    this.name = name
    this.#patience = patience
  }

  /** What the application threw, whenever that was. */
  get error(): unknown {
    return this.#error
  }

  get running(): boolean {
    return this.#state === 'running'
  }

  /** The application, as the server is to call it; it gets and gives what it would otherwise. */
  watch(app: Application): Application {
    return async (scope, receive, send) => {
      this.#state = 'running'
      try {
        await app(scope, receive, this.#watchSend(send))
      } catch (error) {
        this.#error = error
        // After a loss an application may fail as it likes; a server makes no error of it.
        if (!isLost(scope)) this.failures.push({ call: this.name, kind: 'failed', error })
        throw error
      } finally {
        this.#state = 'settled'
      }
    }
  }

  /**
   * Waits for the call, whose client has left.
   * @throws UnsettledError when it does not return
   */
  async returned(settled: Promise<void>): Promise<void> {
    if (await endsWithin(this.#patience, settled)) return
    throw new UnsettledError([this.describe()])
  }

  /** For the author of a test who wonders why it does not return. */
  describe(): string {
    if (this.#sent === 0) return `${this.name}, which has sent nothing`
    return `${this.name}, which has sent ${this.#sent} events, the last a ${this.#last}`
  }

  #watchSend(send: (event: SendEvent) => Promise<void>): (event: SendEvent) => Promise<void> {
    return (event) => {
      const sending = send(event)
      this.#sent += 1
      this.#last = typeOf(event)
      sending.catch((error: unknown) => {
        this.failures.push({ call: this.name, kind: 'refused', error })
      })
      return sending
    }
  }
}

const isLost = (scope: Scope): boolean =>
  scope.type !== 'lifespan' && scope['pagi.connection'].disconnectReason !== undefined

const typeOf = (event: unknown): string =>
  typeof event === 'object' && event !== null && 'type' in event ? String(event.type) : typeof event
