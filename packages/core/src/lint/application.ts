/** The development wrapper of applications. */

import type { Application, Receive, Send } from '@pagi/spec'
import { WatchedCall } from './call.ts'
import { guardScope } from './guarded-scope.ts'
import { typeOf } from './peek.ts'
import { Reporter } from './violation.ts'
import type { Finding, LintOptions } from './violation.ts'

/**
 * Wraps an application so that it is told which rules of the specification it breaks, once each, and
 * where. A correct application does not notice, save that its scope is frozen (MW-03): changing it
 * fails with a TypeError. For development: each send remembers where it was made.
 *
 * @example
 * await serve(lint(app))
 */
export function lint(app: Application, options?: LintOptions): Application {
  const reporter = new Reporter(options)
  return async (scope, receive, send) => {
    const type = typeOf(scope)
    const tell = (finding: Finding): void => reporter.tell(type, finding)
    const guarded = guardScope(scope, tell)
    const call = new WatchedCall(scope, tell)
    const watchedReceive: Receive = async (how) => call.received(await receive(how))
    const watchedSend: Send = (event) => call.sent(event, send, watchedSend)
    try {
      const result: unknown = await app(guarded.scope, watchedReceive, watchedSend)
      call.returned(result)
    } catch (error) {
      call.settled()
      throw error
    } finally {
      for (const finding of guarded.changes()) tell(finding)
    }
  }
}
