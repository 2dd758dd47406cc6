/**
 * The life of the process that serves: which state it is in decides what a signal, an error
 * nobody caught, or an empty event loop means. Everything process-wide is installed here.
 */

import type { Log } from '@pagi/core'
import type { Server } from '../server.ts'
import { EXIT, shutdownFailure, signalCode, stackOf } from './failure.ts'
import { printFailure } from './output.ts'
import { watchSignals } from './signals.ts'

/** What serves, or stands for it. */
export type Stoppable = Pick<Server, 'close' | 'terminate'>

type State =
  | { readonly name: 'loading' }
  | { readonly name: 'starting'; readonly server: Stoppable }
  | { readonly name: 'serving'; readonly server: Stoppable }
  | { readonly name: 'stopping'; readonly server: Stoppable }
  | { readonly name: 'stopped' }

/** How long a startup that is to be given up may take to finish, so that it can be undone. */
const STARTUP_GRACE = 500
/** How long what the application left open may keep a process that has nothing more to do. */
const EXIT_GRACE = 200
/** How long after a signal its twin may still come, and must find somebody who takes it. */
const TWIN_GRACE = 50
/** How far beyond its own bounds the closing of a server may go. */
const CLOSE_GRACE = 5000

export class Life {
  #state: State = { name: 'loading' }
  readonly #log: Log
  readonly #shutdownTimeout: number
  #asked = Number.NEGATIVE_INFINITY

  constructor(log: Log, shutdownTimeout: number) {
    this.#log = log
    this.#shutdownTimeout = shutdownTimeout
    watchSignals(process, () => performance.now(), {
      stop: (signal) => this.#onStop(signal),
      force: (signal) => this.#onForce(signal),
    })
    process.on('uncaughtException', this.#onUncaught)
    process.on('beforeExit', this.#onIdle)
    process.exitCode = EXIT.startup // until it serves
  }

  /** The application is loaded; `lifespan.startup` comes next. */
  starting(server: Stoppable): void {
    this.#state = { name: 'starting', server }
  }

  /** The server accepts connections. False when it was asked to stop meanwhile. */
  serving(server: Stoppable): boolean {
    if (this.#state.name !== 'starting') return false
    this.#state = { name: 'serving', server }
    process.exitCode = EXIT.clean
    return true
  }

  /** As if the signal had come. */
  stop(signal: NodeJS.Signals): void {
    this.#onStop(signal)
  }

  /** What is still open ends now; the application still shuts down. */
  hurry(): void {
    if (this.#state.name === 'stopping') this.#state.server.terminate()
  }

  /** There is nothing more to serve: stops as if it had been asked to. `code` is for the case that all goes well. */
  finish(code: number = EXIT.clean): void {
    if (this.#state.name === 'serving') this.#stop(this.#state.server, code)
  }

  /** Nothing is left to do: the process ends by itself, or is made to. */
  end(code: number): void {
    this.#state = { name: 'stopped' }
    process.exitCode = code
    this.#log.debug(`stopped, exit code ${code}`)
    // Without a handler the second signal of a Ctrl-C under npm would kill us, and our exit code.
    const twin = TWIN_GRACE - (performance.now() - this.#asked)
    if (twin > 0) setTimeout(() => undefined, twin)
    const leave = (): void => {
      const left = process.getActiveResourcesInfo().join(', ')
      this.#log.debug(`the application left open: ${left}`)
      process.exit(code)
    }
    setTimeout(leave, EXIT_GRACE).unref()
  }

  #onStop(signal: NodeJS.Signals): void {
    this.#asked = performance.now()
    const state = this.#state
    switch (state.name) {
      case 'loading':
        return this.#leave(signalCode(signal))
      case 'starting':
        return this.#giveUp(state.server, signalCode(signal))
      case 'serving':
        return this.#stop(state.server, EXIT.clean)
      case 'stopping':
      case 'stopped':
    }
  }

  #onForce(signal: NodeJS.Signals): void {
    if ('server' in this.#state) this.#state.server.terminate()
    this.#leave(signalCode(signal))
  }

  /**
   * An application's own timers, listeners and floating promises are its own (CORE-41). What
   * their errors left undone nobody knows, so the process ends, but in good order, for the sake
   * of the other scopes. An application that listens itself decides itself.
   */
  readonly #onUncaught = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    if (process.listenerCount('uncaughtException') > 1) return
    const state = this.#state
    // A module that fails to load may reject more than one promise.
    if (state.name === 'stopped' && process.exitCode !== EXIT.clean) return
    printFailure(`${UNCAUGHT[origin]}\n${stackOf(error)}`)
    if (state.name === 'serving') this.#stop(state.server, EXIT.runtime)
    else if (state.name === 'stopping') process.exitCode = EXIT.runtime
    else this.#leave(state.name === 'stopped' ? EXIT.runtime : EXIT.startup)
  }

  /** The event loop has run empty: what the loading waits for cannot come. */
  readonly #onIdle = (): void => {
    if (this.#state.name !== 'loading') return
    printFailure(
      'cannot load the application (construction): it waits for something that will never ' +
        'happen, at its top level or in createApp',
    )
  }

  /** Serves no more. `code` is for the case that all goes well. */
  #stop(server: Stoppable, code: number): void {
    this.#state = { name: 'stopping', server }
    process.exitCode = EXIT.runtime // until it is known better
    const overdue = (): void => {
      printFailure('the server did not stop in time')
      this.#leave(EXIT.runtime)
    }
    // Draining has one bound, the application's shutdown another.
    setTimeout(overdue, 2 * this.#shutdownTimeout + CLOSE_GRACE).unref()
    server.close().then(
      () => this.end(code),
      (error: unknown) => {
        printFailure(shutdownFailure(error))
        this.end(EXIT.runtime)
      },
    )
  }

  /** The startup may still succeed, and is then undone; it is not waited for long. */
  #giveUp(server: Stoppable, code: number): void {
    this.#state = { name: 'stopping', server }
    const leave = (): void => this.#leave(code)
    setTimeout(leave, STARTUP_GRACE)
    server.close().then(leave, leave)
  }

  #leave(code: number): void {
    this.#state = { name: 'stopped' }
    process.exit(code)
  }
}

const UNCAUGHT: Readonly<Record<NodeJS.UncaughtExceptionOrigin, string>> = {
  uncaughtException: 'an error was thrown that nothing caught; stopping',
  unhandledRejection: 'a promise was rejected and nothing handled it; stopping',
}
