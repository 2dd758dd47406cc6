/** What clients do: each scenario asks for one scope and sees it through. */

import type { Ask, Call } from './stage.ts'

export interface Scenario {
  /** For people: `GET /, by a client that leaves in the middle`. */
  readonly name: string
  readonly ask: Ask
  readonly client: (call: Call) => Promise<void>
}

const HEADERS = [
  ['user-agent', 'pagi-conformance'],
  ['accept', '*/*'],
  ['accept-encoding', 'gzip, deflate, br'],
  ['te', 'trailers'],
] as const

type Kind = Omit<Scenario, 'name' | 'ask'> & {
  readonly title: string
  readonly ask: Partial<Ask>
}

const has =
  (call: Call, ...types: readonly string[]): (() => boolean) =>
  () =>
    call.done.some((type) => types.includes(type))

/** Reads to the end; a response that goes on for ever is given up. */
const readAll = async (call: Call): Promise<void> => {
  await call.until(() => false)
  if (!call.settled) call.lose()
}

const leave = async (call: Call): Promise<void> => {
  call.stall()
  await call.until(has(call, 'data', 'end'))
  call.lose()
}

const upload = async (call: Call): Promise<void> => {
  for (const text of BODY) call.write(text)
  call.endBody()
  await readAll(call)
}

const BODY = ['{"name":', '"pagi"}']
const SSE: Partial<Ask> = {
  type: 'sse',
  headers: HEADERS.map(([name, value]) =>
    name === 'accept' ? [name, 'text/event-stream'] : [name, value],
  ),
}
const WS: Partial<Ask> = { type: 'websocket' }

const begun = (call: Call): Promise<void> => call.until(() => false)

const KINDS: readonly Kind[] = [
  { title: 'GET {path}', ask: {}, client: readAll },
  { title: 'HEAD {path}', ask: { method: 'HEAD' }, client: readAll },
  { title: 'GET {path} over HTTP/1.0', ask: { httpVersion: '1.0' }, client: readAll },
  { title: 'POST {path}', ask: { method: 'POST', body: BODY }, client: upload },
  { title: 'GET {path}, by a client that leaves in the middle', ask: {}, client: leave },
  {
    title: 'POST {path}, by a client that leaves in the middle of the body',
    ask: { method: 'POST', body: BODY },
    client: async (call) => {
      call.write(BODY[0] ?? '')
      await begun(call)
      call.lose()
    },
  },
  {
    title: 'an event stream at {path}, by a client that leaves',
    ask: SSE,
    client: async (call) => {
      await begun(call)
      call.lose()
    },
  },
  {
    title: 'an event stream at {path}, from a server that stops',
    ask: SSE,
    client: async (call) => {
      await begun(call)
      call.stop()
    },
  },
  {
    title: 'a WebSocket at {path} that is closed',
    ask: WS,
    client: async (call) => {
      await begun(call)
      call.message('hello')
      call.message(new Uint8Array([0, 255]))
      await begun(call)
      call.close(1000)
    },
  },
  {
    title: 'a WebSocket at {path} whose client vanishes',
    ask: WS,
    client: async (call) => {
      await begun(call)
      call.message('hello')
      call.lose()
    },
  },
  {
    title: 'a WebSocket at {path} of a server that stops',
    ask: WS,
    client: async (call) => {
      await begun(call)
      call.stop()
    },
  },
]

/** Everything clients do with one path. */
export function scenariosFor(path: string): readonly Scenario[] {
  return KINDS.map(({ title, ask, client }) => ({
    name: title.replace('{path}', path),
    client,
    ask: {
      type: 'http',
      method: 'GET',
      path,
      httpVersion: '1.1',
      headers: HEADERS,
      body: [],
      ...ask,
    },
  }))
}
