import type { Log } from '../../src/run/ports.ts'

export type Level = keyof Log

export interface Line {
  readonly level: Level
  readonly message: string
  readonly cause: unknown
}

/** A log that remembers. */
export class RecordingLog implements Log {
  readonly lines: Line[] = []

  error(message: string, cause?: unknown): void {
    this.lines.push({ level: 'error', message, cause })
  }

  warn(message: string, cause?: unknown): void {
    this.lines.push({ level: 'warn', message, cause })
  }

  info(message: string, cause?: unknown): void {
    this.lines.push({ level: 'info', message, cause })
  }

  debug(message: string, cause?: unknown): void {
    this.lines.push({ level: 'debug', message, cause })
  }

  at(level: Level): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => line.message)
  }
}
