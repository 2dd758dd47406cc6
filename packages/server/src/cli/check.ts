/** `--check`: what a start and a stop of the application come to, without a socket. */

import type { Application } from '@pagi/spec'
import { Service } from '../service.ts'
import type { Life, Stoppable } from './life.ts'
import { commandLogger, print } from './output.ts'
import type { CommandSettings } from './settings.ts'

/**
 * Runs `lifespan.startup` and `lifespan.shutdown` of an application and ends the process.
 *
 * @throws LifespanError when the application refused to start or did not answer (LIFE-11, LIFE-13)
 */
export async function check(
  app: Application,
  { server, quiet }: CommandSettings,
  life: Life,
): Promise<void> {
  const rehearsal = new Rehearsal(
    new Service(app, { ...server, logger: commandLogger(), accessLog: false }, () => HOST),
  )
  life.starting(rehearsal)
  await rehearsal.startup()
  if (!life.serving(rehearsal)) return
  rehearsal.passed = () => {
    if (!quiet) print('the application loads, starts up and shuts down')
  }
  life.finish()
}

/** There are no sockets. */
const HOST = { draining: () => false, stopped: () => false, maxRequests: 0 }

class Rehearsal implements Stoppable {
  /** Told once the application has shut down. */
  passed: () => void = () => {}
  readonly #service: Service
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(service: Service) {
    this.#service = service
  }

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
    try {
      await this.#service.stop()
      this.passed()
    } finally {
      await this.#service.release()
    }
  }
}
