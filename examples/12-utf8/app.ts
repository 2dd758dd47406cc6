// Text beyond ASCII in every place where it occurs: which values are text already, which are bytes,
// and how one becomes the other.
import { dispatch, type Receive, type Send } from '@pagi/server'

export default dispatch({
  async http(scope, receive, send) {
    if (scope.method === 'POST') {
      const text = await readText(receive)
      if (text === undefined) return // the client has left
      if (text === INVALID) await respond(send, 400, 'That is not UTF-8.\n')
      else await respond(send, 200, `${sizes(text)}\n`)
      return
    }
    // `path` is text. `query_string` is as it was sent, and URLSearchParams decodes it.
    const name = new URLSearchParams(scope.query_string).get('name') ?? 'nobody'
    await respond(send, 200, `${scope.path} for ${name}\n`, `${name}.txt`)
  },

  // Text messages are text on both sides; the server has seen to it that they are UTF-8.
  async websocket(_scope, receive, send) {
    await receive() // websocket.connect
    await send({ type: 'websocket.accept' })
    for (;;) {
      const event = await receive()
      if (event.type !== 'websocket.receive') return // websocket.disconnect
      if (event.text === undefined) {
        await send({ type: 'websocket.close', code: 1003, reason: 'text only, s’il vous plaît' })
        return
      }
      await send({ type: 'websocket.send', text: backwards(event.text) })
    }
  },
})

const INVALID = Symbol('not UTF-8')
const graphemes = new Intl.Segmenter()

/** Turned character by character: between the two halves of one, there is nothing to send. */
function backwards(text: string): string {
  return [...graphemes.segment(text)].reduce((turned, { segment }) => segment + turned, '')
}

function sizes(text: string): string {
  const bytes = new TextEncoder().encode(text).byteLength
  return `${bytes} bytes, ${Array.from(text).length} code points, ${[...graphemes.segment(text)].length} characters`
}

/** The body as text; nothing when the client left before its end. */
async function readText(receive: Receive<'http'>): Promise<string | typeof INVALID | undefined> {
  // Pieces end anywhere, also within a character: the decoder keeps what is incomplete.
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  for (;;) {
    const event = await receive()
    if (event.type !== 'http.request') return undefined
    try {
      text += decoder.decode(event.body, { stream: event.more })
    } catch {
      return INVALID
    }
    if (!event.more) return text
  }
}

async function respond(
  send: Send<'http'>,
  status: number,
  text: string,
  filename = 'answer.txt',
): Promise<void> {
  const body = new TextEncoder().encode(text)
  await send({
    type: 'http.response.start',
    status,
    headers: [
      ['content-type', 'text/plain; charset=utf-8'],
      // The length counts bytes, and text.length does not.
      ['content-length', String(body.byteLength)],
      // Header values are bytes. Text gets into them by an encoding that the header has for it.
      ['content-disposition', `inline; filename*=UTF-8''${extValue(filename)}`],
    ],
  })
  await send({ type: 'http.response.body', body })
}

/** RFC 8187: percent-encoding, and four characters more than encodeURIComponent takes. */
function extValue(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
