import type { Clock } from '@pagi/core'

/** The process's own time; its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}
