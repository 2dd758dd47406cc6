/** Which events belong to which scope. */

import type { Protocols } from './common.ts'
import { deepFreeze } from './deep-freeze.ts'
import { everyOf } from './every-of.ts'
import type { Extensions, HttpFullflushEvent } from './extensions.ts'

type SentOn<T extends keyof Protocols> = Protocols[T][2]['type']
type ReceivedOn<T extends keyof Protocols> = Protocols[T][1]['type']

/** The types of the events that may be sent, by scope type; see also `EXTENSION_EVENTS`. Frozen. */
export const SCOPE_SEND_EVENTS: { readonly [T in keyof Protocols]: readonly SentOn<T>[] } =
  deepFreeze({
    http: everyOf<SentOn<'http'>>()([
      'http.response.start',
      'http.response.body',
      'http.response.trailers',
    ]),
    websocket: everyOf<SentOn<'websocket'>>()([
      'websocket.accept',
      'websocket.send',
      'websocket.keepalive',
      'websocket.close',
      'http.response.start',
      'http.response.body',
      'http.response.trailers',
    ]),
    sse: everyOf<SentOn<'sse'>>()([
      'sse.start',
      'sse.send',
      'sse.comment',
      'sse.keepalive',
      'sse.close',
      'http.response.start',
      'http.response.body',
      'http.response.trailers',
    ]),
    lifespan: everyOf<SentOn<'lifespan'>>()([
      'lifespan.startup.complete',
      'lifespan.startup.failed',
      'lifespan.shutdown.complete',
      'lifespan.shutdown.failed',
    ]),
  })

/** The types of the events that can be received, by scope type. Frozen. */
export const SCOPE_RECEIVE_EVENTS: { readonly [T in keyof Protocols]: readonly ReceivedOn<T>[] } =
  deepFreeze({
    http: everyOf<ReceivedOn<'http'>>()(['http.request', 'http.disconnect']),
    websocket: everyOf<ReceivedOn<'websocket'>>()([
      'websocket.connect',
      'websocket.receive',
      'websocket.disconnect',
      'http.disconnect',
    ]),
    sse: everyOf<ReceivedOn<'sse'>>()(['sse.request', 'sse.disconnect']),
    lifespan: everyOf<ReceivedOn<'lifespan'>>()(['lifespan.startup', 'lifespan.shutdown']),
  })

/** An event that needs an extension. */
export interface ExtensionEvent {
  /** The key of `scope.extensions` that advertises it (EXT-02). */
  readonly extension: keyof Extensions
  /** The scope types on which it may then be sent. */
  readonly scopes: readonly (keyof Protocols)[]
}

/** The events of the registered extensions, by event type (EXT-03, EXT-05). Frozen. */
export const EXTENSION_EVENTS: Readonly<Record<HttpFullflushEvent['type'], ExtensionEvent>> =
  deepFreeze({
    'http.fullflush': { extension: 'fullflush', scopes: ['http', 'websocket', 'sse'] },
  })
