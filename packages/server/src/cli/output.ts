/** Where the command writes: what went wrong to stderr, everything else to stdout. */

import type { Logger, LogRecord } from '../options.ts'
import { asciiJson, visible } from '../printable.ts'

// Through the console, which does not mind a reader that is gone: `pagi-server app.ts | head -1`.

/** Messages of the server while it runs, one prefix per level. */
const textLogger: Logger = {
  error: (message) => console.error(`[error] ${message}`),
  warn: (message) => console.error(`[warn] ${message}`),
  info: (message) => console.log(`[info] ${message}`),
  debug: (message) => console.log(`[debug] ${message}`),
}

/** The same, one object a line. */
const jsonLogger: Logger = { ...textLogger, record: (record) => writeJson(record) }

let json = false

/** From now on all that the command itself prints has this format. */
export function useLogFormat(format: 'text' | 'json'): void {
  json = format === 'json'
}

/** Messages of the server while it runs. */
export function commandLogger(): Logger {
  return json ? jsonLogger : textLogger
}

/** Prints text that ends in a line break. */
export function print(text: string): void {
  const line = text.replace(/\n$/, '')
  if (json) writeJson({ level: 'info', message: line })
  else console.log(line)
}

/** Prints why the command ends. */
export function printFailure(text: string): void {
  if (json) writeJson({ level: 'error', message: text })
  // An error that nothing caught may hold what a client has sent, even lines like ours.
  else console.error(`pagi-server: ${visible(text).replace(OWN_LINE, '\n    ')}`)
}

const OWN_LINE = /\n(?=\[\w+\] |pagi-server: )/g

function writeJson({ level, message, stack }: LogRecord): void {
  const line = asciiJson({ time: new Date().toISOString(), level, message, error: stack })
  if (level === 'error' || level === 'warn') console.error(line)
  else console.log(line)
}
