/** The client's end of a case: one connection, with what has been asked and read on it. */

import { CaseFailure } from '../failure.ts'
import type { Watch } from '../watch.ts'
import { EventStream } from './event-stream.ts'
import { takeFrame } from './frames.ts'
import type { Frame } from './frames.ts'
import { Body, takeHead, valuesOf } from './http1.ts'
import type { Head } from './http1.ts'
import type { Ended, Wire } from './wire.ts'

/** A server that sends interim responses for ever never answers. */
const MOST_INTERIM = 100

export class ClientEnd {
  readonly wire: Wire
  readonly stream = new EventStream()
  /** Methods of requests that were not answered yet, oldest first. */
  readonly methods: string[] = []
  /** Keys of handshakes that were not answered yet. */
  readonly keys: string[] = []
  /** Final responses read, but for those the server made itself. */
  responses = 0
  head: Head | undefined
  body: Body | undefined
  readonly #watch: Watch
  readonly #timeout: number

  constructor(wire: Wire, watch: Watch, timeout: number) {
    this.wire = wire
    this.#watch = watch
    this.#timeout = timeout
  }

  async until<T>(look: () => T | undefined, what: string): Promise<T> {
    return await this.#watch.until(
      () => {
        if (this.wire.flooded !== undefined) throw new CaseFailure(this.wire.flooded)
        const found = look()
        if (found !== undefined) return found
        if (this.wire.refused !== undefined) {
          throw new CaseFailure(`no connection: ${this.wire.refused}`)
        }
        return undefined
      },
      what,
      this.#timeout,
    )
  }

  async connected(): Promise<void> {
    await this.until(() => this.wire.connected || undefined, 'connection')
  }

  /** Reads the head of the next response and begins its body. */
  async readHead(interim: boolean): Promise<Head> {
    const method = this.methods[0] ?? 'GET'
    for (let interims = 0; ; interims += 1) {
      if (interims > MOST_INTERIM) {
        throw new CaseFailure(`more than ${MOST_INTERIM} interim responses before the final one`)
      }
      const head = await this.until(() => {
        const found = takeHead(this.wire)
        if (found === undefined && this.wire.ended !== undefined) {
          throw new CaseFailure(
            `the connection ended (${this.wire.ended}) before a response, after ${this.wire.unread.length} bytes`,
          )
        }
        return found
      }, 'response head')
      const final = head.status >= 200 || head.status === 101
      if (!final && !interim) continue
      if (final) {
        this.methods.shift()
        this.responses += 1
      }
      this.head = head
      this.body = new Body(head, method)
      return head
    }
  }

  /** Whether a response comes: `false` when the connection has ended without a byte of one. */
  async answered(): Promise<boolean> {
    return await this.until(() => {
      if (this.wire.unread.length > 0) return true
      return this.wire.ended === undefined ? undefined : false
    }, 'response')
  }

  #body(): Body {
    if (this.body === undefined) throw new CaseFailure('no response was begun on this connection')
    return this.body
  }

  /** Reads the body to its end and gives what no step has read. */
  async readRest(): Promise<Buffer> {
    const body = this.#body()
    await this.until(() => {
      body.pull(this.wire)
      return body.done || undefined
    }, 'end of the response body')
    return body.unread.take(body.unread.length)
  }

  /** Waits for at least so many bytes of the body. */
  async #atLeast(least: number): Promise<Body> {
    const body = this.#body()
    await this.until(() => {
      body.pull(this.wire)
      if (body.unread.length >= least) return true
      if (!body.done) return undefined
      throw new CaseFailure(
        `the body ended after ${body.unread.length} bytes (${JSON.stringify(body.unread.bytes.toString('latin1', 0, 200))}), expected ${least}`,
      )
    }, `${least} bytes of the body`)
    return body
  }

  /** Reads at least so many bytes of the body, and all that has come. */
  async readBody(least: number): Promise<Buffer> {
    const { unread } = await this.#atLeast(least)
    return unread.take(unread.length)
  }

  /** The same, where nobody looks at them. */
  async passBody(least: number): Promise<void> {
    const { unread } = await this.#atLeast(least)
    unread.clear()
  }

  /** The next frame, or that the connection has ended instead. */
  async readFrameOrEnd(): Promise<Frame | Ended> {
    return await this.until(() => takeFrame(this.wire) ?? this.wire.ended, 'frame')
  }

  async readFrame(): Promise<Frame> {
    const read = await this.readFrameOrEnd()
    if (typeof read === 'object') return read
    throw new CaseFailure(`the connection ended (${read}) instead of a frame`)
  }

  /** Feeds the event stream until it has something. */
  async readStream<T>(take: () => T | undefined, what: string): Promise<T> {
    const body = this.#body()
    return await this.until(() => {
      body.pull(this.wire)
      this.stream.feed(body.unread.take(body.unread.length))
      const found = take()
      if (found === undefined && body.done) throw new CaseFailure(`the stream ended, no ${what}`)
      return found
    }, what)
  }

  /** What a step may match of the response that is being read. */
  view(bytes: Buffer | undefined): Record<string, unknown> {
    const { head, body } = this
    if (head === undefined || body === undefined) return {}
    const names = new Set(head.fields.map(([name]) => name.toLowerCase()))
    const headers = [...names].map((name) => {
      const values = valuesOf(head, name)
      return [name, values.length === 1 ? values[0] : values]
    })
    return {
      version: head.version,
      status: head.status,
      reason: head.reason,
      headers: Object.fromEntries(headers),
      fields: head.fields.map(([name, value]) => [name.toLowerCase(), value]),
      body: bytes,
      framing: body.framing,
      complete: body.done ? body.complete : undefined,
      chunks: body.chunks,
      trailers: body.trailers.map(([name, value]) => [name.toLowerCase(), value]),
      connection: this.wire.ended ?? 'open',
    }
  }
}
