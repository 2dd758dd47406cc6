/** Asks an application what it does with a scope it cannot know (CORE-09). */

import { UnsupportedScopeError } from '@pagi/spec'
import type { Application, Receive, Scope, Send } from '@pagi/spec'
import { unsupported } from './outcome.ts'
import { Reporter } from './violation.ts'
import type { LintOptions } from './violation.ts'

/**
 * Calls an application once with a scope of a type that nobody serves, and reports when it does not
 * fail, or waits for events first. A server makes no such call, so `lint` does not either: this is for
 * a test. Resolves when the application has settled.
 *
 * @example
 * await probeUnsupportedScope(app, { report: (violation) => assert.fail(violation.message) })
 */
export async function probeUnsupportedScope(
  app: Application,
  options?: LintOptions,
): Promise<void> {
  const reporter = new Reporter(options)
  let used: string | undefined
  const refuse = (name: string) => (): Promise<never> => {
    used ??= name
    return Promise.reject(new UnsupportedScopeError(SCOPE))
  }
  const args: readonly [object, Receive, Send] = [{ ...SCOPE }, refuse('receive'), refuse('send')]
  let returned = true
  try {
    await (Reflect.apply(app, undefined, args) satisfies Promise<void>)
  } catch {
    returned = false
  }
  if (used !== undefined) reporter.tell(TYPE, unsupported(`${used} was called${ON_IT}`))
  else if (returned) reporter.tell(TYPE, unsupported(`the application returned${ON_IT}`))
}

const TYPE = 'lint.unknown'
const ON_IT = ' on a scope of a type that nobody serves'
const SCOPE: Pick<Scope, 'pagi'> & { type: string } = { type: TYPE, pagi: { version: '0.5' } }
