import { isPagiError } from '@pagi/spec'
import type { Application, DisconnectReason, ReceiveEvent, Scope } from '@pagi/spec'
import { FlowControl, Transport } from '../connection/flow.ts'
import type { FlowHost, Marks } from '../connection/flow.ts'
import { Connection, ScopeEnd } from '../connection/state.ts'
import type { EndHost } from '../connection/state.ts'
import type { BodyRateLimit } from './body-rate.ts'
import { Inbox, handled } from './inbox.ts'
import type { InboxHost, ReceiveOptions } from './inbox.ts'
import type { Clock, Log, OpenSource, RunWitness } from './ports.ts'
import type { RunTimeouts } from './timeouts.ts'
import { WriteWatch } from './write-watch.ts'
import type { WriteHost } from './write-watch.ts'

// What every scope with a connection has in common: ordered sends (CORE-32), the end and its order
// (T-ORDER), what becomes of pending promises (T-SETTLE), and the judgement when the application's
// call has settled. The subclasses know their machine and their transport.

/** What a server decides once for all scopes. */
export interface RunSettings {
  readonly log: Log
  readonly clock: Clock
  readonly open: OpenSource
  readonly marks: Marks
  /** CONN-48; 0: unbounded. */
  readonly receiveLimit: number
  /** Bytes; `Infinity` for none. */
  readonly maxBodySize: number
  /** Milliseconds for each wait of the WebSocket closing handshake (WS-29). */
  readonly closeTimeout: number
  /** How slowly a request body may come (HTTP-97). */
  readonly minBodyRate: BodyRateLimit
  /** What else may take too long; shared by all scopes. */
  readonly timeouts: RunTimeouts
  /** Messages a WebSocket may have waiting (WS-36). */
  readonly maxReceiveQueue: number
  /** Advertise and accept `http.fullflush` (EXT-03). */
  readonly fullflush: boolean
  /** Rejected sends are logged as warnings, otherwise at debug level (binding, section 5). */
  readonly development: boolean
}

