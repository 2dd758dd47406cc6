// A strict program against the published types, by somebody who installed @pagi/server alone. It is
// compiled and not run.
import {
  UnsupportedScopeError,
  createServer,
  dispatch,
  isPagiError,
  serve,
  type Application,
  type HttpScope,
  type LifespanScope,
  type Middleware,
  type Receive,
  type Scope,
  type Send,
  type Server,
  type SseScope,
  type WebSocketScope,
} from '@pagi/server'

declare module '@pagi/server' {
  interface ScopeKeys {
    'example.user'?: string
  }
}

async function http(scope: HttpScope, receive: Receive<'http'>, send: Send<'http'>): Promise<void> {
  const connection = scope['pagi.connection']
  let size = 0
  for (let more = true; more;) {
    const event = await receive({ signal: connection.signal })
    if (event.type === 'http.disconnect') return
    size += event.body.byteLength
    more = event.more
  }
  await send({
    type: 'http.response.start',
    status: 200,
    headers: [['content-type', 'text/plain']],
    trailers: true,
  })
  await send({ type: 'http.response.body', body: new Uint8Array(size), more: true })
  await send({ type: 'http.response.body', file: '/tmp/a', offset: 1, length: 2 })
  await send({ type: 'http.response.trailers', headers: [['x-size', String(size)]] })
  const ended: boolean = connection.responseComplete && !connection.isConnected
  if (!ended) connection.abort('not delivered')
}

async function sse(scope: SseScope, receive: Receive<'sse'>, send: Send<'sse'>): Promise<void> {
  const request = await receive()
  await send({ type: 'sse.start', status: 200 })
  await send({ type: 'sse.keepalive', interval: 15, comment: 'still here' })
  await send({ type: 'sse.send', data: request.type, event: 'tick', id: '1', retry: 1000 })
  const off = scope['pagi.connection'].onDisconnect((reason, detail) => {
    const text: string = `${reason} ${detail ?? ''}`
    void text
  })
  off()
  await send({ type: 'sse.close', reason: 'done' })
}

async function websocket(
  scope: WebSocketScope,
  receive: Receive<'websocket'>,
  send: Send<'websocket'>,
): Promise<void> {
  const [subprotocol] = scope.subprotocols
  await send({ type: 'websocket.accept', ...(subprotocol === undefined ? {} : { subprotocol }) })
  const event = await receive()
  if (event.type === 'websocket.receive') {
    if (event.text !== undefined) await send({ type: 'websocket.send', text: event.text })
    else await send({ type: 'websocket.send', bytes: event.bytes })
  }
  if (event.type === 'websocket.disconnect') {
    const code: number = event.code
    void code
  }
  await send({ type: 'websocket.close', code: 1000, reason: 'bye' })
}

async function lifespan(
  scope: LifespanScope,
  receive: Receive<'lifespan'>,
  send: Send<'lifespan'>,
): Promise<void> {
  const event = await receive()
  if (scope.state !== undefined) scope.state['started'] = true
  if (event.type === 'lifespan.startup') await send({ type: 'lifespan.startup.complete' })
  else await send({ type: 'lifespan.shutdown.complete' })
}

function nameOf(scope: Scope): string {
  switch (scope.type) {
    case 'http':
    case 'sse':
      return `${scope.method} ${scope.path}`
    case 'websocket':
      return scope.subprotocols.join(' ')
    case 'lifespan':
      return String(scope.pagi.worker_num ?? 0)
  }
}

const named: Middleware = (inner) => async (scope, receive, send) => {
  await inner({ ...scope, 'example.user': nameOf(scope) }, receive, send)
}

const whole: Application = async (scope) => {
  throw new UnsupportedScopeError(scope)
}

export async function run(): Promise<Server> {
  const app = named(dispatch({ http, sse, websocket, lifespan }))
  const server = createServer(app, { port: 0 })
  try {
    await server.listen()
  } catch (error) {
    if (isPagiError(error, 'ERR_PAGI_STARTUP_FAILED')) return serve(whole)
    throw error
  } finally {
    await server.close()
  }
  return serve(whole)
}

export const wrong: Application<'http'> = async (_scope, _receive, send) => {
  // @ts-expect-error: a status is a number
  await send({ type: 'http.response.start', status: '200' })
}
