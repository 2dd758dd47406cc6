import type { HttpScope, SseScope, WebSocketScope } from '@pagi/spec'
import { makeRequest } from './node-internals.ts'
import type { Request } from './node-internals.ts'
import type { ExchangeSocket } from './socket.ts'
import { targetOf } from './target.ts'

/** The scopes that begin with a request of HTTP. */
export type RequestScope = HttpScope | SseScope | WebSocketScope

/** The request of a scope, as node:http would have made it; its body is yet to come. */
export const requestOf = (scope: RequestScope, socket: ExchangeSocket): Request => {
  const req = makeRequest(socket)
  const [major = '1', minor = '0'] = scope.http_version.split('.')
  req.httpVersionMajor = Number(major)
  req.httpVersionMinor = Number(minor)
  req.httpVersion = `${major}.${minor}`
  req.method = scope.type === 'websocket' ? 'GET' : scope.method
  const lines: string[] = []
  for (const [name, value] of scope.headers) lines.push(name, value)
  req._addHeaderLines(lines, lines.length)
  const { url, baseUrl, originalUrl } = targetOf(scope)
  req.url = url
  // Where Connect and Express look for the rest of the path, when they find themselves mounted.
  if (baseUrl !== '') Object.assign(req, { baseUrl, originalUrl })
  return req
}

/** By its head: HTTP/1 says so, in HTTP/2 the end of the request alone does. */
export const hasBody = ({ type, http_version: version, headers }: RequestScope): boolean =>
  type !== 'websocket' &&
  (version === '2' ||
    headers.some(
      ([name, value]) =>
        name === 'transfer-encoding' || (name === 'content-length' && Number(value) !== 0),
    ))

/** Somebody takes the body, or will when it has room: a flow that nobody listens to is thrown away. */
export const isReading = (req: Request): boolean => {
  if (req.destroyed) return false
  if (req.listenerCount('readable') > 0) return true
  if (req.listenerCount('data') === 0) return false
  return req.readableFlowing === true || req._readableState.pipes.length > 0
}
