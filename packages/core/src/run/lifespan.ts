import { LIFESPAN_SPEC_VERSION, LifespanError, PAGI_VERSION, isPagiError } from '@pagi/spec'
import type { Application, LifespanReceiveEvent, LifespanScope, State } from '@pagi/spec'
import { Lifespan } from '../lifespan/lifespan.ts'
import type { LifespanState } from '../lifespan/lifespan.ts'
import { messageOf } from '../text.ts'
import { Inbox, handled } from './inbox.ts'
import type { Clock, Log } from './ports.ts'

// Runs the lifespan protocol of one server instance (LIFE): startup before it accepts, shutdown
// after its last scope, and what it makes of an application that declines.

export interface LifespanSettings {
  readonly log: Log
  readonly clock: Clock
  /** `strict` makes a decline fatal (LIFE-09). */
  readonly mode: 'auto' | 'strict'
  /** Milliseconds the answer to `lifespan.startup` may take; finite (LIFE-11). */
  readonly startupTimeout: number
  readonly worker?: { readonly is_worker: boolean; readonly worker_num?: number }
}

type Settled = { readonly failed: boolean; readonly error: unknown }

export class LifespanRun {
  readonly #settings: LifespanSettings
  readonly #machine = new Lifespan()
  readonly #inbox: Inbox<LifespanReceiveEvent>
  #state: State = {}
  #call: Promise<Settled> = Promise.resolve({ failed: false, error: undefined })
  /** The state the call ended in; undefined while it runs. */
  #endedIn: LifespanState | undefined
  #answered: (() => void) | undefined
  #failure: string | undefined

  constructor(settings: LifespanSettings) {
    this.#settings = settings
    this.#inbox = new Inbox(0, { wanted: () => {}, exhausted: () => {} })
  }

  /** The namespace of the application; each request scope gets a shallow copy of it (LIFE-19). */
  get state(): State {
    return this.#state
  }

  /**
   * Resolves when the server may begin to accept (LIFE-05).
   * @throws LifespanError when the application refused, did not answer in time, or, in strict mode,
   * declined
   */
  async start(app: Application): Promise<void> {
    const { mode, startupTimeout, log, worker } = this.#settings
    const scope: LifespanScope = {
      type: 'lifespan',
      pagi: { version: PAGI_VERSION, spec_version: LIFESPAN_SPEC_VERSION, ...worker },
      state: this.#state,
    }
    this.#inbox.push({ type: 'lifespan.startup' })
    const outcome = await this.#first(startupTimeout, () => {
      this.#call = this.#invoke(app, scope)
    })
    if (outcome === 'answered') {
      if (this.#failure !== undefined)
        throw new LifespanError('ERR_PAGI_STARTUP_FAILED', this.#failure) // LIFE-13
      log.debug('lifespan: the application has started')
      void this.#call.then((settled) => this.#endedEarly(settled))
      return
    }
    this.#machine.finish()
    this.#state = {} // LIFE-19
    if (outcome === 'expired')
      throw new LifespanError(
        'ERR_PAGI_STARTUP_TIMEOUT',
        `the application did not answer lifespan.startup within ${startupTimeout} ms`,
      )
    const why = outcome.failed ? messageOf(outcome.error) : 'it returned without an answer'
    if (mode === 'strict')
      throw new LifespanError(
        'ERR_PAGI_STARTUP_DECLINED',
        `the application declined lifespan: ${why}`,
        { cause: outcome.error },
      )
    log.info(`lifespan: not supported by the application: ${why}`) // LIFE-07
  }

  /**
   * Sends `lifespan.shutdown` and waits for its answer (LIFE-25), if the call is still there to hear it.
   * @param timeout milliseconds the answer may take
   * @throws LifespanError when the shutdown failed or was not answered in time (LIFE-26)
   */
  async stop(timeout: number): Promise<void> {
    if (this.#machine.state !== 'running') return // LIFE-06, LIFE-17
    const outcome = await this.#first(timeout, () => {
      this.#machine.stopping()
      this.#inbox.push({ type: 'lifespan.shutdown' })
    })
    const failed = (message: string, cause?: unknown): LifespanError =>
      new LifespanError('ERR_PAGI_SHUTDOWN_FAILED', message, { cause })
    if (outcome === 'expired')
      throw failed(`the application did not answer lifespan.shutdown within ${timeout} ms`)
    if (this.#failure !== undefined) throw failed(this.#failure)
    if (outcome !== 'answered' && outcome.failed)
      throw failed(messageOf(outcome.error), outcome.error)
    this.#settings.log.debug('lifespan: the application has shut down')
  }

  /** What comes first: an answer, perhaps while `begin` runs, the end of the call, or of the wait. */
  #first(timeout: number, begin: () => void): Promise<Settled | 'answered' | 'expired'> {
    return new Promise((resolve) => {
      const timer = this.#settings.clock.setTimer(() => resolve('expired'), timeout)
      const settle = (how: Settled | 'answered'): void => {
        timer.cancel()
        resolve(how)
      }
      this.#answered = () => settle('answered')
      begin()
      void this.#call.then(settle)
    })
  }

  async #invoke(app: Application, scope: LifespanScope): Promise<Settled> {
    try {
      await app(scope, this.#receive, this.#send)
      return { failed: false, error: undefined }
    } catch (error) {
      return { failed: true, error }
    } finally {
      this.#endedIn = this.#machine.state
      this.#machine.finish()
    }
  }

  readonly #receive = (options?: { signal?: AbortSignal }): Promise<LifespanReceiveEvent> =>
    this.#inbox.take(options)

  readonly #send = (event: unknown): Promise<void> => {
    try {
      const command = this.#machine.send(event)
      if (command.type === 'start-failed' || command.type === 'stop-failed')
        this.#failure = command.message
      this.#answered?.()
      return Promise.resolve()
    } catch (error) {
      // An application that answers every scope alike declines this way; the decline itself is told.
      if (isPagiError(error))
        this.#settings.log.debug(`lifespan: send was rejected: ${error.message}`)
      return handled(Promise.reject(error))
    }
  }

  /** The call ended between startup and shutdown: no shutdown event is owed to it (LIFE-16, LIFE-17). */
  #endedEarly({ failed, error }: Settled): void {
    if (failed && this.#endedIn === 'running')
      this.#settings.log.error('lifespan: the application failed while serving', error)
  }
}
