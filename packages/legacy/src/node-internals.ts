import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { PassedRequest } from './handlers.ts'

// What node:http has beside its documentation and this package leans on: alike in Node 20 to 26, and
// old enough that half of npm would break with it.

export interface OutgoingInternals {
  /** Makes the text of the head of what was set; `writeHead` ends here, whichever way it was called. */
  _storeHeader(firstLine: string, headers: unknown): void
  /** The way of every piece of body, and of the head, to the socket. */
  _send(data: unknown, encoding?: unknown, callback?: unknown, length?: number): boolean
  _writeRaw(data: unknown, encoding?: unknown, callback?: unknown, length?: number): boolean
  _header: string | null
  _headerSent: boolean
  _hasBody: boolean
  /** What `addTrailers` was given, as lines. */
  _trailer: string
  /** 'close' was emitted. */
  _closed: boolean
}

export interface IncomingInternals {
  _addHeaderLines(lines: readonly string[], count: number): void
  /** Somebody has begun to read. */
  readonly _consuming: boolean
  readonly _dumped: boolean
  readonly _readableState: { readonly pipes: readonly unknown[] }
  /** Reads the rest and throws it away. */
  _dump(): void
}

export type Response = ServerResponse & OutgoingInternals
export type Request = PassedRequest & IncomingInternals

/** A request that belongs to this socket. */
export const makeRequest = (socket: Socket): Request => {
  const req = new IncomingMessage(socket)
  if (!isRequest(req)) throw new TypeError(UNKNOWN)
  return req
}

/** The response to it. */
export const makeResponse = (req: IncomingMessage): Response => {
  const res = new ServerResponse(req)
  if (!isResponse(res)) throw new TypeError(UNKNOWN)
  return res
}

const UNKNOWN = 'the node:http of this runtime is not the one of Node.js'

const isRequest = (req: IncomingMessage): req is Request => '_addHeaderLines' in req
const isResponse = (res: ServerResponse): res is Response => '_storeHeader' in res && '_send' in res

/** Tells whoever waits for 'drain', as node:http does when its socket has drained. */
export const drain = (res: ServerResponse): void => {
  if (!res.writableNeedDrain) return
  needDrain ??= Object.getOwnPropertySymbols(res).find((key) => key.description === 'kNeedDrain')
  if (needDrain !== undefined) Reflect.set(res, needDrain, false)
  res.emit('drain')
}

let needDrain: symbol | undefined
