/** `--check`: what a start and a stop of the application come to, without a socket. */

import type { Application } from '@pagi/spec'
import { Service } from '../service.ts'
import type { Life } from './life.ts'
import { commandLogger, print } from './output.ts'
import { NO_SOCKETS, Rehearsal } from './rehearsal.ts'
import type { CommandSettings } from './settings.ts'

/**
 * Runs `lifespan.startup` and `lifespan.shutdown` of an application and ends the process.
 *
 * @throws LifespanError when the application refused to start or did not answer (LIFE-11, LIFE-13)
 */
export async function check(
  app: Application,
  { server, quiet }: CommandSettings,
  life: Life,
): Promise<void> {
  const rehearsal = new Rehearsal(
    new Service(app, { ...server, logger: commandLogger(), accessLog: false }, () => NO_SOCKETS),
  )
  life.starting(rehearsal)
  await rehearsal.startup()
  if (!life.serving(rehearsal)) return
  rehearsal.passed = () => {
    if (!quiet) print('the application loads, starts up and shuts down')
  }
  life.finish()
}
