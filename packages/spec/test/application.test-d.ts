/** Applications: what must compile, and what must not. Checked by `tsc`, never run. */

import { dispatch, UnsupportedScopeError } from '@pagi/spec'
import type {
  Application,
  ApplicationProvider,
  HeaderList,
  HttpResponseBodyEvent,
  HttpResponseStartEvent,
  HttpScope,
  LifespanScope,
  Middleware,
  Protocols,
  Receive,
  ReceiveEvent,
  Scope,
  Send,
  SendEvent,
  SseScope,
  WebSocketScope,
  WwwScope,
} from '@pagi/spec'

type Equal<A, B> = [A, B] extends [B, A] ? true : false
/** Compiles only for `true`. */
export type Holds<T extends true> = T

export const hello: Application = async (scope, receive, send) => {
  if (scope.type !== 'http') throw new Error(`Unsupported scope type: ${scope.type}`)
  await send({
    type: 'http.response.start',
    status: 200,
    headers: [['content-type', 'text/plain']],
  })
  await send({ type: 'http.response.body', body: 'Hello from PAGI!' })
}

export const narrowing: Application = async (scope, receive, send) => {
  // @ts-expect-error a websocket has no method
  void scope.method
  switch (scope.type) {
    case 'http': {
      const http: HttpScope = scope
      const { method, path, raw_path, client, server }: HttpScope = http
      // @ts-expect-error raw_path may be absent
      void raw_path.length
      const port: number | undefined = client?.[1]
      const listening: number | null | undefined = server?.[1]
      void [method, path, port, listening]
      // @ts-expect-error header lists are not for writing
      scope.headers.push(['a', 'b'])
      return
    }
    case 'websocket': {
      const websocket: WebSocketScope = scope
      const event = await receive()
      if (event.type === 'websocket.receive') {
        if (event.text === undefined) {
          const bytes: Uint8Array = event.bytes
          void bytes
        } else {
          const text: string = event.text
          void text
        }
      }
      if (event.type === 'websocket.disconnect') {
        const { code, reason }: { code: number; reason: string } = event
        void [code, reason]
      }
      await send({ type: 'websocket.accept', subprotocol: websocket.subprotocols[0] ?? '' })
      return
    }
    case 'sse': {
      const sse: SseScope = scope
      sse['pagi.connection'].signal.throwIfAborted()
      return
    }
    case 'lifespan': {
      const lifespan: LifespanScope = scope
      const worker: number | undefined = lifespan.pagi.worker_num
      void worker
      return
    }
    default: {
      const none: never = scope
      throw new UnsupportedScopeError(none)
    }
  }
}

// Headers that are built piece by piece.
const headers: [string, string][] = [['content-type', 'text/plain']]
headers.push(['x-id', '1'])
const readonlyHeaders: HeaderList = headers
const extended: HeaderList = [...readonlyHeaders, ['vary', 'accept']]
const constant = [['content-type', 'text/plain']] as const
const mapped: HeaderList = Object.entries({ a: 'b' })
const inferred = [['content-type', 'text/plain']]

export const one: Application<'http'> = async (scope, receive, send) => {
  const method: string = scope.method
  void method
  const start: HttpResponseStartEvent = { type: 'http.response.start', status: 200 }
  start.headers = extended
  await send(start)
  await send({ type: 'http.response.start', status: 200, headers, trailers: 1 })
  await send({ type: 'http.response.start', status: 200, headers: readonlyHeaders })
  await send({ type: 'http.response.start', status: 200, headers: constant })
  await send({ type: 'http.response.start', status: 200, headers: mapped })
  // @ts-expect-error an array of arrays of any length is no header list
  await send({ type: 'http.response.start', status: 200, headers: inferred })
  // @ts-expect-error nor are the headers of fetch
  await send({ type: 'http.response.start', status: 200, headers: new Headers() })
  // @ts-expect-error nor is an object
  await send({ type: 'http.response.start', status: 200, headers: { 'x-id': '1' } })
  // @ts-expect-error status is required
  await send({ type: 'http.response.start' })
  // @ts-expect-error and a number
  await send({ type: 'http.response.start', status: '200' })

  await send({ type: 'http.response.body' })
  await send({ type: 'http.response.body', body: new Uint8Array(1), more: true })
  await send({ type: 'http.response.body', body: new ArrayBuffer(1), more: 0 })
  await send({ type: 'http.response.body', file: '/srv/a', offset: 1, length: 2 })
  await send({ type: 'http.response.body', file: new URL('file:///srv/a') })
  await send({ type: 'http.response.body', fh: 3 })
  await send({ type: 'http.response.body', fh: new ReadableStream<Uint8Array>() })
  await send({ type: 'http.response.body', fh: bytes() })
  // @ts-expect-error body and file exclude each other
  await send({ type: 'http.response.body', body: '', file: '/srv/a' })
  const both = { type: 'http.response.body', body: '', file: '/srv/a' } as const
  // @ts-expect-error not only where they are written out
  await send(both)
  // @ts-expect-error file and fh exclude each other
  await send({ type: 'http.response.body', file: '/srv/a', fh: 3 })
  // @ts-expect-error body and fh exclude each other
  await send({ type: 'http.response.body', body: '', fh: 3 })
  // @ts-expect-error a flag has two values
  await send({ type: 'http.response.body', more: 2 })
  // @ts-expect-error a body is bytes or text
  await send({ type: 'http.response.body', body: { json: true } })
  // @ts-expect-error a source yields bytes
  await send({ type: 'http.response.body', fh: texts() })
  const body: HttpResponseBodyEvent = { type: 'http.response.body', body: 'x' }
  await send(body)

  await send({ type: 'http.response.trailers', headers: [['x-sum', '1']] })
  await send({ type: 'http.fullflush' })
  // @ts-expect-error of another protocol
  await send({ type: 'sse.start' })
  // @ts-expect-error unknown
  await send({ type: 'http.response.stop' })

  const event = await receive()
  if (event.type === 'http.request') {
    const { body: piece, more }: { body: Uint8Array; more: boolean } = event
    void [piece, more]
  }
  // @ts-expect-error of another protocol
  void (event.type === 'sse.request')
}

