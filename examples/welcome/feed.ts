import type { Application } from '@pagi/server'
import { Journal } from './journal.ts'
import { respond } from './respond.ts'

type Happening =
  | { readonly kind: 'activity'; readonly text: string }
  | { readonly kind: 'tick'; readonly time: string; readonly watching: number }

const happenings = new Journal<Happening>(100)

/** Tells everybody who watches what has just happened here. */
export function tell(text: string): void {
  happenings.add({ kind: 'activity', text })
}

/** Tells everybody what time it is. */
export function tick(): void {
  happenings.add({
    kind: 'tick',
    time: new Date().toISOString(),
    watching: happenings.readers,
  })
}

/** `/feed`: what happens, as it happens; what was missed, to those who come back. */
export const feed: Application<'sse'> = async (scope, _receive, send) => {
  if (scope.path !== '/feed') {
    await respond(send, 404, `No feed at ${scope.path}\n`)
    return
  }
  const { signal } = scope['pagi.connection']
  const seen = scope.headers.find(([name]) => name === 'last-event-id')?.[1]
  const after = happenings.resume(seen) ?? happenings.newest

  await send({ type: 'sse.start' })
  await send({ type: 'sse.keepalive', interval: 15 })
  // The client is to come back half a second after it lost the connection.
  await send({ type: 'sse.send', event: 'hello', data: `after ${after}`, retry: 500 })
  // Ends when the client leaves or the server stops: both abort the signal.
  for await (const { id, entry } of happenings.follow(after, signal)) {
    await send({ type: 'sse.send', id: String(id), event: entry.kind, data: JSON.stringify(entry) })
  }
}
