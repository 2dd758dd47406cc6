/** Calls of the application that the suite answers by itself. */

import type { AppCall } from './app-call.ts'
import type { Watch } from './watch.ts'

/** Where the suite asks for something on its own behalf. */
export const isOurs = ({ path }: AppCall): boolean => path.startsWith('/pagi-suite/')

/** Answers a request: a short response where there can be one, and the end of the call. */
export function answerRequest(call: AppCall): void {
  const start = { type: 'http.response.start', status: 200, headers: [['content-length', '2']] }
  const body = { type: 'http.response.body', body: { $bytes: 'b2s=' } }
  if (call.type !== 'websocket') {
    call.command([start, body].map((event) => ({ id: call.next(), do: 'send', event })))
  }
  call.drop()
}

/** How long a server may run, more or less. */
const LIFE = 24 * 3600_000

/** Follows a process through its life: startup and shutdown are fine. */
export async function answerLifespan(call: AppCall, watch: Watch): Promise<void> {
  const settled = async (id: number): Promise<void> => {
    await watch.until(() => call.answer(id) ?? (call.closed || undefined), 'lifespan', LIFE)
  }
  try {
    await settled(call.begin({ do: 'receive' }))
    await settled(call.begin({ do: 'send', event: { type: 'lifespan.startup.complete' } }))
    await settled(call.begin({ do: 'receive' }))
    await settled(call.begin({ do: 'send', event: { type: 'lifespan.shutdown.complete' } }))
    call.drop()
  } catch {
    // The process has ended; the case that ran then says so.
  }
}
