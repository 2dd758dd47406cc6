import type { Log } from '@pagi/core'

/** One line of what a server would log. */
export interface LogLine {
  readonly level: keyof Log
  readonly message: string
  /** What was thrown, where something was. */
  readonly cause: unknown
}

/** A log that keeps its lines, and hands them on. */
export class KeptLog implements Log {
  readonly lines: LogLine[] = []
  readonly #next: Partial<Log>

  constructor(next: Partial<Log>) {
    this.#next = next
  }

  error(message: string, cause?: unknown): void {
    this.#keep('error', message, cause)
  }

  warn(message: string, cause?: unknown): void {
    this.#keep('warn', message, cause)
  }

  info(message: string, cause?: unknown): void {
    this.#keep('info', message, cause)
  }

  debug(message: string, cause?: unknown): void {
    this.#keep('debug', message, cause)
  }

  #keep(level: keyof Log, message: string, cause: unknown): void {
    this.lines.push({ level, message, cause })
    if (cause === undefined) this.#next[level]?.(message)
    else this.#next[level]?.(message, cause)
  }
}
