/**
 * What SIGINT and SIGTERM ask for. Where `sh` is bash, one Ctrl-C under npm arrives twice, from
 * the terminal and from npm, within a millisecond: signals that close together are one wish.
 *
 * SIGHUP keeps its meaning: a handler would undo `nohup`, which ignores it.
 */

/** The part of `process` that is needed. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
}

export interface StopRequests {
  /** The first signal: stop in good order. */
  stop(signal: NodeJS.Signals): void
  /** A later one: stop at once. */
  force(signal: NodeJS.Signals): void
}

/** Signals no further apart than this many milliseconds are one. */
export const SAME_WISH = 500

// Ctrl-Break on Windows, and no signal elsewhere.
const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGBREAK'] : ['SIGINT', 'SIGTERM']

/** Listens until the function returned is called. `now` is a clock in milliseconds. */
export function watchSignals(
  source: SignalSource,
  now: () => number,
  requests: StopRequests,
): () => void {
  let first: number | undefined
  const listener = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = now()
      requests.stop(signal)
    } else if (now() - first > SAME_WISH) {
      requests.force(signal)
    }
  }
  for (const signal of SIGNALS) source.on(signal, listener)
  return () => {
    for (const signal of SIGNALS) source.off(signal, listener)
  }
}
