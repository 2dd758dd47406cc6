// POST a message, and everybody who listens to /events gets it. Who lost the connection comes back
// with the id of the last event seen, as every EventSource does, and gets what was missed.
import { dispatch, type HeaderList, type Receive, type Send } from '@pagi/server'
import { Broadcaster } from './broadcaster.ts'

const broadcaster = new Broadcaster(100)

export default dispatch({
  async http(scope, receive, send) {
    if (scope.path === '/messages' && scope.method === 'POST') {
      const data = await readText(receive)
      if (data === undefined) return // the client has left
      const { id } = broadcaster.publish(data)
      await respond(send, 202, `message ${id} for ${broadcaster.readers} listeners\n`)
    } else if (scope.path === '/') {
      await respond(send, 200, `${broadcaster.readers} listeners\n`)
    } else if (scope.path === '/messages') {
      await respond(send, 405, 'Send a message with POST.\n', [['allow', 'POST']])
    } else if (scope.path === '/events') {
      await respond(send, 406, 'Events go to those who accept text/event-stream.\n')
    } else {
      await respond(send, 404, 'Not found\n')
    }
  },

  async sse(scope, _receive, send) {
    if (scope.path !== '/events') {
      await respond(send, 404, 'Not found\n')
      return
    }
    const { signal } = scope['pagi.connection']
    const after = lastSeen(scope.headers)

    await send({ type: 'sse.start' })
    await send({ type: 'sse.keepalive', interval: 15 })
    // The client is to come back one second after it lost the connection.
    await send({ type: 'sse.send', event: 'hello', data: `after ${after}`, retry: 1000 })

    // Ends when the client leaves or the server stops: both abort the signal.
    for await (const { id, data } of broadcaster.follow(after, signal)) {
      await send({ type: 'sse.send', id: String(id), data })
    }
  },
})

/** What a returning client has seen already; a new one gets what comes from now on. */
function lastSeen(headers: HeaderList): number {
  const value = headers.find(([name]) => name === 'last-event-id')?.[1]
  if (value === undefined || !/^\d+$/.test(value)) return broadcaster.newest
  const id = Number(value)
  // A number from before the server was restarted: it has seen nothing of this run.
  return id <= broadcaster.newest ? id : 0
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

async function respond(
  send: Send<'http'>,
  status: number,
  body: string,
  headers: HeaderList = [],
): Promise<void> {
  await send({
    type: 'http.response.start',
    status,
    headers: [['content-type', 'text/plain; charset=utf-8'], ...headers],
  })
  await send({ type: 'http.response.body', body })
}
