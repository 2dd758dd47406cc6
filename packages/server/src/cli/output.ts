/** Where the command writes: what went wrong to stderr, everything else to stdout. */

import type { Logger } from '../options.ts'

// Through the console, which does not mind a reader that is gone: `pagi-server app.ts | head -1`.

/** Messages of the server while it runs, one prefix per level. */
export const consoleLogger: Logger = {
  error: (message) => console.error(`[error] ${message}`),
  warn: (message) => console.error(`[warn] ${message}`),
  info: (message) => console.log(`[info] ${message}`),
  debug: (message) => console.log(`[debug] ${message}`),
}

/** Prints text that ends in a line break. */
export function print(text: string): void {
  console.log(text.replace(/\n$/, ''))
}

/** Prints why the command ends. */
export function printFailure(text: string): void {
  console.error(`pagi-server: ${text}`)
}
