/** An application that is started up and shut down without a socket. */

import type { Host, Service } from '../service.ts'
import type { Stoppable } from './life.ts'

/** There are no sockets. */
export const NO_SOCKETS: Host = {
  draining: () => false,
  stopped: () => false,
  maxRequests: Number.POSITIVE_INFINITY,
}

export class Rehearsal implements Stoppable {
  /** Told before the application shuts down. */
  leaving: () => void = () => {}
  /** Told once it has shut down. */
  passed: () => void = () => {}
  readonly #service: Service
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(service: Service) {
    this.#service = service
  }

  /** @throws LifespanError when the application refused to start or did not answer (LIFE-11, LIFE-13) */
  startup(): Promise<void> {
    this.#starting ??= this.#service.start()
    return this.#starting
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  terminate(): void {
    this.#service.terminate()
  }

  async #close(): Promise<void> {
    try {
      await this.#starting
    } catch {
      return // `startup` has said why
    }
    this.leaving()
    try {
      await this.#service.stop()
      this.passed()
    } finally {
      await this.#service.release()
    }
  }
}
