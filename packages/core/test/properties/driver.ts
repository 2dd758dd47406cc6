import type { ReceiveEvent } from '@pagi/spec'
import { expect } from 'vitest'
import { turn, watch } from '../support/promises.ts'
import type { Watched } from '../support/promises.ts'
import { CLOSE_TIMEOUT } from '../support/runs.ts'
import type { AnyRun, Started } from '../support/runs.ts'

// Plays a random story of an application, a client and a clock against one run, and checks after
// every step what must hold whatever happens.

/** What the application, the server and the clock may do on any scope. */
export type CommonStep =
  | { readonly do: 'send'; readonly event: unknown }
  | { readonly do: 'receive'; readonly cancellable: boolean }
  | { readonly do: 'cancel' }
  | { readonly do: 'turn' }
  | { readonly do: 'clock'; readonly ms: number }
  | { readonly do: 'abort' }
  | { readonly do: 'shutdown'; readonly phase: 'begin' | 'force' }
  | { readonly do: 'leave' }
  | { readonly do: 'fail' }

export interface PlayedPort {
  /** At most one loss is reported. */
  lose(): void
  drain(): void
}

const VALIDATION = new Set([
  'ERR_PAGI_INVALID_EVENT',
  'ERR_PAGI_UNKNOWN_EVENT',
  'ERR_PAGI_INVALID_HEADER',
  'ERR_PAGI_EVENT_ORDER',
  'ERR_PAGI_CONTENT_LENGTH',
  'ERR_PAGI_TRAILERS',
  'ERR_PAGI_BODY_SOURCE',
])

/** What may still be asked of a transport whose scope has ended, one step later. */
const TEARDOWN = new Set(['hang-up', 'abort'])

interface Receive {
  readonly watched: Watched<ReceiveEvent>
  readonly cancelled: () => boolean
}

export class Driver<Port extends PlayedPort> {
  readonly scope: Started<AnyRun, Port>
  readonly events: ReceiveEvent[] = []
  readonly #sends: Watched<void>[] = []
  readonly #receives: Receive[] = []
  #cancels: AbortController[] = []
  #families = { complete: 0, lost: 0, ended: 0 }
  #settled = false
  /** How many commands had been asked for at the end of the step in which the scope ended. */
  #atEnd: number | undefined
  #facts: readonly unknown[] = []
  #lost = false

  constructor(scope: Started<AnyRun, Port>) {
    this.scope = scope
    const { connection } = scope
    connection.onComplete(() => {
      this.#families.complete += 1
    })
    connection.onDisconnect((reason) => {
      expect(connection.disconnectReason).toBe(reason)
      this.#families.lost += 1
    })
    connection.onEnd(() => {
      expect(connection.isConnected).toBe(false)
      this.#families.ended += 1
    })
  }

  lose(): void {
    if (this.#lost) return
    this.#lost = true
    this.scope.port.lose()
  }

  /** Whether the application's call is under way: afterwards it does nothing any more (CORE-35). */
  get running(): boolean {
    return !this.#settled
  }

  async play(step: CommonStep): Promise<void> {
    switch (step.do) {
      case 'send':
        if (this.running) await this.#send(step.event)
        break
      case 'receive':
        if (this.running) this.#receive(step.cancellable)
        break
      case 'cancel':
        this.#cancels.shift()?.abort('cancelled')
        break
      case 'turn':
        await turn()
        break
      case 'clock':
        this.scope.clock.advance(step.ms)
        break
      case 'abort':
        this.scope.connection.abort('random')
        break
      case 'shutdown':
        this.scope.run.shutdown(step.phase)
        break
      case 'leave':
      case 'fail':
        this.#settled = true
        void (step.do === 'leave' ? this.scope.leave() : this.scope.fail(new Error('random')))
        await turn()
        break
    }
  }

  async #send(event: unknown): Promise<void> {
    const alone = this.#sends.every(({ state }) => state !== 'pending')
    const before = { asked: this.scope.asked.length, facts: this.#factsNow() }
    const sent = watch(this.scope.send(event))
    this.#sends.push(sent)
    if (!alone) return
    const asked = this.scope.asked.slice(before.asked)
    const after = this.#factsNow()
    await Promise.resolve()
    await Promise.resolve()
    if (sent.state !== 'rejected') return
    expect(asked).toEqual([]) // CORE-28
    expect(after).toEqual(before.facts)
  }

  #receive(cancellable: boolean): void {
    const controller = new AbortController()
    if (cancellable) this.#cancels.push(controller)
    const receive = this.scope.receive(cancellable ? { signal: controller.signal } : undefined)
    const watched = watch(receive.then((event) => (this.events.push(event), event)))
    this.#receives.push({ watched, cancelled: () => controller.signal.aborted })
  }