export const two: Application<'websocket'> = async (scope, receive, send) => {
  const event = await receive({ signal: scope['pagi.connection'].signal })
  void (event.type === 'http.disconnect')
  await send({ type: 'websocket.send', text: '' })
  await send({ type: 'websocket.send', bytes: new Uint8Array(), text: null })
  // @ts-expect-error text and bytes exclude each other
  await send({ type: 'websocket.send', text: '', bytes: new Uint8Array() })
  // @ts-expect-error one of them is needed
  await send({ type: 'websocket.send' })
  await send({ type: 'websocket.keepalive', interval: 30, timeout: 10 })
  // @ts-expect-error interval is required
  await send({ type: 'websocket.keepalive' })
  await send({ type: 'websocket.close', code: 1000, reason: 'bye' })
  await send({ type: 'http.response.start', status: 403 })
  // @ts-expect-error removed from the protocol (REF-14)
  await send({ type: 'websocket.http.response.start', status: 403 })
}

export const three: Application<'sse'> = async (scope, receive, send) => {
  await send({ type: 'sse.start' })
  await send({ type: 'sse.send', data: '1', event: 'tick', id: '1', retry: 1000 })
  // @ts-expect-error data is text
  await send({ type: 'sse.send', data: { n: 1 } })
  // @ts-expect-error of another protocol
  await send({ type: 'websocket.accept' })
  // @ts-expect-error comment is required
  await send({ type: 'sse.comment' })
  await send({ type: 'sse.keepalive', interval: 15 })
  await send({ type: 'sse.close' })
  const event = await receive()
  if (event.type === 'sse.disconnect' && event.reason !== undefined) {
    const own: boolean = event.reason.startsWith('x-')
    const known: boolean = event.reason === 'client_closed'
    // @ts-expect-error no such token
    void (event.reason === 'client_gone')
    void [own, known]
  }
}

export const four: Application<'lifespan'> = async (scope, receive, send) => {
  if (scope.state !== undefined) scope.state['pool'] = new Map<string, string>()
  const event = await receive()
  if (event.type === 'lifespan.startup') await send({ type: 'lifespan.startup.complete' })
  else await send({ type: 'lifespan.shutdown.failed', message: 'no' })
}

export const joined: Application = dispatch({
  http: one,
  websocket: two,
  sse: three,
  lifespan: four,
})
// An application of all protocols serves one, middleware around it included.
const pass: Middleware = (app) => (scope, receive, send) =>
  app({ ...scope }, (options) => receive(options), send)
export const mixed: Application = dispatch({
  http: pass(hello),
  async sse(scope, receive, send) {
    const method: string = scope.method
    void method
    await send({ type: 'sse.start' })
    // @ts-expect-error the events of the protocol, no others
    await send({ type: 'websocket.accept' })
  },
})
// @ts-expect-error a handler of another protocol
export const wrong: Application = dispatch({ http: three })
// @ts-expect-error no such protocol
export const unknown: Application = dispatch({ ftp: hello })
// @ts-expect-error one protocol is not all of them
export const narrow: Application = one

// What answers with an ordinary response works on every scope that allows one (REF-01).
export const answer = (send: Send<'http'>): Promise<void> =>
  send({ type: 'http.response.start', status: 404 })
export const refusing: Application<'websocket'> = (_scope, _receive, send) => answer(send)
export const declining: Application<'sse'> = (_scope, _receive, send) => answer(send)
// @ts-expect-error lifespan allows none
export const silent: Application<'lifespan'> = (_scope, _receive, send) => answer(send)

export const provider: ApplicationProvider = { toApp: () => joined }
// @ts-expect-error toApp is synchronous (RUN-03)
export const late: ApplicationProvider = { toApp: async () => joined }
// @ts-expect-error an application returns a promise
export const sync: Application = () => undefined

export type Narrow = [
  Holds<Equal<Protocols['http'][0], HttpScope>>,
  Holds<Equal<Parameters<Application>[0], Scope>>,
  Holds<Equal<Parameters<Application<'sse'>>[1], Receive<'sse'>>>,
  Holds<Equal<Parameters<Application<'sse'>>[2], Send<'sse'>>>,
  Holds<Equal<ReceiveEvent<'lifespan'>['type'], 'lifespan.startup' | 'lifespan.shutdown'>>,
  Holds<HttpScope | SseScope | WebSocketScope extends WwwScope ? true : false>,
  Holds<'http.fullflush' extends SendEvent<'http'>['type'] ? true : false>,
]

declare function bytes(): AsyncGenerator<Uint8Array>
declare function texts(): AsyncGenerator<string>
