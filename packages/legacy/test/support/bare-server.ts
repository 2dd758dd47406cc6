import type {
  Application,
  ConnectionState,
  DisconnectReason,
  HttpReceiveEvent,
  HttpScope,
  SendEvent,
} from '@pagi/server'

// The least that can call an application: no server of ours has a part in it, and a test decides when
// each call of `send` and `receive` settles.

interface Pending<T> {
  readonly event: T
  readonly settle: () => void
}

export class BareServer {
  readonly scope: HttpScope
  /** Every event sent, in order. */
  readonly sent: SendEvent[] = []
  /** How often `receive` was called. */
  received = 0
  /** Why the application called `abort`. */
  aborted: string | undefined
  /** While true, `send` stays pending. */
  stalled = false
  readonly #queue: HttpReceiveEvent[] = []
  readonly #hungry: ((event: HttpReceiveEvent) => void)[] = []
  readonly #waiting: Pending<SendEvent>[] = []
  readonly #listeners: ((reason: DisconnectReason, detail: string | undefined) => void)[] = []
  #gone: DisconnectReason | undefined

  constructor(facts: Partial<HttpScope> = {}) {
    this.scope = {
      type: 'http',
      pagi: { version: '0.5', spec_version: '0.6' },
      http_version: '1.1',
      method: 'GET',
      scheme: 'http',
      path: '/',
      raw_path: '/',
      query_string: '',
      root_path: '',
      headers: [['host', 'example.org']],
      extensions: {},
      'pagi.connection': this.#connection(),
      ...facts,
    }
  }

  /** Calls the application; settles as it does. */
  async call(app: Application): Promise<void> {
    await app(
      this.scope,
      () => this.#receive(),
      (event) => this.#send(event),
    )
  }

  /** What the next `receive` yields. */
  feed(body: string, more = false): void {
    this.#push({ type: 'http.request', body: new TextEncoder().encode(body), more })
  }

  /** The client is gone. */
  leave(reason: DisconnectReason = 'client_closed', detail?: string): void {
    this.#gone = reason
    for (const cb of this.#listeners) cb(reason, detail)
    this.#push({ type: 'http.disconnect' })
    this.release()
  }

  /** What is pending of `send` settles. */
  release(): void {
    this.stalled = false
    for (const { settle } of this.#waiting.splice(0)) settle()
  }

  /** The response body so far, as text. */
  get body(): string {
    return this.sent
      .map((event) => ('body' in event ? Buffer.from(toBytes(event.body)).toString() : ''))
      .join('')
  }

  #push(event: HttpReceiveEvent): void {
    const take = this.#hungry.shift()
    if (take === undefined) this.#queue.push(event)
    else take(event)
  }

  async #receive(): Promise<HttpReceiveEvent> {
    this.received += 1
    const event = this.#queue.shift()
    if (event !== undefined) return event
    if (this.#gone !== undefined) return { type: 'http.disconnect' }
    return new Promise((resolve) => this.#hungry.push(resolve))
  }

  async #send(event: SendEvent): Promise<void> {
    if (this.#gone !== undefined) return undefined
    this.sent.push(event)
    if (!this.stalled) return undefined
    return new Promise((settle) => this.#waiting.push({ event, settle }))
  }

  #connection(): ConnectionState {
    const never = new Promise<never>(() => {})
    return {
      isConnected: true,
      disconnectReason: undefined,
      disconnectDetail: undefined,
      responseStarted: false,
      responseComplete: false,
      closeCode: undefined,
      closeReason: undefined,
      signal: new AbortController().signal,
      disconnected: never,
      ended: never,
      onDisconnect: (cb) => {
        this.#listeners.push(cb)
        return () => {}
      },
      onComplete: () => () => {},
      onEnd: () => () => {},
      abort: (detail) => {
        if (this.#gone !== undefined) return
        this.aborted = detail ?? 'without a detail'
        this.leave()
      },
    }
  }
}

const toBytes = (body: unknown): Uint8Array => {
  if (typeof body === 'string') return new TextEncoder().encode(body)
  return body instanceof Uint8Array ? body : new Uint8Array()
}
