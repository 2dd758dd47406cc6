import type { Log } from '@pagi/core'
import type { Application } from '@pagi/spec'

/**
 * An application whose mistakes are told to the log, once each (CORE-48). Lint is loaded with the
 * first call, which is that of the lifespan: nothing is served before, and nobody loads it who does
 * not want it.
 */
export const underLint = (app: Application, log: Log): Application => {
  let linted: Application | undefined
  const load = async (): Promise<Application> => {
    const { formatViolation, lint } = await import('@pagi/core/lint')
    return lint(app, { report: (violation) => log.warn(formatViolation(violation)) })
  }
  return async (scope, receive, send) => {
    linted ??= await load()
    await linted(scope, receive, send)
  }
}
