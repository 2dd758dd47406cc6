/** One call of an application, watched from the scope to the return. */

import { isPagiError } from '@pagi/spec'
import type { ReceiveEvent } from '@pagi/spec'
import { isObject, peek, typeOf } from './peek.ts'
import { callOf } from './place.ts'
import type { Call } from './place.ts'
import { judgeAnswer, judgeReturn } from './outcome.ts'
import { Progress } from './progress.ts'
import { judgeRefusal } from './refused-event.ts'
import { judgeEvent } from './sent-event.ts'
import type { Finding } from './violation.ts'
import { watch } from './watched-promise.ts'

interface Sent {
  readonly event: unknown
  readonly type: string
  readonly call: Call
  /** Something was said of the event already. */
  readonly judged: boolean
  readonly asked: () => boolean
}

export class WatchedCall {
  readonly #scope: object
  readonly #tell: (finding: Finding) => void
  readonly #progress = new Progress()
  /** Sends whose promise has not settled, and settled ones that nobody has asked about. */
  readonly #pending = new Set<Sent>()
  readonly #unasked = new Map<Sent, unknown>()
  #latest: Call | undefined
  #toldOfEnd = false

  constructor(scope: object, tell: (finding: Finding) => void) {
    this.#scope = scope
    this.#tell = tell
  }

  /** Wraps a `receive`, to know what the application was told. */
  received<T extends ReceiveEvent>(event: T): T {
    if (event.type.endsWith('.disconnect')) this.#toldOfEnd = true
    return event
  }

  /** Wraps one `send`; `entry` is the function the application has called. */
  sent<E>(
    event: E,
    send: (event: E) => Promise<void>,
    entry: (...args: never) => unknown,
  ): Promise<void> {
    const call = callOf(entry)
    this.#latest = call
    const wrong = judgeEvent(this.#scope, event)
    for (const finding of [...wrong, ...this.#judgeMoment(event)]) this.#tell({ ...finding, call })
    const { promise, asked } = watch(this.#outcome(() => sent, send(event)))
    const sent: Sent = { event, type: typeOf(event), call, judged: wrong.length > 0, asked }
    this.#pending.add(sent)
    return promise
  }

  async #outcome(sent: () => Sent, outcome: Promise<void>): Promise<void> {
    try {
      await outcome
    } catch (error) {
      this.#settled(sent(), error)
      throw error
    }
    this.#settled(sent())
  }

  /** The application has returned. */
  returned(result: unknown): void {
    const wrong = judgeReturn(result)
    if (wrong !== undefined) this.#tell(wrong)
    for (const { event } of this.#pending) this.#progress.add(event) // CORE-34
    const answer = judgeAnswer(this.#scope, this.#progress)
    if (answer !== undefined) this.#tell({ ...answer, call: this.#latest })
    this.settled()
  }

  /** It has returned or failed: nothing may be under way. */
  settled(): void {
    for (const { type, call } of this.#pending) this.#tell({ ...unawaited(type), call })
    for (const [{ type, call, asked }, error] of this.#unasked) {
      if (asked()) continue
      if (error === undefined) this.#tell({ ...unawaited(type), call })
      else this.#tell({ ...ignored(type, error), call })
    }
    this.#unasked.clear()
  }

  #settled(sent: Sent, error?: unknown): void {
    this.#pending.delete(sent)
    if (!sent.asked()) this.#unasked.set(sent, error)
    if (error === undefined) {
      this.#progress.add(sent.event)
      return
    }
    if (sent.judged) return
    const finding = judgeRefusal(this.#scope, sent.event, error, this.#progress)
    if (finding !== undefined) this.#tell({ ...finding, call: sent.call })
  }

  #judgeMoment(event: unknown): readonly Finding[] {
    const findings: Finding[] = []
    const before = [...this.#pending].at(-1)
    if (before !== undefined) findings.push(overlapping(typeOf(event), before.type))
    if (this.#stopped() && this.#progress.streaming && this.#progress.ends(event))
      findings.push(COMPLETED_AFTER_STOP)
    return findings
  }

  /** The application knows that its client has gone, or has broken off itself. */
  #stopped(): boolean {
    const connection = peek(this.#scope, 'pagi.connection')
    const reason: unknown = isObject(connection)
      ? Reflect.get(connection, 'disconnectReason')
      : undefined
    return reason === 'app_abort' || (reason !== undefined && this.#toldOfEnd)
  }
}

const COMPLETED_AFTER_STOP: Finding = {
  code: 'ERR_PAGI_LINT_COMPLETED_AFTER_STOP',
  requirement: 'HTTP-58',
  message:
    'the last event of a response was sent after the application knew that the client had gone: return without it, as its absence tells middleware that the response is not whole',
}

function overlapping(type: string, before: string): Finding {
  return {
    code: 'ERR_PAGI_LINT_OVERLAPPING_SENDS',
    requirement: 'CORE-31',
    message: `${type} was sent while the send of ${before} was under way: await each send before the next, and let one task do the sending`,
  }
}

function unawaited(type: string): Finding {
  return {
    code: 'ERR_PAGI_LINT_UNAWAITED_SEND',
    requirement: 'CORE-33',
    message: `the application returned without having awaited its send of ${type}: await it`,
  }
}

function ignored(type: string, error: unknown): Finding {
  const said = isPagiError(error) ? `: ${error.message}` : ''
  return {
    code: 'ERR_PAGI_LINT_IGNORED_REJECTION',
    requirement: 'CORE-33',
    message: `the send of ${type} was rejected and nobody noticed${said}; await it, so that the failure reaches the application`,
  }
}
