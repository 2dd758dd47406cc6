import { isSendableCloseCode } from '@pagi/core'
import type { WebSocketFault } from '@pagi/core'
import { MisuseError } from './errors.ts'

// The ends of a WebSocket, and what a client has to do with them.

/** How a session ended, as a browser would tell it. */
export interface SessionEnd {
  /** The code of the server's Close frame, 1005 when it had none, 1006 when none came. */
  readonly code: number
  readonly reason: string
  /** The server's Close frame came, and the connection ended after it. */
  readonly clean: boolean
}

/** What a client does by itself. */
export interface SessionHabits {
  /** Answer pings. Default: true. */
  readonly answerPings?: boolean | undefined
  /** Answer the server's Close frame. Default: true. */
  readonly answerClose?: boolean | undefined
}

const encoder = new TextEncoder()

/** What a fault is called in the diagnostics. */
export const FAULTS: Readonly<Record<WebSocketFault, string>> = {
  protocol: 'a malformed frame',
  utf8: 'text that is not UTF-8',
  size: 'a frame over the limit',
}

/** A code that no client sends is a fault: `fault('protocol')`. */
export const checkClose = (code: number | undefined, reason: string): void => {
  if (code !== undefined && !isSendableCloseCode(code))
    throw new MisuseError(`no Close frame can have the code ${code}`)
  if (code === undefined && reason !== '')
    throw new MisuseError('a Close frame without a code has no reason')
  if (encoder.encode(reason).byteLength > 123)
    throw new MisuseError('the reason of a Close frame has at most 123 bytes') // RFC 6455 5.5
}
