import type { Application, Receive, Send } from '@pagi/server'
import { tell } from './feed.ts'
import { Journal } from './journal.ts'
import { respond } from './respond.ts'

interface Saying {
  readonly from: string
  readonly text: string
}

const sayings = new Journal<Saying>(50)

/** `/chat`: `{"from", "text"}` as JSON, from one to all; `?after=` is the last message seen. */
export const chat: Application<'websocket'> = async (scope, receive, send) => {
  if (scope.path !== '/chat') {
    await respond(send, 404, `No chat at ${scope.path}\n`)
    return
  }
  const after = sayings.resume(new URLSearchParams(scope.query_string).get('after')) ?? 0
  await receive() // websocket.connect
  await send({ type: 'websocket.accept' })
  await send({ type: 'websocket.keepalive', interval: 20, timeout: 10 })
  tell('somebody came into the chat')

  // Reading and writing go on side by side, until there is no more to read.
  const over = new AbortController()
  const [reason] = await Promise.all([
    listen(receive).finally(() => over.abort()),
    repeat(after, send, over.signal),
  ])
  if (reason !== undefined) await send({ type: 'websocket.close', code: 1007, reason })
  tell('somebody left the chat')
}

/** Takes what the client says, until it leaves or says something that makes no sense. */
async function listen(receive: Receive<'websocket'>): Promise<string | undefined> {
  for (;;) {
    const event = await receive()
    if (event.type !== 'websocket.receive') return undefined
    const saying = parse(event.text)
    if (saying === undefined) return 'expected {"from", "text"} as JSON, at most 40 and 500 long'
    sayings.add(saying)
    tell(`${saying.from} said something in the chat`)
  }
}

/** Sends what anybody says, as fast as this client takes it. */
async function repeat(after: number, send: Send<'websocket'>, signal: AbortSignal): Promise<void> {
  for await (const { id, entry } of sayings.follow(after, signal)) {
    await send({ type: 'websocket.send', text: JSON.stringify({ id, ...entry }) })
  }
}

function parse(text: string | undefined): Saying | undefined {
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('from' in value) || !('text' in value))
    return undefined
  const { from, text: said } = value
  if (typeof from !== 'string' || from.length === 0 || from.length > 40) return undefined
  if (typeof said !== 'string' || said.length === 0 || said.length > 500) return undefined
  return { from, text: said }
}
