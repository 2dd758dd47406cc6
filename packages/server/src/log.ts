import type { Log } from '@pagi/core'
import type { Logger, ResolvedOptions } from './options.ts'

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const

/** The diagnostics of core as lines of a Logger, down to a level; a cause follows with its stack. */
export const leveledLog = (logger: Logger, level: ResolvedOptions['logLevel']): Log => {
  const at = (name: 'error' | 'warn' | 'info' | 'debug') => {
    if (LEVELS.indexOf(name) > LEVELS.indexOf(level)) return () => {}
    return (message: string, cause?: unknown) => {
      logger[name](cause === undefined ? message : `${message}: ${describe(cause)}`)
    }
  }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

/** What was thrown may be anything, and describing it must not throw again (CORE-41). */
const describe = (cause: unknown): string => {
  try {
    return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  } catch {
    return 'something that cannot be shown'
  }
}
