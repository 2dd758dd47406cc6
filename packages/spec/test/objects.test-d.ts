/** Live objects, tables and errors. Checked by `tsc`, never run. */

import { isPagiError, PAGI_VERSION, SEND_FIELDS, STANDARD_DISCONNECT_REASONS } from '@pagi/spec'
import type {
  BodySource,
  ConnectionState,
  DisconnectReason,
  FieldRule,
  FieldRules,
  FieldTable,
  FileHandleLike,
  HttpResponseStartEvent,
  PagiError,
  SseKeepaliveEvent,
  StandardDisconnectReason,
  StandardReceiveEvent,
  StandardSendEvent,
  TlsExtension,
  TransportState,
  Unregister,
} from '@pagi/spec'

export async function connection(state: ConnectionState): Promise<void> {
  const stop: Unregister = state.onDisconnect((reason, detail) => {
    const both: [DisconnectReason, string | undefined] = [reason, detail]
    void both
  })
  stop()
  state.onComplete(() => undefined)
  state.onEnd((reason) => {
    // @ts-expect-error undefined after a clean end
    reason.startsWith('x-')
  })
  state.abort()
  state.abort('why')
  // @ts-expect-error the application only reads
  state.isConnected = false
  const reason: DisconnectReason = await state.disconnected
  const ended: DisconnectReason | undefined = await state.ended
  await fetch('https://example.com/', { signal: state.signal })
  void [reason, ended]
}

export function transport(state: TransportState): number {
  const stop: Unregister = state.onDrain(() => undefined)
  state.onHighWater(stop)
  // @ts-expect-error there may be no threshold
  return state.bufferedAmount - state.highWaterMark
}

export const own: DisconnectReason = 'x-quota'
// @ts-expect-error additions begin with x-
export const bad: DisconnectReason = 'quota'
export const standard: StandardDisconnectReason | undefined = STANDARD_DISCONNECT_REASONS[0]

export const tls: TlsExtension = {
  server_cert: null,
  client_cert_chain: [],
  client_cert_name: null,
  client_cert_error: null,
  tls_version: 0x0304,
  cipher_suite: null,
}

export const handle: FileHandleLike = {
  fd: 3,
  read: (buf, offset, length, position) =>
    Promise.resolve({ bytesRead: buf.length + offset + length + (position ?? 0) }),
}
export const source: BodySource = handle

export function errors(error: unknown): string {
  if (!isPagiError(error)) return ''
  const pagi: PagiError = error
  // @ts-expect-error codes do not change
  pagi.code = ''
  return pagi.code
}

export const version: '0.5' = PAGI_VERSION

// The table can be walked without knowing the events.
export const walked: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = SEND_FIELDS

export const rules: FieldRules<SseKeepaliveEvent> = {
  interval: { kind: 'number', required: true, min: 0, unit: 'seconds', rule: 'SSE-16' },
  comment: { kind: 'text', required: false, default: '', rule: 'SSE-16' },
}
export const missing = {
  interval: { kind: 'number', required: true, min: 0, unit: 'seconds', rule: 'SSE-16' },
  // @ts-expect-error a field is missing
} satisfies FieldRules<SseKeepaliveEvent>
export const extra = {
  interval: { kind: 'number', required: true, min: 0, unit: 'seconds', rule: 'SSE-16' },
  comment: { kind: 'text', required: false, rule: 'SSE-16' },
  // @ts-expect-error a field too many
  text: { kind: 'text', required: false, rule: 'SSE-16' },
} satisfies FieldRules<SseKeepaliveEvent>
export const kind = {
  // @ts-expect-error the wrong kind
  status: { kind: 'text', required: true, rule: 'HTTP-34' },
  headers: { kind: 'headers', required: false, rule: 'HTTP-36' },
  // @ts-expect-error an optional field that is said to be required
  trailers: { kind: 'flag', required: true, rule: 'HTTP-35' },
} satisfies FieldRules<HttpResponseStartEvent>
export const nothing = {
  // @ts-expect-error an event without fields
  message: { kind: 'text', required: false, rule: 'LIFE-01' },
} satisfies FieldRules<{ type: 'lifespan.startup' }>
// @ts-expect-error an event is missing
export const event = {} satisfies FieldTable<StandardSendEvent>
// @ts-expect-error an event is missing
export const received = { 'http.disconnect': {} } satisfies FieldTable<StandardReceiveEvent>
