import type { StandardDisconnectReason } from '@pagi/spec'

/** An ending that the server decides, and the Close frame it sends for it (T-CLOSE 10 to 15). */
export interface ServerClose {
  /** The row of T-CLOSE. */
  readonly row: number
  readonly code: number
  readonly token: StandardDisconnectReason
}

/** What makes a server end a session by itself. */
export type ServerCloseCause = 'protocol' | 'utf8' | 'queue' | 'size' | 'walk-away' | 'shutdown'

/** T-CLOSE 10 to 15: the code each cause is closed with and the token it is reported as. */
export const SERVER_CLOSES: Readonly<Record<ServerCloseCause, ServerClose>> = {
  protocol: { row: 10, code: 1002, token: 'protocol_error' },
  utf8: { row: 11, code: 1007, token: 'protocol_error' },
  queue: { row: 12, code: 1008, token: 'queue_overflow' },
  size: { row: 13, code: 1009, token: 'protocol_error' },
  'walk-away': { row: 14, code: 1011, token: 'server_error' },
  shutdown: { row: 15, code: 1012, token: 'server_shutdown' },
}

/**
 * Whether `websocket.close` may carry this code (WS-27): 1000-1003, 1007-1014 and 3000-4999. The codes
 * 1005, 1006 and 1015 are only ever reported (WS-33).
 */
export const isSendableCloseCode = (code: number): boolean =>
  Number.isInteger(code) &&
  ((code >= 1000 && code <= 1003) ||
    (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999))
