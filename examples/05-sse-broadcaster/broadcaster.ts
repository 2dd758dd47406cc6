export interface Message {
  readonly id: number
  readonly data: string
}

/**
 * The last messages, numbered, for any number of readers. Each follows at its own pace, so there is
 * one list and no queue per reader: who is too slow misses the oldest messages, and nobody waits for
 * him.
 */
export class Broadcaster {
  readonly #kept: number
  readonly #messages: Message[] = []
  readonly #waiting = new Set<() => void>()
  #newest = 0
  #readers = 0

  /** @param kept how many messages stay for those who come back */
  constructor(kept: number) {
    this.#kept = kept
  }

  /** The number of the last message, 0 before the first. */
  get newest(): number {
    return this.#newest
  }

  /** How many are following. */
  get readers(): number {
    return this.#readers
  }

  publish(data: string): Message {
    this.#newest += 1
    const message = { id: this.#newest, data }
    this.#messages.push(message)
    if (this.#messages.length > this.#kept) this.#messages.shift()
    for (const wake of this.#waiting) wake()
    return message
  }

  /** The messages after a number, those kept and those to come, until the signal aborts. */
  async *follow(after: number, signal: AbortSignal): AsyncGenerator<Message, void, undefined> {
    let seen = after
    this.#readers += 1
    try {
      while (!signal.aborted) {
        const message = this.#messages.find(({ id }) => id > seen)
        if (message === undefined) {
          await this.#published(signal)
        } else {
          seen = message.id
          yield message
        }
      }
    } finally {
      this.#readers -= 1
    }
  }

  /** Resolves at the next message, or when the signal aborts. */
  #published(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}
