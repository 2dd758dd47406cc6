import type { HttpSendEvent, Middleware, ReceiveEvent, SendEvent } from '@pagi/server'

declare module '@pagi/server' {
  interface ScopeKeys {
    /** The number of the call, from `observe`. */
    'observe.id'?: string
  }
}

/** What went in and out in one call. `bytesOut` leaves out bodies that the server reads by itself. */
export interface Observation {
  readonly id: string
  readonly type: 'http' | 'sse' | 'websocket'
  readonly path: string
  readonly bytesIn: number
  readonly bytesOut: number
  /** What the application threw, if it did. */
  readonly failure?: unknown
}

/**
 * Numbers each call, tells the application by a key of the scope and the client by a header, and
 * reports what went through once the application has settled.
 */
export function observe(report: (observation: Observation) => void): Middleware {
  let calls = 0
  return (app) => async (scope, receive, send) => {
    if (scope.type === 'lifespan') return app(scope, receive, send)

    calls += 1
    const id = String(calls)
    const { type, path } = scope
    let bytesIn = 0
    let bytesOut = 0
    const observed = (): Observation => ({ id, type, path, bytesIn, bytesOut })

    try {
      await app(
        // A clone: the scope belongs to whoever made it, and only its top level is ours to change.
        { ...scope, 'observe.id': id },
        async (options) => {
          const event = await receive(options)
          bytesIn += sizeOfReceived(event)
          return event
        },
        async (event) => {
          await send(withHeader(event, id))
          bytesOut += sizeOfSent(event)
        },
      )
    } catch (failure) {
      report({ ...observed(), failure })
      throw failure // it is the server's to answer
    }
    report(observed())
  }
}

/** A changed copy of the events that carry headers; all others as they are. */
function withHeader(event: SendEvent, id: string): SendEvent {
  if (
    event.type === 'http.response.start' || // a refused stream or session, too
    event.type === 'sse.start' ||
    event.type === 'websocket.accept'
  ) {
    return { ...event, headers: [...(event.headers ?? []), ['x-call', id]] }
  }
  return event
}

function sizeOfReceived(event: ReceiveEvent): number {
  if (event.type === 'http.request' || event.type === 'sse.request') return sizeOf(event.body)
  if (event.type === 'websocket.receive') return sizeOf(event.text ?? event.bytes)
  return 0
}

function sizeOfSent(event: SendEvent): number {
  if (event.type === 'http.response.body') return sizeOf(event.body)
  if (event.type === 'sse.send') return sizeOf(event.data)
  if (event.type === 'websocket.send') return sizeOf(event.text ?? event.bytes)
  return 0
}

function sizeOf(value: HttpBody): number {
  if (value === undefined || value === null) return 0
  return typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength
}

type HttpBody = Extract<HttpSendEvent, { type: 'http.response.body' }>['body'] | null
