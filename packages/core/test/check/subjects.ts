import type { Protocols } from '@pagi/spec'
import { lifespanIn } from '../tables/t-lifespan.ts'
import { RESPONDERS } from '../tables/t-http.ts'
import { sessionIn } from '../tables/t-websocket.ts'
import { streamIn } from '../tables/t-sse.ts'

// For every event type: a machine in a state that takes it, and an event it takes.

export interface Machine {
  readonly send: (event: unknown) => unknown
  /** Whatever a rejected event must leave alone. */
  readonly state: () => string
}

export interface Subject {
  readonly type: string
  readonly scope: keyof Protocols
  /** Valid values of the required fields, and of others that the case needs. */
  readonly base: Readonly<Record<string, unknown>>
  readonly machine: () => Machine
}

const http =
  (scope: 'http' | 'websocket' | 'sse', ...before: readonly object[]) =>
  (): Machine => {
    const { send, exchange } = RESPONDERS[scope]()
    for (const event of before) send(event)
    return { send, state: () => exchange.state }
  }

const websocket = (state: Parameters<typeof sessionIn>[0]) => (): Machine => {
  const session = sessionIn(state)
  return { send: (event) => session.send(event), state: () => session.state }
}

const sse = (state: Parameters<typeof streamIn>[0]) => (): Machine => {
  const stream = streamIn(state)
  return { send: (event) => stream.send(event), state: () => stream.state }
}

const lifespan = (state: Parameters<typeof lifespanIn>[0]) => (): Machine => {
  const machine = lifespanIn(state)
  return { send: (event) => machine.send(event), state: () => machine.state }
}

const started = { type: 'http.response.start', status: 400 }
const declared = { type: 'http.response.start', status: 400, trailers: true }
const ended = { type: 'http.response.body' }

const SCOPES = ['http', 'websocket', 'sse'] as const

const responses: readonly Subject[] = SCOPES.flatMap((scope) => [
  { type: 'http.response.start', scope, base: { status: 400 }, machine: http(scope) },
  { type: 'http.response.body', scope, base: {}, machine: http(scope, started) },
  { type: 'http.response.trailers', scope, base: {}, machine: http(scope, declared, ended) },
  { type: 'http.fullflush', scope, base: {}, machine: http(scope, started) },
])

const own: readonly Subject[] = [
  { type: 'websocket.accept', scope: 'websocket', base: {}, machine: websocket('connecting') },
  {
    type: 'websocket.send',
    scope: 'websocket',
    base: { text: 'hello' },
    machine: websocket('accepted'),
  },
  {
    type: 'websocket.keepalive',
    scope: 'websocket',
    base: { interval: 1 },
    machine: websocket('accepted'),
  },
  { type: 'websocket.close', scope: 'websocket', base: {}, machine: websocket('accepted') },
  { type: 'sse.start', scope: 'sse', base: {}, machine: sse('initial') },
  { type: 'sse.send', scope: 'sse', base: { data: 'hello' }, machine: sse('streaming') },
  { type: 'sse.comment', scope: 'sse', base: { comment: 'note' }, machine: sse('streaming') },
  { type: 'sse.keepalive', scope: 'sse', base: { interval: 1 }, machine: sse('streaming') },
  { type: 'sse.close', scope: 'sse', base: {}, machine: sse('streaming') },
  {
    type: 'lifespan.startup.complete',
    scope: 'lifespan',
    base: {},
    machine: lifespan('starting'),
  },
  { type: 'lifespan.startup.failed', scope: 'lifespan', base: {}, machine: lifespan('starting') },
  {
    type: 'lifespan.shutdown.complete',
    scope: 'lifespan',
    base: {},
    machine: lifespan('stopping'),
  },
  { type: 'lifespan.shutdown.failed', scope: 'lifespan', base: {}, machine: lifespan('stopping') },
]

export const SUBJECTS: readonly Subject[] = [...responses, ...own]

/** What a field needs beside itself to be valid: others of its choice away, a source to position in. */
export const withField = (
  subject: Subject,
  field: string,
  value: unknown,
): Readonly<Record<string, unknown>> => {
  const event: Record<string, unknown> = { type: subject.type, ...subject.base }
  if (subject.type === 'websocket.send' && field === 'bytes') delete event['text']
  if (field === 'offset' || field === 'length') event['file'] = '/absolute'
  return { ...event, [field]: value }
}
