/** What `--watch` and the process it has started say to each other. */

/** Told by the process that serves, or is about to. */
export type FromServing = 'loaded' | 'serving'

/** Told to it: serve, now that nobody else does; stop; end what is still open. */
export type ToServing = 'serve' | 'stop' | 'hurry'

/** The variable that says to a process that it has somebody to talk to. */
export const WATCHED = 'PAGI_WATCHED'
