import type { Log } from '@pagi/core'
import type { RequestRecord } from '../request-record.ts'
import { atExit, notAtExit } from './at-exit.ts'
import { FileOutput } from './file-output.ts'
import { compileFormat } from './format.ts'
import { StandardOutput } from './standard-output.ts'
import type { AccessLogFormat } from './syntax.ts'

/** Where text goes. What cannot be written is reported and given up; nothing here ever throws. */
export interface Output {
  /** Takes whole lines. */
  write(text: string): void
  /** Starts a new file, where it is one. */
  reopen(): Promise<void>
  /** Settles once all is written. */
  close(): Promise<void>
  /** The process ends now: writes what is left, as far as that can be done at once. */
  leave(): void
}

/** Records as lines of an output. */
export interface Lines extends Pick<Output, 'reopen' | 'close'> {
  write(records: readonly RequestRecord[]): void
}

/** @param last called when the process ends, to hand over what has not been yet */
export const openLines = (
  target: string,
  format: string | AccessLogFormat,
  log: Log,
  last: () => void,
): Lines => {
  const lineOf = compileFormat(format)
  const output = target === '-' ? new StandardOutput(log) : new FileOutput(target, log)
  let failed = false
  const write = (records: readonly RequestRecord[]): void => {
    let text = ''
    for (const record of records) {
      try {
        const line = lineOf(record)
        if (line !== undefined) text += `${line}\n`
      } catch (error) {
        if (!failed) log.error('access log: the format failed, which is reported once', error)
        failed = true
      }
    }
    if (text !== '') output.write(text)
  }
  const leave = (): void => {
    last()
    output.leave()
  }
  atExit(leave)
  return {
    write,
    reopen: () => output.reopen(),
    close: async () => {
      await output.close()
      notAtExit(leave)
    },
  }
}
