/** `pagi.transport`: how much output of a scope is waiting. */

import type { Unregister } from './common.ts'

/**
 * The output buffer of one response, session or stream. Awaiting each `send` paces an application
 * without it; where the buffer cannot be measured, the key is absent (FLOW-01, FLOW-02).
 */
export interface TransportState {
  /** Bytes taken from the application and not yet written; 0 when drained (FLOW-03). */
  readonly bufferedAmount: number
  /** Bytes from which on sends wait; undefined without such a threshold (FLOW-04, FLOW-05). */
  readonly highWaterMark: number | undefined
  /** Bytes below which waiting sends go on; undefined without such a threshold (FLOW-04, FLOW-06). */
  readonly lowWaterMark: number | undefined
  /** Runs `cb` each time the amount reaches the high mark, at once when it is there (FLOW-07, FLOW-09). */
  onHighWater(cb: () => void): Unregister
  /** Runs `cb` each time the amount falls below the low mark after a high (FLOW-08, FLOW-09). */
  onDrain(cb: () => void): Unregister
}