  #factsNow(): readonly unknown[] {
    const { connection, transport } = this.scope
    const { isConnected, disconnectReason, responseStarted, responseComplete } = connection
    const { closeCode } = connection
    const { bufferedAmount } = transport
    return [
      isConnected,
      disconnectReason,
      responseStarted,
      responseComplete,
      closeCode,
      bufferedAmount,
    ]
  }

  /** What holds after every step. */
  check(): void {
    const { connection, transport, asked } = this.scope
    const facts = this.#factsNow().slice(0, 5)
    const [connected, reason, , complete] = facts
    expect(connected).toBe(!(complete === true || reason !== undefined))
    expect(complete === true && reason !== undefined).toBe(false)
    // Facts never go back, and what has a value keeps it.
    for (const [at, before] of this.#facts.entries())
      if (at === 0 ? before === false : before !== undefined && before !== false)
        expect(facts[at]).toBe(before)
    this.#facts = facts
    expect(Number.isInteger(transport.bufferedAmount) && transport.bufferedAmount >= 0).toBe(true)
    const cut = asked.indexOf('abort')
    if (cut >= 0) expect(asked.slice(cut + 1)).toEqual([])
    if (!connection.isConnected) {
      const late = asked.slice((this.#atEnd ??= asked.length))
      expect(late.filter((type) => !TEARDOWN.has(type))).toEqual([])
    }
    expect(this.#families.ended).toBeLessThanOrEqual(1)
  }

  /** Brings the story to an end, and checks what must hold then. */
  async conclude(): Promise<void> {
    const { connection, clock, leave, done, port } = this.scope
    this.lose()
    await turn()
    this.check()
    for (const { fate } of this.#sends) {
      expect(fate.state).not.toBe('pending')
      if (fate.state === 'rejected') expect(VALIDATION).toContain(codeOf(fate.error))
    }
    for (const { watched, cancelled } of this.#receives) {
      expect(watched.state).not.toBe('pending')
      if (watched.state === 'rejected') expect(cancelled()).toBe(true)
    }
    await leave()
    await done
    port.drain()
    clock.advance(CLOSE_TIMEOUT)
    await turn()
    this.check()
    expect(clock.pending).toBe(0)
    expect(connection.isConnected).toBe(false)
    const lost = connection.disconnectReason !== undefined
    expect(connection.responseComplete).toBe(!lost)
    expect(this.#families).toEqual({ complete: lost ? 0 : 1, lost: lost ? 1 : 0, ended: 1 })
    expect(connection.signal.aborted).toBe(lost)
    expect(await connection.ended).toBe(connection.disconnectReason)
    await this.#checkEndEvents()
  }

  /** No other event ever follows an end event, and they are all alike (T-RECV). */
  async #checkEndEvents(): Promise<void> {
    while (!isEnd(this.events.at(-1))) this.events.push(await this.scope.receive())
    const first = this.events.findIndex(isEnd)
    this.events.push(await this.scope.receive())
    for (const event of this.events.slice(first)) expect(event).toStrictEqual(this.events[first])
  }
}

const isEnd = (event: ReceiveEvent | undefined): boolean =>
  event?.type.endsWith('.disconnect') ?? false

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : error

/** Plays a whole story. */
export const tell = async <Port extends PlayedPort, Step>(
  driver: Driver<Port>,
  steps: readonly Step[],
  play: (step: Step) => Promise<void> | void,
): Promise<void> => {
  for (const step of steps) {
    await play(step)
    driver.check()
  }
  await driver.conclude()
}
