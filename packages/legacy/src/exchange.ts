import { Buffer } from 'node:buffer'
import type { DisconnectReason, HttpSendEvent, Receive, ReceiveEvent, SendOf } from '@pagi/spec'
import type { NodeHandler } from './handlers.ts'
import { drain, makeResponse } from './node-internals.ts'
import type { Request, Response } from './node-internals.ts'
import { promiseOf } from './promise-of.ts'
import { RawSocketError } from './raw-socket-error.ts'
import { hasBody, isReading, requestOf } from './request.ts'
import type { RequestScope } from './request.ts'
import { ResponseOutput } from './response.ts'
import type { ResponseOwner } from './response.ts'
import { ExchangeSocket } from './socket.ts'
import type { Callback, Chunk, SocketOwner } from './socket.ts'

// One scope, seen by a node:http handler as one request on a connection of its own.

/** How far the request's body is; `lent` to somebody who receives it himself. */
type Body = 'idle' | 'receiving' | 'over' | 'lent'

export class Exchange implements SocketOwner, ResponseOwner {
  readonly #scope: RequestScope
  readonly #receive: Receive
  readonly #socket: ExchangeSocket
  readonly req: Request
  readonly res: Response
  /** Where the response goes. */
  readonly output: ResponseOutput
  #body: Body = 'idle'
  #received = false
  /** 'finish' is out, and node:http would be done with the two. */
  #finished = false
  /** The server judges what became of the response. */
  #left = false
  /** Somebody may be waiting for it. */
  #bodyOver: () => void = () => {}
  #settle: () => void = () => {}
  #fail: (error: unknown) => void = () => {}

  constructor(scope: RequestScope, receive: Receive, send: SendOf<HttpSendEvent>) {
    this.#scope = scope
    this.#receive = receive
    const socket = new ExchangeSocket(scope, this)
    const req = requestOf(scope, socket)
    const res = makeResponse(req)
    // What node:http takes for HTTP/1.0 has no chunks and no kept connection.
    if (req.httpVersionMajor > 1) res.useChunkedEncodingByDefault = res.shouldKeepAlive = true
    this.#socket = socket
    this.req = req
    this.res = res
    this.output = new ResponseOutput(res, socket, send, this)
    socket.on('close', () => this.#socketClosed()) // before the response's own listener, as in node:http
    res.assignSocket(socket)
    res.on('finish', () => this.#responseFinished())
  }

  /** Settles when the response is complete, or the client gone, and the handler has nothing left to do. */
  async run(handler: NodeHandler): Promise<void> {
    const over = new Promise<void>((resolve, reject) => {
      this.#settle = resolve
      this.#fail = reject
    })
    this.#scope['pagi.connection'].onDisconnect((reason, detail) => {
      this.#socket.destroy(lossOf(reason, detail))
    })
    const handled = this.#call(handler)
    await over
    await handled
  }

