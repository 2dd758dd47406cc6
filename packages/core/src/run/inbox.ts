import { ReceiveLimitError } from '@pagi/spec'

// `receive`: a queue of events, a queue of waiting takers, and an end event that repeats (T-RECV).
// A taker whose signal aborts withdraws and has consumed nothing (CORE-19).

export interface ReceiveOptions {
  readonly signal?: AbortSignal
}

interface Taker<Event> {
  readonly resolve: (event: Event) => void
  readonly release: (() => void) | undefined
}

export interface InboxHost {
  /** A receive is waiting and nothing is queued. */
  wanted(): void
  /** The bound of CONN-48 was reached; called once. */
  exhausted(limit: number): void
}

interface Queued<Event> {
  readonly event: Event
  readonly weight: number
}

export class Inbox<Event> {
  // Both lists are made when first needed: most requests are answered without a receive.
  #queue: Queued<Event>[] | undefined
  #takers: Taker<Event>[] | undefined
  #weight = 0
  #end: (() => Event) | undefined
  #repeats = 0
  #exhausted = false
  readonly #limit: number
  readonly #host: InboxHost

  /** @param limit how many times the end event repeats before receives reject; 0: for ever */
  constructor(limit: number, host: InboxHost) {
    this.#limit = limit
    this.#host = host
  }

  get waiting(): boolean {
    return this.#takers !== undefined && this.#takers.length > 0
  }

  get queued(): number {
    return this.#queue?.length ?? 0
  }

  /** What the queued events weigh together. */
  get weight(): number {
    return this.#weight
  }

  push(event: Event, weight = 0): void {
    const taker = this.#takers?.shift()
    if (taker !== undefined) return give(taker, event)
    ;(this.#queue ??= []).push({ event, weight })
    this.#weight += weight
  }

  /** The scope has ended: after what is queued, every receive gets the end event (CONN-40, CONN-41). */
  finish(end: () => Event): void {
    this.#end = end
    const takers = this.#takers
    this.#takers = undefined
    for (const taker of takers ?? []) {
      this.#repeats += 1
      give(taker, end())
    }
  }

  /** Forgets what is queued: a request body that nobody took when its scope ended clean (T-RECV). */
  discard(): void {
    this.#queue = undefined
    this.#weight = 0
  }

  take(options: ReceiveOptions | undefined): Promise<Event> {
    const signal = options?.signal ?? undefined
    if (signal?.aborted) return handled(Promise.reject(signal.reason))
    const next = this.#queue?.shift()
    if (next !== undefined) {
      this.#weight -= next.weight
      this.#host.wanted() // so that a transport which was paused may read on
      return Promise.resolve(next.event)
    }
    if (this.#end !== undefined) return this.#repeat(this.#end)
    const promise = this.#wait(signal)
    this.#host.wanted()
    return signal === undefined ? promise : handled(promise)
  }

  #wait(signal: AbortSignal | undefined): Promise<Event> {
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        ;(this.#takers ??= []).push({ resolve, release: undefined })
        return
      }
      const withdraw = (): void => {
        this.#takers = this.#takers?.filter((other) => other !== taker)
        reject(signal.reason)
      }
      const taker: Taker<Event> = {
        resolve,
        release: () => signal.removeEventListener('abort', withdraw),
      }
      signal.addEventListener('abort', withdraw, { once: true })
      ;(this.#takers ??= []).push(taker)
    })
  }

  #repeat(end: () => Event): Promise<Event> {
    if (this.#limit > 0 && this.#repeats > this.#limit) {
      if (!this.#exhausted) this.#host.exhausted(this.#limit)
      this.#exhausted = true
      return handled(Promise.reject(new ReceiveLimitError(this.#limit))) // CONN-48
    }
    this.#repeats += 1
    return Promise.resolve(end())
  }
}

const give = <Event>(taker: Taker<Event>, event: Event): void => {
  taker.release?.()
  taker.resolve(event)
}

/** Marks a rejection as seen: no promise of ours ever becomes an unhandled rejection (CORE-41). */
export const handled = <Value>(promise: Promise<Value>): Promise<Value> => {
  promise.catch(() => {})
  return promise
}
