/** `pagi.connection`: how a scope stands, and how it ended. */

import type { Unregister } from './common.ts'
import { everyOf } from './every-of.ts'

/** Why a scope ended abnormally: the tokens of T-REASON (CONN-31). */
export type StandardDisconnectReason =
  | 'client_closed'
  | 'client_timeout'
  | 'idle_timeout'
  | 'keepalive_timeout'
  | 'write_timeout'
  | 'write_error'
  | 'read_error'
  | 'protocol_error'
  | 'server_shutdown'
  | 'server_error'
  | 'body_too_large'
  | 'queue_overflow'
  | 'app_abort'
  | 'close_timeout'
  | 'close_incomplete'

/** A standard token, or one that a server adds with the prefix `x-` (CONN-32). */
export type DisconnectReason = StandardDisconnectReason | `x-${string}`

/** Every standard token, in the order of T-REASON. */
export const STANDARD_DISCONNECT_REASONS: readonly StandardDisconnectReason[] =
  everyOf<StandardDisconnectReason>()([
    'client_closed',
    'client_timeout',
    'idle_timeout',
    'keepalive_timeout',
    'write_timeout',
    'write_error',
    'read_error',
    'protocol_error',
    'server_shutdown',
    'server_error',
    'body_too_large',
    'queue_overflow',
    'app_abort',
    'close_timeout',
    'close_incomplete',
  ])

/**
 * How a scope stands and how it ended; one per scope, live, shared by all middleware (CONN-01,
 * MW-04). Reading is synchronous and consumes no event (CONN-04).
 *
 * A scope ends once, either clean (`onComplete`) or abnormally (`onDisconnect`); `onEnd` tells of
 * both (CONN-14, CONN-30). Callbacks never run inside a call of `send` or `receive` (CONN-26), and
 * what one of them throws is logged and harms nobody else (CONN-21, CONN-22).
 */
export interface ConnectionState {
  /** True while the scope is open, false after either end (CONN-05). */
  readonly isConnected: boolean
  /** Why it ended abnormally; undefined while open and after a clean end (CONN-06). */
  readonly disconnectReason: DisconnectReason | undefined
  /** Diagnostic text on `disconnectReason`, not for branching (CONN-07, CONN-44). */
  readonly disconnectDetail: string | undefined
  /** Whether a response start, an accept or an `sse.start` was accepted, or the server answered by itself (CONN-10). */
  readonly responseStarted: boolean
  /** True only after a clean end (CONN-11). */
  readonly responseComplete: boolean
  /** The code of the peer's Close, 1005 when it had none, 1006 when none came before the end; `websocket` only (CONN-20). */
  readonly closeCode: number | undefined
  /** The text of the peer's Close, possibly `''`; `websocket` only (CONN-20). */
  readonly closeReason: string | undefined
  /** Aborted on an abnormal end, with a `DisconnectError` as its reason; never after a clean one. */
  readonly signal: AbortSignal
  /** Resolves with the reason of an abnormal end; pending for ever after a clean one (CONN-18). */
  readonly disconnected: Promise<DisconnectReason>
  /** Resolves at either end, with undefined after a clean one (CONN-17). */
  readonly ended: Promise<DisconnectReason | undefined>
  /**
   * Runs `cb` once on an abnormal end; at once when that has happened, never after a clean end
   * (CONN-12, CONN-15).
   */
  onDisconnect(cb: (reason: DisconnectReason, detail: string | undefined) => void): Unregister
  /**
   * Runs `cb` once on a clean end; at once when that has happened, never after an abnormal end
   * (CONN-13, CONN-15).
   */
  onComplete(cb: () => void): Unregister
  /** Runs `cb` once on either end, with undefined twice when clean; at once when ended (CONN-16). */
  onEnd(cb: (reason: DisconnectReason | undefined, detail: string | undefined) => void): Unregister
  /**
   * Ends the scope now, with `app_abort` and `detail`: the HTTP/1.1 connection is closed, the
   * HTTP/2 stream reset, nothing more is sent (CONN-34, CONN-35, CONN-36). After the end it does
   * nothing (CONN-38).
   */
  abort(detail?: string): void
}
