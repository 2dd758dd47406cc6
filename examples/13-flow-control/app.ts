// A scoreboard. Who reads slowly gets the newest state when there is room for it again, instead of a
// growing backlog of old ones; and the transport tells who that is.
import { dispatch, type Application, type Receive, type Send } from '@pagi/server'
import { Latest } from './latest.ts'

export function createApp(): Application {
  const board = new Latest()
  const slow = new Set<object>()

  return dispatch({
    async http(scope, receive, send) {
      if (scope.method !== 'POST') {
        await respond(send, `${slow.size} slow\n`)
        return
      }
      const state = await readText(receive)
      if (state === undefined) return // the client has left
      await respond(send, `state ${board.set(state)}\n`)
    },

    async sse(scope, _receive, send) {
      const { signal } = scope['pagi.connection']
      const transport = scope['pagi.transport'] // absent where a server cannot measure
      transport?.onHighWater(() => slow.add(scope))
      transport?.onDrain(() => slow.delete(scope))
      // No drain is told of after the end.
      scope['pagi.connection'].onEnd(() => slow.delete(scope))

      await send({ type: 'sse.start' })
      let before = 0
      // From the high mark on `send` waits until the output has drained. Meanwhile the board changes,
      // and nothing is kept for this client.
      for await (const { version, value } of board.follow(signal)) {
        const skipped = before === 0 ? 0 : version - before - 1
        if (skipped > 0) await send({ type: 'sse.comment', comment: `skipped ${skipped}` })
        await send({ type: 'sse.send', id: String(version), data: value })
        before = version
      }
    },
  })
}

/** The request body as text, or nothing when the client left before its end. */
async function readText(receive: Receive<'http'>): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const event = await receive()
    if (event.type !== 'http.request') return undefined
    text += decoder.decode(event.body, { stream: event.more })
    if (!event.more) return text
  }
}

async function respond(send: Send<'http'>, body: string): Promise<void> {
  await send({
    type: 'http.response.start',
    status: 200,
    headers: [['content-type', 'text/plain; charset=utf-8']],
  })
  await send({ type: 'http.response.body', body })
}

export default createApp()
