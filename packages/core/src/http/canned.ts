import type { Header, HeaderList } from '@pagi/spec'
import { reasonPhrase } from './reason.ts'

// The responses a server makes itself (T-STATUS, HTTP-92): short, plain, and the same on every transport.

export interface CannedResponse {
  readonly status: number
  readonly headers: HeaderList
  readonly body: string
}

/** Headers that a status calls for by itself. */
const EXTRA: Readonly<Record<number, readonly Header[]>> = {
  405: [['allow', 'GET']], // only a WebSocket handshake is refused for its method
  426: [
    ['sec-websocket-version', '13'],
    ['upgrade', 'websocket'],
  ],
  503: [['retry-after', '5']], // HTTP-94
}

/**
 * The response for one status of T-STATUS, without what the transport adds: `date`, the framing and
 * `connection`.
 */
export const canned = (status: number): CannedResponse => ({
  status,
  headers: [['content-type', 'text/plain; charset=utf-8'], ...(EXTRA[status] ?? [])],
  body: `${status} ${reasonPhrase(status)}\n`,
})

let second = -1
let formatted = ''

/**
 * An IMF-fixdate (RFC 9110 5.6.7), worked out once a second.
 * @param milliseconds since the epoch
 */
export const httpDate = (milliseconds: number): string => {
  const now = Math.floor(milliseconds / 1000)
  if (now !== second) {
    second = now
    formatted = new Date(now * 1000).toUTCString()
  }
  return formatted
}
