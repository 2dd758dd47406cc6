// The application that load is put on. It says of itself what it holds: memory after a collection, open
// descriptors, timers, and the scopes that have not ended.
import { readdirSync } from 'node:fs'

const PIECE = new Uint8Array(64 * 1024).fill(120)

let open = 0
/** @type {Record<string, number>} */
let ends = {}
/** @type {Set<(text: string) => Promise<void>>} */
const listeners = new Set()

const descriptors = () => {
  for (const folder of ['/proc/self/fd', '/dev/fd'])
    try {
      return readdirSync(folder).length
    } catch {
      // not this system's
    }
  return 0
}

async function report() {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.()
    await new Promise(setImmediate)
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  /** @type {Record<string, number>} */
  const resources = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  return {
    rss,
    heapUsed,
    external,
    arrayBuffers,
    descriptors: descriptors(),
    resources,
    open,
    ends,
    listeners: listeners.size,
  }
}

async function upload(receive) {
  let bytes = 0
  for (;;) {
    const event = await receive()
    if (event.type !== 'http.request') return undefined
    bytes += event.body.byteLength
    if (!event.more) return String(bytes)
  }
}

async function http(scope, receive, send) {
  const answer = async (body) => {
    await send({
      type: 'http.response.start',
      status: 200,
      headers: [['content-type', 'text/plain']],
    })
    await send({ type: 'http.response.body', ...body })
  }
  const [path, argument] = scope.path.split('=')
  switch (path) {
    case '/rss':
      return answer({ body: String(process.memoryUsage.rss()) })
    case '/report':
      return answer({ body: JSON.stringify(await report()) })
    case '/forget':
      ends = {}
      return answer({ body: 'ok' })
    case '/broadcast':
      await Promise.all([...listeners].map((tell) => tell(argument)))
      return answer({ body: String(listeners.size) })
    case '/upload': {
      const body = await upload(receive)
      return body === undefined ? undefined : answer({ body })
    }
    case '/file':
      return answer({ file: argument })
    case '/pour':
      await send({ type: 'http.response.start', status: 200 })
      while (scope['pagi.connection'].isConnected)
        await send({ type: 'http.response.body', body: PIECE, more: true })
      return undefined
    case '/slow':
      await new Promise((resolve) => setTimeout(resolve, 5))
      return answer({ body: 'slow' })
    default:
      return answer({ body: 'ok' })
  }
}

async function sse(scope, receive, send) {
  const tell = (data) => send({ type: 'sse.send', data })
  await send({ type: 'sse.start' })
  await tell('welcome')
  listeners.add(tell)
  while ((await receive()).type !== 'sse.disconnect');
  listeners.delete(tell)
}

async function websocket(_scope, receive, send) {
  const tell = (text) => send({ type: 'websocket.send', text })
  await receive()
  await send({ type: 'websocket.accept' })
  await tell('welcome')
  listeners.add(tell)
  for (;;) {
    const event = await receive()
    if (event.type === 'websocket.disconnect') break
    await tell(event.text ?? '')
  }
  listeners.delete(tell)
}

const APPS = { http, sse, websocket }

export default async (scope, receive, send) => {
  const app = APPS[scope.type]
  if (app === undefined) throw new Error(`${scope.type} is not served`)
  open += 1
  scope['pagi.connection'].onEnd((reason = 'complete') => {
    ends[reason] = (ends[reason] ?? 0) + 1
  })
  try {
    await app(scope, receive, send)
  } finally {
    open -= 1
  }
}