  /** A handler that fails spoils a response that it has not ended; after that its failure waits. */
  #call(handler: NodeHandler): Promise<unknown> | undefined {
    try {
      const result = promiseOf(handler(this.req, this.res))
      if (!hasBody(this.#scope)) this.#endBody()
      result?.catch((error: unknown) => {
        if (!this.output.whole) this.failed(error)
      })
      return result
    } catch (error) {
      this.failed(error)
      return undefined
    }
  }

  /** Leaves `receive` to somebody else; false when something was received already. */
  lendBody(): boolean {
    if (this.#received) return false
    this.#body = 'lent'
    return true
  }

  /** Nothing more is to come from the handler: the two close, and the server has the last word. */
  release(): void {
    this.#settle()
    this.#leave()
  }

  write(chunks: readonly Chunk[], done: Callback): void {
    this.output.write(chunks, done)
  }

  responded(): void {
    this.#settle()
  }

  failed(error: unknown): void {
    this.#fail(error)
    this.#leave()
  }

  drained(): void {
    drain(this.res)
  }

  /**
   * A response that is out ends the scope, and what is left of the request with it (HTTP-96). Whoever is
   * still reading gets to the end first.
   */
  bodyRead(): Promise<void> | undefined {
    const req = this.req
    const reading = (): boolean => this.#body !== 'over' && isReading(req)
    if (!reading()) return undefined
    return new Promise((resolve) => {
      const check = (): void => {
        if (reading()) return
        for (const event of ENDINGS) req.removeListener(event, check)
        resolve()
      }
      for (const event of ENDINGS) req.on(event, check)
      this.#bodyOver = check
    })
  }

  demand(): void {
    if (this.#body !== 'idle') return
    if (this.#scope.type === 'websocket') return this.#endBody()
    if (this.output.complete || this.#finished) return this.#abandonBody()
    this.#body = 'receiving'
    this.#received = true
    this.#receive().then(
      (event) => this.#arrived(event),
      (error: unknown) => this.failed(error),
    )
  }

  closed(error: Error | null, done: () => void): void {
    if (error instanceof RawSocketError) this.failed(error)
    if (this.#finished) return done()
    this.#socket._hadError = true
    // As a socket takes a turn to close; what was written before still leaves.
    setImmediate(() => {
      if (!this.#left && !this.output.whole)
        this.#scope['pagi.connection'].abort(error?.message ?? 'the handler destroyed its socket')
      done()
    })
  }

  timedOut(): void {
    const heard = !this.req.complete && this.req.emit('timeout', this.#socket)
    if (!(this.res.emit('timeout', this.#socket) || heard)) this.#socket.destroy()
  }

  #arrived(event: ReceiveEvent): void {
    this.#body = 'idle'
    if (event.type === 'http.disconnect' || event.type === 'sse.disconnect') return this.#gone()
    if (event.type !== 'http.request' && event.type !== 'sse.request') return
    const { body, more } = event
    this.#socket.active()
    this.#socket.bytesRead += body.byteLength
    const wanted = body.byteLength > 0 && !this.req._dumped && !this.req.destroyed
    if (wanted) this.req.push(bufferOf(body))
    if (!more) this.#endBody()
    else if (!wanted) this.demand()
  }

  #endBody(): void {
    if (this.#body === 'over' || this.#body === 'lent') return
    this.#body = 'over'
    this.req.complete = true
    this.req.push(null)
    this.#bodyOver()
  }

  /** The server drops what is left of the body: an end for who throws it away, a loss for who reads it. */
  #abandonBody(): void {
    if (isReading(this.req)) this.req.destroy(aborted())
    else this.#endBody()
  }

  #gone(): void {
    if (this.output.complete) this.#abandonBody()
    else this.#socket.destroy()
  }

  /** What node:http does when a response is out. */
  #responseFinished(): void {
    this.#finished = true
    const { _consuming: consuming } = this.req
    if (!consuming) this.req._dump()
    if (this.res.socket === this.#socket) this.res.detachSocket(this.#socket)
    process.nextTick(closeAll, this.res, this.#socket)
  }

  #leave(): void {
    this.#left = true
    this.#socket.destroy()
  }

  #socketClosed(): void {
    if (!this.#finished) this.req.destroy(aborted())
    if (!this.output.whole) this.#settle()
  }
}

/** After which a request may have no reader any more. */
const ENDINGS = ['end', 'close', 'pause'] as const

const closeAll = (res: Response, socket: ExchangeSocket): void => {
  if (!res._closed) {
    res.destroyed = true
    res._closed = true
    res.emit('close')
  }
  socket.destroy()
}

const aborted = (): Error => Object.assign(new Error('aborted'), { code: 'ECONNRESET' })

/** The ends that node:http has an error for, by its code where the detail names none. */
const LOSSES: ReadonlyMap<DisconnectReason, string> = new Map([
  ['protocol_error', 'EPROTO'],
  ['read_error', 'ECONNRESET'],
  ['write_error', 'ECONNRESET'],
])

/** What the socket is destroyed with; undefined where nothing had failed. */
const lossOf = (reason: DisconnectReason, detail: string | undefined): Error | undefined => {
  const usual = LOSSES.get(reason)
  if (usual === undefined) return undefined
  const [code = usual] = /\b(?:(?:HPE|ERR)_[A-Z\d_]+|E[A-Z\d]{3,})\b/.exec(detail ?? '') ?? []
  return Object.assign(new Error(detail ?? reason), { code })
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
