import type { DisconnectReason } from '@pagi/spec'

// What a server has done so far, in integers that are counted whether anybody asks or not.

export type ScopeType = 'http' | 'sse' | 'websocket'

/** How many there are, and how many there have been. */
export interface Tally {
  readonly open: number
  readonly total: number
}

/** What a server is doing and has done since it was made: a snapshot, from `server.stats()`. */
export interface ServerStats {
  /** When it began to count, in milliseconds since the epoch. */
  readonly since: number
  readonly connections: Tally
  /** Requests, event streams and WebSocket handshakes, refused ones included; open until their end. */
  readonly http: Tally
  readonly sse: Tally
  readonly websocket: Tally
  /** Calls of the application that have not settled. */
  readonly calls: number
  /** Requests and connections the server answered by itself, without calling the application. */
  readonly rejected: number
  /** Responses by the first digit of their status; an accepted WebSocket is a 1xx. */
  readonly responses: Readonly<Record<'1xx' | '2xx' | '3xx' | '4xx' | '5xx', number>>
  /** Bytes of response bodies, and of WebSocket frames, of what has ended. */
  readonly bytes: number
  /** Ends that were not clean, by their reason; those there were none of are absent. */
  readonly disconnects: Readonly<Partial<Record<DisconnectReason, number>>>
}

/** Counts. */
export class Census {
  readonly #since = Date.now()
  readonly #open: Record<ScopeType, number> = { http: 0, sse: 0, websocket: 0 }
  readonly #total: Record<ScopeType, number> = { http: 0, sse: 0, websocket: 0 }
  readonly #responses = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 }
  readonly #disconnects = new Map<DisconnectReason, number>()
  #connectionsOpen = 0
  #connections = 0
  #rejected = 0
  #bytes = 0

  connected(): void {
    this.#connectionsOpen += 1
    this.#connections += 1
  }

  disconnected(): void {
    this.#connectionsOpen -= 1
  }

  /** A request is being answered. */
  began(type: ScopeType): void {
    this.#open[type] += 1
    this.#total[type] += 1
  }

  /** The application is not called for it. */
  rejected(): void {
    this.#rejected += 1
  }

  answered(status: number): void {
    if (status >= 500) this.#responses['5xx'] += 1
    else if (status >= 400) this.#responses['4xx'] += 1
    else if (status >= 300) this.#responses['3xx'] += 1
    else if (status >= 200) this.#responses['2xx'] += 1
    else this.#responses['1xx'] += 1
  }

  ended(type: ScopeType, bytes: number, reason: DisconnectReason | undefined): void {
    this.#open[type] -= 1
    this.#bytes += bytes
    if (reason !== undefined)
      this.#disconnects.set(reason, (this.#disconnects.get(reason) ?? 0) + 1)
  }

  /** @param calls of the application that have not settled */
  snapshot(calls: number): ServerStats {
    const tally = (type: ScopeType): Tally => ({ open: this.#open[type], total: this.#total[type] })
    return {
      since: this.#since,
      connections: { open: this.#connectionsOpen, total: this.#connections },
      http: tally('http'),
      sse: tally('sse'),
      websocket: tally('websocket'),
      calls,
      rejected: this.#rejected,
      responses: { ...this.#responses },
      bytes: this.#bytes,
      disconnects: Object.fromEntries(this.#disconnects),
    }
  }
}
