/** The development wrapper of middleware. */

import type { Application, Middleware, Receive, Scope, Send } from '@pagi/spec'
import { guardScope } from './guarded-scope.ts'
import { MiddlewareCall } from './middleware-call.ts'
import { isObject, peek, typeOf } from './peek.ts'
import { Reporter } from './violation.ts'
import type { Finding, LintOptions } from './violation.ts'

/**
 * Wraps a middleware so that it is told which rules of the specification it breaks: what it does to
 * the scope, to the events and to the outcome of the application inside is compared with what it
 * was given. The application inside is not judged; wrap that with `lint`.
 *
 * @example
 * const app = lintMiddleware(compress)(lint(router))
 */
export function lintMiddleware(middleware: Middleware, options?: LintOptions): Middleware {
  const reporter = new Reporter(options)
  return (app) => {
    const open = new OpenCalls()
    const inner: Application = (...args) => {
      const call = open.find(args)
      return call === undefined ? app(...args) : call.callInner(app, args, inner)
    }
    const outer = middleware(inner)
    return async (scope, receive, send) => {
      const type = typeOf(scope)
      const tell = (finding: Finding): void => reporter.tell(type, finding)
      const guarded = guardScope(scope, tell)
      const call = new MiddlewareCall(scope, tell)
      const watchedSend: Send = (event) => {
        call.sent(event, watchedSend)
        return send(event)
      }
      const watchedReceive: Receive = (how) => receive(how)
      const close = open.add(call, [guarded.scope, watchedReceive, watchedSend])
      try {
        await outer(guarded.scope, watchedReceive, watchedSend)
        call.returned()
      } finally {
        close()
        for (const finding of guarded.changes()) tell(finding)
      }
    }
  }
}

type Args = readonly [scope: Scope, receive: Receive, send: Send]

/**
 * Which outer call an inner one belongs to. They share the objects of their scope that are never
 * copied, or a function; where a middleware replaces all of them, it is the one call that is open.
 */
class OpenCalls {
  readonly #calls = new Set<MiddlewareCall>()
  readonly #marks = new WeakMap<object, MiddlewareCall>()

  add(call: MiddlewareCall, args: Args): () => void {
    this.#calls.add(call)
    for (const mark of marksOf(args)) this.#marks.set(mark, call)
    return () => {
      this.#calls.delete(call)
    }
  }

  find(args: Args): MiddlewareCall | undefined {
    for (const mark of marksOf(args)) {
      const call = this.#marks.get(mark)
      if (call !== undefined) return call
    }
    const [only, ...others] = this.#calls
    return others.length === 0 ? only : undefined
  }
}

function marksOf([scope, receive, send]: Args): readonly object[] {
  return [peek(scope, 'pagi.connection'), peek(scope, 'state'), receive, send].filter(isObject)
}
