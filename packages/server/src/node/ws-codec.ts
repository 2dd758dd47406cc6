import { createHash } from 'node:crypto'
import * as ws from 'ws'
import type { WebSocketCodec } from './ws-frames.ts'

// What a WebSocket needs and nothing else does: loaded with the first handshake, as ws and what it
// loads cost a start as much as the rest of the server.

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11' // RFC 6455 1.3

/** ws exports it, and its types do not describe it yet. */
const hasReceiver = (exported: object): exported is Pick<WebSocketCodec, 'Receiver'> =>
  'Receiver' in exported

if (!hasReceiver(ws)) throw new Error('ws must export Receiver, as 8.11 and later do')

export const codec: WebSocketCodec = {
  Receiver: ws.Receiver,
  acceptOf: (key) =>
    createHash('sha1')
      .update(key + MAGIC)
      .digest('base64'),
}
