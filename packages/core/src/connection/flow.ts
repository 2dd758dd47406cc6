import type { TransportState, Unregister } from '@pagi/spec'
import { callIsolated } from './isolated.ts'

// `pagi.transport`: hysteresis between two marks (FLOW-05 to FLOW-11). A send made at or above the
// high mark waits until the amount has fallen below the low one, at the latest to nothing.

export interface Marks {
  readonly high: number
  readonly low: number
}

export interface FlowHost {
  /** Bytes taken and not yet written; `undefined` where the transport cannot tell. */
  bufferedAmount(): number | undefined
  /** A callback threw or rejected (CONN-21). */
  callbackFailed(name: string, error: unknown): void
}

interface Registration {
  readonly callback: () => unknown
  active: boolean
}

export class FlowControl {
  #above = false
  #over = false
  #waiting: (() => void)[] | undefined
  #onHighWater: Registration[] | undefined
  #onDrain: Registration[] | undefined
  readonly marks: Marks
  readonly #host: FlowHost

  constructor(marks: Marks, host: FlowHost) {
    this.marks = marks
    this.#host = host
  }

  get amount(): number {
    return this.#host.bufferedAmount() ?? 0
  }

  /** The high mark was reached and the low one not yet again: sends have to wait. */
  get engaged(): boolean {
    return this.#above
  }

  /** Output was handed to the transport. */
  wrote(): void {
    if (this.#above || this.#over || this.amount < this.marks.high) return
    this.#above = true
    this.#fire('onHighWater', this.#onHighWater)
  }

  /** Output has left the transport. */
  drained(): void {
    if (!this.#above) return
    const amount = this.amount
    if (amount >= this.marks.low && amount > 0) return
    this.#above = false
    this.#fire('onDrain', this.#onDrain)
    this.#wake()
  }

  /** Calls back once the marks let the next send through, or at the end of the scope. */
  wait(resume: () => void): void {
    ;(this.#waiting ??= []).push(resume)
  }

  /** The scope has ended: waiting sends go on, no drain callback fires, all are dropped (FLOW-11). */
  release(): void {
    this.#over = true
    this.#above = false
    this.#onHighWater = undefined
    this.#onDrain = undefined
    this.#wake()
  }

  onHighWater(callback: () => unknown): Unregister {
    const registration = this.#register('onHighWater', callback)
    if (!this.#over) {
      ;(this.#onHighWater ??= []).push(registration)
      if (this.#above) this.#call('onHighWater', registration) // FLOW-07
    }
    return () => {
      registration.active = false
      this.#onHighWater = this.#onHighWater?.filter((other) => other !== registration)
    }
  }

  onDrain(callback: () => unknown): Unregister {
    const registration = this.#register('onDrain', callback)
    if (!this.#over) (this.#onDrain ??= []).push(registration)
    return () => {
      registration.active = false
      this.#onDrain = this.#onDrain?.filter((other) => other !== registration)
    }
  }

  #register(name: string, callback: () => unknown): Registration {
    if (typeof callback !== 'function')
      throw new TypeError(`${name}: the callback must be a function, got ${typeof callback}`)
    return { callback, active: true }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const resume of waiting ?? []) resume()
  }

  #fire(name: string, registrations: readonly Registration[] | undefined): void {
    // A copy: what a callback registers waits for its own turn.
    registrations?.slice().forEach((registration) => this.#call(name, registration))
  }

  #call(name: string, registration: Registration): void {
    if (!registration.active) return
    callIsolated(registration.callback, (error) => this.#host.callbackFailed(name, error))
  }
}

/** `pagi.transport`: what the application sees of the flow control of its scope. */
export class Transport implements TransportState {
  readonly #flow: FlowControl

  constructor(flow: FlowControl) {
    this.#flow = flow
  }

  get bufferedAmount(): number {
    return this.#flow.amount
  }

  get highWaterMark(): number | undefined {
    return this.#flow.marks.high
  }

  get lowWaterMark(): number | undefined {
    return this.#flow.marks.low
  }

  onHighWater(callback: () => void): Unregister {
    return this.#flow.onHighWater(callback)
  }

  onDrain(callback: () => void): Unregister {
    return this.#flow.onDrain(callback)
  }
}
