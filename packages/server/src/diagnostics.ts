import { channel } from 'node:diagnostics_channel'

// Channels of node:diagnostics_channel, which cost a server a look at a boolean while nobody listens.

/**
 * A request, event stream or WebSocket session has begun. The message is its `RequestRecord`, which
 * is completed later; the same object is published at the end.
 */
export const requestStart = channel('pagi.server.request.start')

/** It has ended; the message is its `RequestRecord`, complete. Also for what came to no scope. */
export const requestFinish = channel('pagi.server.request.finish')
