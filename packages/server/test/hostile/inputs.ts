import { chunks } from './inputs/chunks.ts'
import { fields } from './inputs/fields.ts'
import { contentLength, transferEncoding } from './inputs/framing.ts'
import { host } from './inputs/host.ts'
import { otherProtocols } from './inputs/other-protocols.ts'
import { requestLine } from './inputs/request-line.ts'
import { target } from './inputs/target.ts'
import { websocket } from './inputs/websocket.ts'
import type { Family } from './row.ts'

/** The table: what malformed and hostile clients send, and what has to come of it. */
export const FAMILIES: readonly Family[] = [
  requestLine,
  target,
  host,
  fields,
  contentLength,
  transferEncoding,
  chunks,
  websocket,
  otherProtocols,
]
