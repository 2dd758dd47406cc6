/** The process that `--watch` has started: it serves when it is told to, and stops when it is told to. */

import type { Life } from './life.ts'
import type { FromServing, ToServing } from './watch-messages.ts'

/**
 * Tells that the application is loaded, and waits until nobody else serves it any more.
 *
 * @returns to be called once it accepts connections
 */
export async function whenTold(life: Life): Promise<() => void> {
  await new Promise<void>((resolve) => {
    process.on('message', (message: ToServing) => {
      if (message === 'serve') resolve()
      else if (message === 'stop') life.stop('SIGTERM')
      else life.hurry()
    })
    process.on('disconnect', () => life.stop('SIGTERM')) // nobody is left to tell
    tell('loaded')
  })
  process.channel?.unref() // it alone keeps no process that has nothing more to do
  return () => tell('serving')
}

function tell(message: FromServing): void {
  process.send?.(message)
}
