import { DisconnectError } from '@pagi/spec'
import type { ConnectionState, DisconnectReason, Unregister } from '@pagi/spec'
import { callIsolated } from './isolated.ts'

// The end of one scope, of any type: one-way, exactly one outcome, one order of notification
// (T-ORDER). The facts change in `lose` and `complete`, at once; everything that runs application
// code follows in a microtask, hence never inside the application's own call (CONN-26).

export type Outcome = 'open' | 'complete' | 'lost'

/** What the end asks of the run loop it belongs to. */
export interface EndHost {
  /** Steps 5 and 6 of T-ORDER: the end event, then every pending send. */
  release(): void
  /** Whether a receive or a send is pending, so that `release` would resume somebody. */
  readonly waiting: boolean
  /** A callback of the application threw or rejected (CONN-22). */
  callbackFailed(name: string, error: unknown): void
  abort(detail: string | undefined): void
}

type WatcherKind = 'onDisconnect' | 'onComplete' | 'onEnd'

type Callback = (reason: DisconnectReason | undefined, detail: string | undefined) => unknown

interface Watcher {
  readonly kind: WatcherKind
  callback: Callback | undefined
}

interface Settler<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
}

const settler = <Value>(): Settler<Value> => {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

export class ScopeEnd {
  #outcome: Outcome = 'open'
  #delivered = false
  #watchers: Watcher[] | undefined
  #controller: AbortController | undefined
  #disconnected: Settler<DisconnectReason> | undefined
  #ended: Settler<DisconnectReason | undefined> | undefined
  readonly #host: EndHost
  reason: DisconnectReason | undefined
  detail: string | undefined
  responseStarted = false
  closeCode: number | undefined
  closeReason: string | undefined

  constructor(host: EndHost) {
    this.#host = host
  }

  get outcome(): Outcome {
    return this.#outcome
  }

  get open(): boolean {
    return this.#outcome === 'open'
  }

  /** Notification has run: what is registered from now on is called at once. */
  get delivered(): boolean {
    return this.#delivered
  }

  /** The clean end. False when the scope had ended before: the first outcome wins (CONN-30). */
  complete(): boolean {
    if (this.#outcome !== 'open') return false
    this.#outcome = 'complete'
    if (this.#watchers === undefined && this.#ended === undefined && !this.#host.waiting) {
      this.#delivered = true // nobody to notify, so nothing to defer
      this.#host.release()
    } else queueMicrotask(() => this.#deliver())
    return true
  }

  /** The abnormal end. False when the scope had ended before. */
  lose(reason: DisconnectReason, detail: string | undefined): boolean {
    if (this.#outcome !== 'open') return false
    this.#outcome = 'lost'
    this.reason = reason
    this.detail = detail
    queueMicrotask(() => this.#deliver())
    return true
  }

  /** Registers a callback, or calls it now when its end has been notified already (CONN-15). */
  watch(kind: WatcherKind, callback: Callback): Unregister {
    const watcher: Watcher = { kind, callback }
    if (this.#delivered) this.#call(watcher)
    else (this.#watchers ??= []).push(watcher)
    return () => {
      watcher.callback = undefined
      const at = this.#watchers?.indexOf(watcher) ?? -1
      if (at >= 0 && !this.#delivered) this.#watchers?.splice(at, 1)
    }
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#delivered) this.#abortSignal()
    }
    return this.#controller.signal
  }

  get disconnected(): Promise<DisconnectReason> {
    if (this.#disconnected === undefined) {
      this.#disconnected = settler()
      if (this.#delivered && this.reason !== undefined) this.#disconnected.resolve(this.reason)
    }
    return this.#disconnected.promise
  }

  get ended(): Promise<DisconnectReason | undefined> {
    if (this.#ended === undefined) {
      this.#ended = settler()
      if (this.#delivered) this.#ended.resolve(this.reason)
    }
    return this.#ended.promise
  }

  abort(detail: string | undefined): void {
    this.#host.abort(detail)
  }

  /** Steps 3 to 6 of T-ORDER, in one turn. */
  #deliver(): void {
    const watchers = this.#watchers
    this.#watchers = undefined // CONN-23
    this.#delivered = true
    if (this.reason !== undefined) this.#disconnected?.resolve(this.reason)
    this.#ended?.resolve(this.reason)
    this.#abortSignal()
    if (watchers !== undefined) {
      const first = this.#outcome === 'lost' ? 'onDisconnect' : 'onComplete'
      for (const watcher of watchers) if (watcher.kind === first) this.#call(watcher)
      for (const watcher of watchers) if (watcher.kind === 'onEnd') this.#call(watcher)
    }
    this.#host.release()
  }

  #abortSignal(): void {
    if (this.reason !== undefined && this.#controller?.signal.aborted === false)
      this.#controller.abort(new DisconnectError(this.reason, this.detail))
  }

  #call(watcher: Watcher): void {
    const { kind, callback } = watcher
    watcher.callback = undefined
    const other = this.#outcome === 'lost' ? 'onComplete' : 'onDisconnect'
    if (callback === undefined || kind === other) return
    callIsolated(
      () => callback(this.reason, this.detail),
      (error) => this.#host.callbackFailed(kind, error),
    )
  }
}

const checkCallback = (name: WatcherKind, callback: unknown): void => {
  if (typeof callback !== 'function')
    throw new TypeError(`${name}: the callback must be a function, got ${typeof callback}`)
}

/** `pagi.connection`: what the application sees of a ScopeEnd. */
export class Connection implements ConnectionState {
  readonly #end: ScopeEnd

  constructor(end: ScopeEnd) {
    this.#end = end
  }

  get isConnected(): boolean {
    return this.#end.open
  }

  get disconnectReason(): DisconnectReason | undefined {
    return this.#end.reason
  }

  get disconnectDetail(): string | undefined {
    return this.#end.detail
  }

  get responseStarted(): boolean {
    return this.#end.responseStarted
  }

  get responseComplete(): boolean {
    return this.#end.outcome === 'complete'
  }

  get closeCode(): number | undefined {
    return this.#end.closeCode
  }

  get closeReason(): string | undefined {
    return this.#end.closeReason
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  get disconnected(): Promise<DisconnectReason> {
    return this.#end.disconnected
  }

  get ended(): Promise<DisconnectReason | undefined> {
    return this.#end.ended
  }

  onDisconnect(
    callback: (reason: DisconnectReason, detail: string | undefined) => void,
  ): Unregister {
    checkCallback('onDisconnect', callback)
    return this.#end.watch('onDisconnect', (reason, detail) =>
      reason === undefined ? undefined : callback(reason, detail),
    )
  }

  onComplete(callback: () => void): Unregister {
    checkCallback('onComplete', callback)
    return this.#end.watch('onComplete', () => callback())
  }

  onEnd(
    callback: (reason: DisconnectReason | undefined, detail: string | undefined) => void,
  ): Unregister {
    checkCallback('onEnd', callback)
    return this.#end.watch('onEnd', callback)
  }

  abort(detail?: string): void {
    if (detail !== undefined && typeof detail !== 'string')
      throw new TypeError(`abort: the detail must be a string, got ${typeof detail}`)
    this.#end.abort(detail)
  }
}