interface QueuedSend {
  readonly event: unknown
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** A promise that may be settled by the end of the scope. */
interface HeldSend {
  readonly settle: () => void
  /** Its bytes or its source are still in use: it must not settle before that is over. */
  busy: boolean
}

/** Shared: nothing to wait for, so there is nothing to allocate. */
const DONE: Promise<void> = Promise.resolve()

export abstract class ScopeRun<Event extends ReceiveEvent>
  implements EndHost, FlowHost, InboxHost, WriteHost
{
  readonly end: ScopeEnd
  readonly flow: FlowControl
  readonly connection: Connection
  readonly transport: Transport
  /** Set by who made this run, before anything is asked of it. */
  witness: RunWitness | undefined
  protected readonly settings: RunSettings
  protected readonly inbox: Inbox<Event>
  #held: HeldSend | undefined
  #queue: QueuedSend[] | undefined
  #idle: (() => void) | undefined
  #running = false
  /** Made when output first has to wait. */
  #writes: WriteWatch | undefined
  #drains = 0

  constructor(settings: RunSettings) {
    this.settings = settings
    this.end = new ScopeEnd(this)
    this.flow = new FlowControl(settings.marks, this)
    this.connection = new Connection(this.end)
    this.transport = new Transport(this.flow)
    this.inbox = new Inbox(settings.receiveLimit, this)
  }

  /** Judges and carries out one event of the application. Throws the PagiError it is refused with. */
  protected abstract process(event: unknown): Promise<void> | undefined
  /** The application has sent its terminal event. */
  protected abstract get terminal(): boolean
  abstract bufferedAmount(): number | undefined
  /** What the transport knows of the bytes it has written. */
  protected abstract written(): number | undefined
  /** The event that tells of the end (T-RECV). */
  protected abstract endEvent(): Event
  /** What queued events become of at the end. */
  protected abstract discardQueued(): void
  /** The application's call has settled while the scope was open: complete, incomplete, unanswered. */
  protected abstract judge(failed: boolean, error: unknown): void
  /** Ends the transport at once; it may be gone already. */
  protected abstract hangUp(reason: DisconnectReason): void
  abstract wanted(): void
  abstract get name(): string

  /**
   * Calls the application, once (CORE-01). Resolves, never rejects, when its call has settled, its
   * sends are processed and the outcome was judged.
   */
  async run(app: Application, scope: Scope): Promise<void> {
    this.#running = true
    let failed = false
    let failure: unknown
    try {
      await app(scope, this.receive, this.send)
    } catch (error) {
      failed = true
      failure = error
    }
    if (this.#held !== undefined)
      await new Promise<void>((resolve) => {
        this.#idle = resolve // CORE-34
      })
    this.#running = false
    if (this.end.open && !this.terminal) this.judge(failed, failure)
    else if (failed) this.#failedLate(failure)
  }

  /** The application's call has not settled yet. */
  get running(): boolean {
    return this.#running
  }

  readonly receive = (options?: ReceiveOptions): Promise<Event> => this.inbox.take(options)

  readonly send = (event: unknown): Promise<void> => {
    if (this.#held === undefined) return this.#process(event)
    return handled(
      new Promise<void>((resolve, reject) => {
        ;(this.#queue ??= []).push({ event, resolve, reject })
      }),
    )
  }

  /** CONN-34: ends the scope from the application's side, at once. */
  abort(detail: string | undefined): void {
    this.lose('app_abort', detail)
  }

  /** The abnormal end of T-ORDER: facts now, the transport next, notification later. */
  lose(reason: DisconnectReason, detail?: string, teardown?: () => void): boolean {
    if (!this.end.lose(reason, detail)) return false
    if (teardown === undefined) this.hangUp(reason)
    else teardown()
    return true
  }

  /**
   * The server is stopping: `begin` ends what would last for ever, `force` whatever is still open
   * (LIFE-22, LIFE-23).
   */
  abstract shutdown(phase: 'begin' | 'force'): void

  /** The transport's buffer has shrunk; after the end that is nobody's concern any more (FLOW-11). */
  drained(): void {
    this.#drains += 1
    if (this.end.open) this.flow.drained()
    if (!this.#overdue) this.#writes?.stop()
  }

  /** Output was handed to the transport. */
  protected wrote(): void {
    this.flow.wrote()
    if (this.#overdue) this.watchWrites()
  }

  /** From here until all is written, a client that takes nothing is given up in the end. */
  protected watchWrites(): void {
    this.#writes ??= new WriteWatch(this.settings.timeouts.write, this)
    this.#writes.start()
  }

  /** Nothing is waiting to be written any more, or nothing ever will be. */
  protected unwatchWrites(): void {
    this.#writes?.stop()
  }

  /** Output waits although the client should have taken it: beyond the high mark, or all of it. */
  get #overdue(): boolean {
    if (this.flow.engaged) return true
    return (this.terminal || !this.end.open) && this.flow.amount > 0
  }

  taken(): number {
    return this.written() ?? this.#drains
  }

  stuck(detail: string): void {
    if (!this.lose('write_timeout', detail)) this.hangUp('write_timeout')
  }

  get waiting(): boolean {
    return this.inbox.waiting || this.#held !== undefined
  }

  /** Steps 5 and 6 of T-ORDER. */
  release(): void {
    this.discardQueued()
    this.inbox.finish(() => this.endEvent())
    this.flow.release()
    if (this.#held?.busy === false) this.#held.settle()
    this.witness?.ended()
  }

  callbackFailed(name: string, error: unknown): void {
    this.settings.log.error(`${this.name}: a callback of ${name} failed`, error) // CONN-22
  }

  exhausted(limit: number): void {
    this.settings.log.warn(
      `${this.name}: the application keeps receiving after the end; receive rejects from now on, after ${limit} repeats`,
    )
  }

  #process(event: unknown): Promise<void> {
    if (!this.end.open && !this.terminal) return DONE // CORE-26, before any check
    let wait: Promise<void> | undefined
    try {
      wait = this.process(event)
    } catch (error) {
      return this.#refuse(error)
    }
    this.wrote()
    if (wait === undefined && (!this.flow.engaged || this.terminal)) return DONE
    return this.#hold(wait)
  }

  /** Logs a refused event, as an ignored rejection would otherwise leave no trace (binding, 5). */
  #refuse(error: unknown): Promise<void> {
    const expected = isPagiError(error)
    const { log, development } = this.settings
    if (!expected) log.error(`${this.name}: send failed`, error)
    else log[development ? 'warn' : 'debug'](`${this.name}: send was rejected: ${error.message}`)
    return handled(Promise.reject(error))
  }

  #hold(wait: Promise<void> | undefined): Promise<void> {
    return handled(
      new Promise<void>((resolve, reject) => {
        const held: HeldSend = {
          busy: wait !== undefined,
          settle: () => {
            if (this.#held !== held) return
            resolve()
            this.#advance()
          },
        }
        this.#held = held
        const written = (): void => {
          held.busy = false
          // The end was noticed but not notified yet: `release` settles this one, in its order.
          if (!this.end.open && !this.end.delivered) return
          if (this.flow.engaged && this.end.open && !this.terminal) this.flow.wait(held.settle)
          else held.settle()
        }
        if (wait === undefined) written()
        else
          wait.then(written, (error: unknown) => {
            if (!this.end.open && !this.terminal) return written()
            reject(error)
            this.#refuse(error).catch(() => {})
            this.#advance()
          })
      }),
    )
  }

  /** Sends that waited behind one that has settled, in call order. */
  #advance(): void {
    this.#held = undefined
    while (this.#held === undefined) {
      const next = this.#queue?.shift()
      if (next === undefined) break
      this.#process(next.event).then(next.resolve, next.reject)
    }
    if (this.#held === undefined) {
      this.#idle?.()
      this.#idle = undefined
    }
  }

  /** A failure after the terminal event un-completes nothing (HTTP-79); after a loss it is no error. */
  #failedLate(error: unknown): void {
    if (this.end.outcome === 'lost')
      this.settings.log.debug(`${this.name}: the application failed after the end`, error)
    else this.settings.log.error(`${this.name}: the application failed after its response`, error)
  }
}
