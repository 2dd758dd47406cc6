/** One call of a middleware, watched from both sides. */

import { describeValue } from '@pagi/spec'
import type { Application, Receive, Scope, Send } from '@pagi/spec'
import { judgeScope } from './inner-scope.ts'
import { addedHeaders, isSameStart, judgeBody, judgeEncoding, judgeStart } from './passed-event.ts'
import { typeOf } from './peek.ts'
import { callOf } from './place.ts'
import { Progress } from './progress.ts'
import type { Finding } from './violation.ts'

type Inner =
  | { readonly state: 'uncalled' | 'running' | 'returned' }
  | { readonly state: 'failed'; readonly error: unknown }

export class MiddlewareCall {
  readonly #scope: object
  readonly #tell: (finding: Finding) => void
  #inner: Inner = { state: 'uncalled' }
  /** What the inner application has sent, and what has left the middleware. */
  #innerSent = new Progress()
  readonly #outerSent = new Progress()
  #innerStart: unknown
  #innerBody: unknown
  /** The inner start was sent on. */
  #passing = false
  #encoded = false

  constructor(scope: object, tell: (finding: Finding) => void) {
    this.#scope = scope
    this.#tell = tell
  }

  /** Calls the inner application; `entry` is the function the middleware has called. */
  async callInner(
    app: Application,
    args: readonly [scope: Scope, receive: Receive, send: Send],
    entry: (...args: never) => unknown,
  ): Promise<void> {
    const [scope, receive, send] = args
    const call = callOf(entry)
    for (const finding of judgeScope(this.#scope, scope)) this.#tell({ ...finding, call })
    this.#inner = { state: 'running' }
    this.#innerSent = new Progress()
    const watched: Send = (event) => {
      this.#innerSent.add(event)
      if (typeOf(event).endsWith('start')) this.#innerStart = { ...event }
      this.#innerBody = typeOf(event) === 'http.response.body' ? { ...event } : undefined
      return send(event)
    }
    try {
      await app(scope, receive, watched)
      this.#inner = { state: 'returned' }
    } catch (error) {
      this.#inner = { state: 'failed', error }
      throw error
    }
  }

  /** Looks at an event that leaves the middleware; `entry` is the function it has called. */
  sent(event: unknown, entry: (...args: never) => unknown): void {
    const findings = this.#judge(event)
    this.#outerSent.add(event)
    if (findings.length === 0) return
    const call = callOf(entry)
    for (const finding of findings) this.#tell({ ...finding, call })
  }

  /** The middleware has returned: it did not fail. */
  returned(): void {
    const inner = this.#inner
    if (inner.state === 'failed') this.#tell(swallowed(inner.error))
    if (inner.state === 'running') this.#tell(NOT_AWAITED)
    const dropped = this.#innerSent.begun !== 'nothing' && this.#outerSent.begun === 'nothing'
    if (inner.state === 'returned' && dropped) this.#tell(DROPPED_START)
  }

  #judge(event: unknown): readonly Finding[] {
    const start = this.#innerStart
    if (isSameStart(start, event)) {
      this.#passing = true
      this.#encoded = addedHeaders(start, event).includes('content-encoding')
      return judgeStart(start, event, this.#innerSent.ended)
    }
    const findings = [...judgeBody(this.#innerBody, event), ...judgeEncoding(this.#encoded, event)]
    const over = this.#inner.state === 'returned' || this.#inner.state === 'failed'
    if (this.#passing && over && !this.#innerSent.ended && this.#outerSent.ends(event))
      findings.push(COMPLETED)
    return findings
  }
}

const COMPLETED: Finding = {
  code: 'ERR_PAGI_LINT_COMPLETED_INCOMPLETE',
  requirement: 'MW-09',
  message:
    'the last event was sent for an inner response that was left incomplete: pass on what there is, and no terminal event',
}

const NOT_AWAITED: Finding = {
  code: 'ERR_PAGI_LINT_INNER_NOT_AWAITED',
  requirement: 'MW-01',
  message:
    'the middleware returned while the inner application was running: return app(scope, receive, send), or await it',
}

const DROPPED_START: Finding = {
  code: 'ERR_PAGI_LINT_DROPPED_START',
  requirement: 'MW-11',
  message:
    'the inner application has started a response, and the middleware returned without having sent it on: pass on what was held back, incomplete as it may be',
}

const swallowed = (error: unknown): Finding => ({
  code: 'ERR_PAGI_LINT_SWALLOWED_FAILURE',
  requirement: 'MW-01',
  message: `the inner application failed with ${describeValue(error)} and the middleware returned as if it had not: log or answer, then rethrow`,
})
