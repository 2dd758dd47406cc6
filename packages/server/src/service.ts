import { BODY_RATE_GRACE, LifespanRun, runTimeouts } from '@pagi/core'
import type { Log, RunSettings, RunTimeouts } from '@pagi/core'
import type { Application, State } from '@pagi/spec'
import { AccessLog } from './access-log/access-log.ts'
import { underLint } from './development.ts'
import { leveledLog } from './log.ts'
import { attentiveClock, systemClock } from './node/clock.ts'
import { Dispatcher } from './node/dispatch.ts'
import { openNodeSource } from './node/file.ts'
import { Observer } from './observer.ts'
import { resolveOptions } from './options.ts'
import type { ResolvedOptions, ServerOptions } from './options.ts'
import { counted, listed, seconds } from './still-open.ts'
import type { ServerStats } from './stats.ts'

/** What the owner of the sockets decides. */
export interface Host {
  /** Connections close after their present response. */
  readonly draining: () => boolean
  /** No application is called any more: 503. */
  readonly stopped: () => boolean
  /** Requests one connection may make. */
  readonly maxRequests: number
}

/** An application with all that serving it takes, whoever owns the sockets. */
export class Service {
  readonly options: ResolvedOptions
  readonly log: Log
  readonly dispatcher: Dispatcher
  readonly #app: Application
  readonly #lifespan: LifespanRun
  readonly #timeouts: RunTimeouts
  readonly #observer: Observer
  readonly #accessLog: AccessLog | undefined
  readonly #terminated: Promise<void>
  #terminate: () => void = () => {}

  /**
   * @throws TypeError when the application is no function; OptionError when an option is unknown or
   * its value is not acceptable
   */
  constructor(app: Application, given: ServerOptions, host: (options: ResolvedOptions) => Host) {
    if (typeof app !== 'function')
      throw new TypeError(`an application is a function (scope, receive, send), got ${typeof app}`)
    const options = resolveOptions(given)
    const log = leveledLog(given.logger ?? console, options.logLevel)
    this.options = options
    this.log = log
    this.#app = options.lint && options.env === 'development' ? underLint(app, log) : app
    this.#terminated = new Promise((resolve) => {
      this.#terminate = resolve
    })
    this.#lifespan = new LifespanRun({
      log,
      clock: attentiveClock,
      mode: options.lifespan,
      startupTimeout: options.startupTimeout,
    })
    this.#timeouts = runTimeouts(systemClock, {
      body: options.bodyTimeout,
      write: options.writeTimeout,
      webSocketIdle: options.wsIdleTimeout,
      sseIdle: options.sseIdleTimeout,
    })
    this.#accessLog = accessLogOf(options, log)
    this.#observer = new Observer(this.#accessLog, systemClock)
    this.dispatcher = new Dispatcher({
      app: this.#app,
      settings: runSettings(options, log, this.#timeouts),
      base: { rootPath: options.rootPath, extensions: Object.freeze({ fullflush: {} }) },
      observer: this.#observer,
      state: () => ({ ...this.#lifespan.state }), // LIFE-19
      maxPayload: options.wsMaxPayload,
      headLimits: {
        maxTargetSize: options.maxUrlSize,
        maxHeaderSize: options.maxHeaderSize,
        maxHeaderCount: orNone(options.maxHeaderCount),
      },
      ...host(options),
    })
  }

  /** The application as it is called: under lint in development. */
  get app(): Application {
    return this.#app
  }

  /** What the application keeps for all scopes (LIFE-19). */
  get state(): State {
    return this.#lifespan.state
  }

  /** LIFE-05. @throws LifespanError when the application refused or did not answer (LIFE-11, LIFE-13) */
  async start(): Promise<void> {
    const logging = this.#accessLog?.open()
    try {
      await this.#lifespan.start(this.#app)
      await logging // or a process that ends soon would leave no line
    } catch (error) {
      await this.release()
      throw error
    }
  }

  /** `lifespan.shutdown` (LIFE-25). @throws LifespanError when it failed (LIFE-26) */
  stop(): Promise<void> {
    return this.#lifespan.stop(this.options.shutdownTimeout)
  }

  /** Ends what would last for ever; the rest may finish within `shutdownTimeout` (LIFE-23, LIFE-24). */
  async drain(): Promise<void> {
    const { scopes } = this.dispatcher
    for (const { run } of scopes.all) run.shutdown('begin')
    await nextTurn() // what ends at once is no news
    const { clock } = this.dispatcher.settings
    const began = clock.now()
    if (scopes.size > 0)
      this.log.info(
        `shutdown: waiting for ${counted(scopes.all)} to end, at most ${seconds(this.options.shutdownTimeout)}`,
      )
    await this.within(this.options.shutdownTimeout, this.#quiet())
    const waited = seconds(clock.now() - began)
    if (scopes.size > 0)
      this.log.warn(
        `shutdown: after ${waited} not waiting any longer for ${listed(scopes.all, clock.now())}`,
      )
    this.#force()
    await nextTurn() // what is notified in this turn is notified before the end (CONN-46)
  }

  /** Ends every scope at once; a `drain` that is under way does not wait any longer. */
  terminate(): void {
    this.#terminate()
    this.#force()
  }

  /** No timer is left, and no line of the access log unwritten. */
  async release(): Promise<void> {
    for (const timeout of Object.values(this.#timeouts)) timeout.close()
    await this.#accessLog?.close()
  }

  async reopenAccessLog(): Promise<void> {
    await this.#accessLog?.reopen()
  }

  stats(): ServerStats {
    return this.#observer.census.snapshot(this.dispatcher.scopes.size)
  }

  /** Waits, but no longer than so many milliseconds, nor beyond a `terminate`. */
  async within(milliseconds: number, work: Promise<void>): Promise<void> {
    let expire: () => void = () => {}
    const expired = new Promise<void>((resolve) => {
      expire = resolve
    })
    const timer = setTimeout(expire, milliseconds)
    await Promise.race([work, expired, this.#terminated])
    clearTimeout(timer)
  }

  #force(): void {
    for (const { run } of this.dispatcher.scopes.all) run.shutdown('force')
  }

  /** No application call is left, those that begin meanwhile included. */
  async #quiet(): Promise<void> {
    const { scopes } = this.dispatcher
    while (scopes.size > 0) await Promise.all(scopes.all.map(({ done }) => done))
  }
}

const nextTurn = (): Promise<unknown> => new Promise(setImmediate)

/** A limit of which 0 says that there is none. */
export const orNone = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit)

const accessLogOf = (
  { accessLog, accessLogFormat }: ResolvedOptions,
  log: Log,
): AccessLog | undefined => {
  if (accessLog === false) return undefined
  const target = accessLog === true ? '-' : accessLog
  return new AccessLog({ target, format: accessLogFormat, log })
}

const runSettings = (options: ResolvedOptions, log: Log, timeouts: RunTimeouts): RunSettings => ({
  log,
  clock: systemClock,
  open: openNodeSource,
  marks: { high: options.writeHighWatermark, low: options.writeLowWatermark },
  receiveLimit: options.receiveLimit,
  maxBodySize: orNone(options.maxBodySize),
  closeTimeout: options.closeTimeout,
  minBodyRate: { bytesPerSecond: options.minBodyRate, grace: BODY_RATE_GRACE },
  timeouts,
  maxReceiveQueue: orNone(options.wsMaxQueue),
  fullflush: true,
  development: options.env === 'development',
})
