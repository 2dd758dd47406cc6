import type { Log } from '@pagi/core'
import type { RequestRecord } from '../request-record.ts'
import type { AccessLogFormat } from './syntax.ts'
import type { Lines } from './lines.ts'

/** Where lines go, and what they look like. */
export interface AccessLogOptions {
  /** A file, or `-` for standard output. */
  readonly target: string
  readonly format: string | AccessLogFormat
  readonly log: Log
}

/**
 * The access log of a server. Records of one turn of the event loop become lines together, at its
 * end, and one write. What makes and writes lines is loaded with the first log.
 */
export class AccessLog {
  readonly #options: AccessLogOptions
  #loading: Promise<void> | undefined
  #lines: Lines | undefined
  #records: RequestRecord[] = []
  #over = false

  constructor(options: AccessLogOptions) {
    this.#options = options
  }

  /** Done with the first record, if it was not before. Settles once lines can be written; never rejects. */
  open(): Promise<void> {
    this.#loading ??= this.#load()
    return this.#loading
  }

  add(record: RequestRecord): void {
    if (this.#over) return
    void this.open()
    if (this.#records.push(record) === 1) setImmediate(this.#flush)
  }

  /** Writes to the file of this name from now on, which may be another one by now; all that came before is in the old one. */
  async reopen(): Promise<void> {
    await this.#loading
    this.#flush()
    await this.#lines?.reopen()
  }

  /** Settles once everything is written; nothing is added any more. */
  async close(): Promise<void> {
    await this.#loading
    this.#flush()
    this.#over = true
    await this.#lines?.close()
  }

  readonly #flush = (): void => {
    if (this.#lines === undefined) return // they wait until it is loaded
    const records = this.#records
    if (records.length === 0) return
    this.#records = []
    this.#lines.write(records)
  }

  async #load(): Promise<void> {
    const { target, format, log } = this.#options
    try {
      const { openLines } = await import('./lines.ts')
      this.#lines = openLines(target, format, log, this.#flush)
    } catch (error) {
      this.#over = true
      log.error('access log: it cannot be loaded', error)
    }
    this.#flush()
  }
}
