import type { Clock } from '@pagi/core'
import type { AccessLog } from './access-log/access-log.ts'
import { requestFinish, requestStart, tracesCalls } from './diagnostics.ts'
import { LiveRecord } from './request-record.ts'
import type { RequestEnding, RequestFacts } from './request-record.ts'
import { Census } from './stats.ts'

// Everybody who wants to know of the requests of a server. Counting is always on; a record is made
// only where somebody is there to read it.

export class Observer {
  readonly census = new Census()
  readonly #log: AccessLog | undefined
  readonly #clock: Pick<Clock, 'now'>

  constructor(log: AccessLog | undefined, clock: Pick<Clock, 'now'>) {
    this.#log = log
    this.#clock = clock
  }

  /** Somebody reads records. */
  get watched(): boolean {
    return (
      this.#log !== undefined ||
      requestStart.hasSubscribers ||
      requestFinish.hasSubscribers ||
      tracesCalls()
    )
  }

  /** Of a request that has begun; call it only while `watched`. */
  begin(facts: RequestFacts): LiveRecord {
    const record = new LiveRecord(facts, this.#clock)
    if (requestStart.hasSubscribers) requestStart.publish(record)
    return record
  }

  finish(record: LiveRecord, ending: RequestEnding): void {
    record.ended(ending)
    this.#log?.add(record)
    if (requestFinish.hasSubscribers) requestFinish.publish(record)
  }

  /** Something that came to no scope was answered with a status, or with nothing. */
  fault(facts: RequestFacts, status: number, bytes: number, detail: string): void {
    this.census.rejected()
    this.census.answered(status)
    if (!this.watched) return
    const record = this.begin(facts)
    record.started(status, [])
    this.finish(record, {
      bytes,
      reason: status === 408 ? 'client_timeout' : status < 500 ? 'protocol_error' : undefined,
      detail,
      closeCode: undefined,
    })
  }
}
