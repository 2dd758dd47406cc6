import type { Clock, Timer } from '@pagi/core'

const setTimer = (callback: () => void, milliseconds: number, keepsAlive: boolean): Timer => {
  const timer = setTimeout(callback, milliseconds)
  if (!keepsAlive) timer.unref()
  return { cancel: () => clearTimeout(timer) }
}

/** The process's own time; its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer: (callback, milliseconds) => setTimer(callback, milliseconds, false),
}

/**
 * For the bounded waits of lifespan: while an application that hangs is all there is, an idle event
 * loop would end the process before the timeout could say so.
 */
export const attentiveClock: Clock = {
  ...systemClock,
  setTimer: (callback, milliseconds) => setTimer(callback, milliseconds, true),
}
