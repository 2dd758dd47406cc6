// One application for HTTP, server-sent events and WebSocket, and one page that shows them at work.
// What they share lives in this process.
import { dispatch, type HttpScope, type Send } from '@pagi/server'
import { chat } from './chat.ts'
import { feed, tell, tick } from './feed.ts'
import { respond } from './respond.ts'

export default dispatch({
  async http(scope, _receive, send) {
    const { method, path } = scope
    const route = ROUTES[path]
    if (route === undefined) await respond(send, 404, `Nothing at ${path}\n`)
    else if (method === 'GET' || method === 'HEAD') await route(scope, send)
    else await respond(send, 405, `Not with ${method}\n`, [['allow', 'GET, HEAD']])
    tell(`${method} ${path}`)
  },

  sse: feed,

  websocket: chat,

  async lifespan(_scope, receive, send) {
    await receive() // lifespan.startup
    const clock = setInterval(tick, 1000)
    await send({ type: 'lifespan.startup.complete' })
    await receive() // lifespan.shutdown
    clearInterval(clock)
    await send({ type: 'lifespan.shutdown.complete' })
  },
})

type Route = (scope: HttpScope, send: Send<'http'>) => Promise<void>

const ROUTES: Readonly<Record<string, Route>> = {
  '/': showPage,
  '/hello': greet,
  '/feed': (_scope, send) =>
    respond(send, 406, 'The feed is for those who accept text/event-stream.\n'),
  '/chat': (_scope, send) =>
    respond(send, 426, 'The chat is for those who speak WebSocket.\n', [['upgrade', 'websocket']]),
}

async function showPage(_scope: HttpScope, send: Send<'http'>): Promise<void> {
  await send({
    type: 'http.response.start',
    status: 200,
    headers: [
      ['content-type', 'text/html; charset=utf-8'],
      ['cache-control', 'no-cache'],
    ],
  })
  await send({ type: 'http.response.body', file: new URL('./index.html', import.meta.url) })
}

async function greet(scope: HttpScope, send: Send<'http'>): Promise<void> {
  const name = new URLSearchParams(scope.query_string).get('name')?.trim()
  await respond(send, 200, `Hello, ${name === undefined || name === '' ? 'world' : name}!\n`)
}
