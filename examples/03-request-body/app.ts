// Reads a request body to its end and says what was in it.
import {
  UnsupportedScopeError,
  type Application,
  type HeaderList,
  type Receive,
  type Send,
} from '@pagi/server'

const app: Application = async (scope, receive, send) => {
  if (scope.type !== 'http') throw new UnsupportedScopeError(scope)
  if (scope.method !== 'POST') {
    await respond(send, 405, 'Send me something with POST.\n', [['allow', 'POST']])
    return
  }

  const body = await readBody(receive)
  if (body === undefined) return // the client has left: nobody to answer

  const text = new TextDecoder().decode(body)
  await respond(send, 200, `${body.byteLength} bytes: ${text}\n`)
}

/** The whole body, or nothing when the client left before its end. */
async function readBody(receive: Receive): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const event = await receive()
    if (event.type !== 'http.request') return undefined
    chunks.push(event.body)
    if (!event.more) break
  }
  const body = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.byteLength, 0))
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.byteLength
  }
  return body
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

export default app
