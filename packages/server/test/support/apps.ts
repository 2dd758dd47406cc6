import type { Application, HeaderList, HttpSendEvent, Receive } from '../../src/index.ts'
import { dispatch } from '../../src/index.ts'

/** An application that serves http scopes and declines everything else. */
export const http = (handler: Application<'http'>): Application => dispatch({ http: handler })
export const sse = (handler: Application<'sse'>): Application => dispatch({ sse: handler })
export const websocket = (handler: Application<'websocket'>): Application =>
  dispatch({ websocket: handler })

/** Answers with this body and nothing special. */
export const respond = async (
  send: (event: HttpSendEvent) => Promise<void>,
  body: string | Uint8Array = 'ok',
  headers: HeaderList = [],
  status = 200,
): Promise<void> => {
  await send({ type: 'http.response.start', status, headers })
  await send({ type: 'http.response.body', body })
}

/** The whole request body. */
export const readBody = async (receive: Receive<'http'>): Promise<Buffer> => {
  const pieces: Uint8Array[] = []
  for (;;) {
    const event = await receive()
    if (event.type !== 'http.request') throw new Error(`got ${event.type} in the middle of a body`)
    pieces.push(event.body)
    if (!event.more) return Buffer.concat(pieces)
  }
}

/** What a promise was rejected with: its code, or undefined when it resolved. */
export const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
  try {
    await promise
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

/** A promise with its ends in hand. */
export interface Gate<Value> {
  readonly promise: Promise<Value>
  readonly open: (value: Value) => void
}

export const gate = <Value = void>(): Gate<Value> => {
  let open: (value: Value) => void = () => {}
  const promise = new Promise<Value>((resolve) => {
    open = resolve
  })
  return { promise, open }
}

/** One turn of the event loop, so that what is under way in this one is done. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Turns until this is so; the test's timeout is the bound. */
export const eventually = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await nextTurn()
}

/** A number once it has stayed the same for many turns: for what must *not* move any more. */
export const settled = async (read: () => number, turns = 300): Promise<number> => {
  let last = read()
  for (let quiet = 0; quiet < turns; quiet++) {
    await nextTurn()
    const now = read()
    if (now !== last) quiet = 0
    last = now
  }
  return last
}
