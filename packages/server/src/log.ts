import type { Log } from '@pagi/core'
import type { Logger, ResolvedOptions } from './options.ts'
import { printable } from './printable.ts'

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const

/**
 * The diagnostics of core as messages of a Logger, down to a level. A cause is part of the text, with
 * its stack, unless the logger takes records.
 */
export const leveledLog = (logger: Logger, level: ResolvedOptions['logLevel']): Log => {
  const at = (name: 'error' | 'warn' | 'info' | 'debug') => {
    if (LEVELS.indexOf(name) > LEVELS.indexOf(level)) return () => {}
    return (message: string, cause?: unknown) => {
      if (logger.record !== undefined)
        logger.record(
          cause === undefined
            ? { level: name, message }
            : { level: name, message, error: cause, stack: describe(cause) },
        )
      else logger[name](printable(cause === undefined ? message : `${message}: ${describe(cause)}`))
    }
  }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

/** How many causes of a cause are told. */
const DEPTH = 8

/** What was thrown may be anything, and describing it must not throw again (CORE-41). */
const describe = (thrown: unknown): string => {
  try {
    let text = stackOf(thrown)
    let cause = causeOf(thrown)
    for (let depth = 0; cause !== undefined && depth < DEPTH; depth++) {
      text += `\ncaused by ${stackOf(cause)}`
      cause = causeOf(cause)
    }
    return text
  } catch {
    return 'something that cannot be shown'
  }
}

const stackOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)

const causeOf = (thrown: unknown): unknown =>
  thrown instanceof Error ? (thrown.cause ?? undefined) : undefined
