import { createHash } from 'node:crypto'
import * as ws from 'ws'
import type { WebSocketCodec } from './ws-frames.ts'

// What a WebSocket needs and nothing else does: loaded with the first handshake, as ws and what it
// loads cost a start as much as the rest of the server.

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11' // RFC 6455 1.3

/** ws exports both, and its types do not describe them yet. */
const hasFrames = (exported: object): exported is Pick<WebSocketCodec, 'Receiver' | 'Sender'> =>
  'Receiver' in exported && 'Sender' in exported

if (!hasFrames(ws)) throw new Error('ws must export Receiver and Sender, as 8.11 and later do')

export const codec: WebSocketCodec = {
  Receiver: ws.Receiver,
  Sender: ws.Sender,
  acceptOf: (key) =>
    createHash('sha1')
      .update(key + MAGIC)
      .digest('base64'),
}
