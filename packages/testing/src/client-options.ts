import { MisuseError } from './errors.ts'
import type { HandshakeOptions } from './handshake.ts'
import type { RequestOptions } from './request-head.ts'
import type { SessionHabits } from './session-end.ts'

// What may be said of a request, a stream and a WebSocket.

/** How a client behaves from the start. */
export interface OpenOptions extends RequestOptions {
  /** It does not read until it is told to `drain` or `resume`; only the head is seen. */
  readonly stalled?: boolean | undefined
}

/** How an event stream is asked for. */
export interface EventStreamOptions extends OpenOptions {
  /** The id of the last event an EventSource has seen before it lost its connection. */
  readonly lastEventId?: string | undefined
}

/** How a WebSocket is opened. */
export interface WebSocketOptions
  extends HandshakeOptions, SessionHabits, Pick<OpenOptions, 'stalled'> {}

export const REQUEST: readonly string[] = [
  'method',
  'headers',
  'query',
  'httpVersion',
  'body',
  'json',
  'stream',
]
export const OPEN: readonly string[] = [...REQUEST, 'stalled']
export const HANDSHAKE: readonly string[] = ['headers', 'query']

/** A name that is misspelt would be an option that is silently missing. */
export const checkNames = (options: object, names: readonly string[]): void => {
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new MisuseError(`${unknown} is no option here: there are ${names.join(', ')}`)
}
