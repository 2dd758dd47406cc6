/** The applications a middleware is put around: each does what some rule of MW is about. */

import { fileURLToPath } from 'node:url'
import type { Application, Receive, Scope, Send } from '@pagi/spec'
import type { Core } from './core.ts'

export interface Inner {
  readonly name: string
  /** The scopes it is for. */
  readonly types: readonly Scope['type'][]
  readonly app: Application
}

const TEXT = 'All work and no play makes a middleware dull. '.repeat(100)
const OWN_FILE = fileURLToPath(import.meta.url)

type Handlers = Parameters<Core['dispatch']>[0]
type HttpHandler = (send: Send<'http'>, receive: Receive<'http'>) => Promise<void>

const failure = (): Error => new Error('the application inside has failed, as it was meant to')

const HTML = [
  ['content-type', 'text/html; charset=utf-8'],
  ['x-inner', '1'],
] as const

const HTTP: Readonly<Record<string, HttpHandler>> = {
  'a whole response': async (send) => {
    await send({ type: 'http.response.start', status: 200, headers: HTML })
    await send({ type: 'http.response.body', body: TEXT })
  },
  'a response in pieces': async (send) => {
    await send({ type: 'http.response.start', status: 200, headers: HTML })
    for (let piece = 0; piece < 3; piece += 1) {
      await send({ type: 'http.response.body', body: TEXT, more: true })
    }
    await send({ type: 'http.response.body' })
  },
  'an incomplete response': async (send) => {
    await send({ type: 'http.response.start', status: 200, headers: HTML })
    await send({ type: 'http.response.body', body: TEXT, more: true })
  },
  'a start and nothing more': async (send) => {
    await send({ type: 'http.response.start', status: 200, headers: HTML })
  },
  'a failure before the start': async () => {
    throw failure()
  },
  'a failure in the middle': async (send) => {
    await send({ type: 'http.response.start', status: 200, headers: HTML })
    await send({ type: 'http.response.body', body: TEXT, more: true })
    throw failure()
  },
  'a file': async (send) => {
    await send({ type: 'http.response.start', status: 200, headers: HTML })
    await send({ type: 'http.response.body', file: OWN_FILE })
  },
  'a part of a file': async (send) => {
    await send({ type: 'http.response.start', status: 200, headers: HTML })
    await send({ type: 'http.response.body', file: OWN_FILE, offset: 10, length: 20 })
  },
  trailers: async (send) => {
    const headers = [...HTML, ['trailer', 'x-checked'] as const]
    await send({ type: 'http.response.start', status: 200, headers, trailers: true })
    await send({ type: 'http.response.body', body: TEXT })
    await send({ type: 'http.response.trailers', headers: [['x-checked', 'yes']] })
  },
  'a partial response': async (send) => {
    const headers = [...HTML, ['content-range', `bytes 0-99/${TEXT.length}`] as const]
    await send({ type: 'http.response.start', status: 206, headers })
    await send({ type: 'http.response.body', body: TEXT.slice(0, 100) })
  },
  'an echo of the body': async (send, receive) => {
    const pieces: Uint8Array[] = []
    for (;;) {
      const event = await receive()
      if (event.type !== 'http.request') return
      pieces.push(event.body)
      if (!event.more) break
    }
    await send({ type: 'http.response.start', status: 200, headers: HTML })
    for (const body of pieces) await send({ type: 'http.response.body', body, more: true })
    await send({ type: 'http.response.body' })
  },
}

/** Refuses a stream or a socket, with a body in pieces; `whole` or not (MW-19). */
const refusing =
  (whole: boolean) =>
  async (send: Send<'http'>): Promise<void> => {
    await send({ type: 'http.response.start', status: 403, headers: HTML })
    await send({ type: 'http.response.body', body: TEXT, more: true })
    if (whole) await send({ type: 'http.response.body', body: 'No.' })
  }

const STREAM: Handlers = {
  async sse(_scope, receive, send) {
    await send({ type: 'sse.start', headers: [['x-inner', '1']] })
    await send({ type: 'sse.send', data: 'one', id: '1' })
    await send({ type: 'sse.send', event: 'more', data: 'two', id: '2' })
    while ((await receive()).type !== 'sse.disconnect');
  },
}

const CONVERSATION: Handlers = {
  async websocket(_scope, receive, send) {
    await receive()
    await send({ type: 'websocket.accept' })
    for (;;) {
      const event = await receive()
      if (event.type !== 'websocket.receive') return
      if (event.text === undefined) await send({ type: 'websocket.send', bytes: event.bytes })
      else await send({ type: 'websocket.send', text: event.text })
    }
  },
}

const refusal = (whole: boolean): Handlers => ({
  sse: (_scope, _receive, send) => refusing(whole)(send),
  websocket: (_scope, _receive, send) => refusing(whole)(send),
})

/** All of them. */
export function innerApps({ dispatch }: Core): readonly Inner[] {
  const inner = (name: string, types: Inner['types'], handlers: Handlers): Inner => ({
    name,
    types,
    app: dispatch({ lifespan, ...handlers }),
  })
  return [
    ...Object.entries(HTTP).map(([name, handler]) =>
      inner(name, ['http'], { http: (_scope, receive, send) => handler(send, receive) }),
    ),
    inner('an event stream', ['sse'], STREAM),
    inner('a conversation', ['websocket'], CONVERSATION),
    inner('a refusal', ['sse', 'websocket'], refusal(true)),
    inner('an incomplete refusal', ['sse', 'websocket'], refusal(false)),
  ]
}

/** Takes part, so that a middleware may. */
const lifespan: NonNullable<Handlers['lifespan']> = async (_scope, receive, send) => {
  await receive()
  await send({ type: 'lifespan.startup.complete' })
  await receive()
  await send({ type: 'lifespan.shutdown.complete' })
}
