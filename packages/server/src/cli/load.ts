/** From an argument of the command line to an application function (RUN-01 to RUN-10). */

import type { Application } from '@pagi/spec'
import { applicationOf } from './application.ts'
import { choose } from './choose.ts'
import { importModule } from './import-module.ts'
import { locate } from './locate.ts'
import { UsageError } from './usage-error.ts'

export interface LoadRequest {
  /** The application as typed; undefined looks for `app.*`. */
  readonly argument: string | undefined
  /** Folder the argument is relative to. */
  readonly cwd: string
  /** The `key=value` arguments, for `createApp`. */
  readonly appOptions: Readonly<Record<string, string>>
}

/**
 * Loads an application: the default export of the module, else `app`, else what
 * `createApp(options)` makes. A new load is a new process, since modules stay loaded (RUN-08).
 *
 * @throws LoadError naming the stage that failed
 * @throws UsageError when there are `key=value` arguments and no `createApp` they could go to
 */
export async function loadApplication(request: LoadRequest): Promise<Application> {
  const target = locate(request.argument, request.cwd)
  const chosen = choose(await importModule(target), target)
  const [first] = Object.keys(request.appOptions)
  if (first !== undefined && !chosen.factory) {
    throw new UsageError(
      `${first}=… is for createApp(options), but the application is ${chosen.what}`,
    )
  }
  return applicationOf(chosen, request.appOptions)
}
