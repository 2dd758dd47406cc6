import { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpScope, HttpSendEvent, Receive, ReceiveEvent, SendOf, SseScope } from '@pagi/spec'
import { drain, makeResponse } from './node-internals.ts'
import type { Request, Response } from './node-internals.ts'
import { hasBody, requestOf } from './request.ts'
import { ResponseOutput } from './response.ts'
import type { ResponseOwner } from './response.ts'
import { ExchangeSocket } from './socket.ts'
import type { Callback, Chunk, SocketOwner } from './socket.ts'

// One scope, seen by a node:http handler as one request on a connection of its own.

export type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

/** How far the request's body is. */
type Body = 'idle' | 'receiving' | 'over'

export class Exchange implements SocketOwner, ResponseOwner {
  readonly #scope: HttpScope | SseScope
  readonly #receive: Receive
  readonly #socket: ExchangeSocket
  readonly #req: Request
  readonly #res: Response
  readonly #output: ResponseOutput
  #body: Body = 'idle'
  /** The handler's part is over: `finish` is out, or the connection is gone. */
  #released = false
  #settle: () => void = () => {}
  #fail: (error: unknown) => void = () => {}

  constructor(scope: HttpScope | SseScope, receive: Receive, send: SendOf<HttpSendEvent>) {
    this.#scope = scope
    this.#receive = receive
    const socket = new ExchangeSocket(scope, this)
    const req = requestOf(scope, socket)
    const res = makeResponse(req)
    this.#socket = socket
    this.#req = req
    this.#res = res
    this.#output = new ResponseOutput(res, socket, send, this)
    socket.on('close', () => this.#socketClosed()) // before the response's own listener, as in node:http
    res.assignSocket(socket)
    res.on('finish', () => this.#finished())
  }

  /** Settles when the response is complete, or the client gone, and the handler has nothing left to do. */
  async run(handler: Handler): Promise<void> {
    const over = new Promise<void>((resolve, reject) => {
      this.#settle = resolve
      this.#fail = reject
    })
    this.#scope['pagi.connection'].onDisconnect(() => this.#socket.destroy())
    try {
      const result = handler(this.#req, this.#res)
      if (!hasBody(this.#scope)) this.#endBody()
      await Promise.all([over, result])
    } finally {
      if (!this.#output.complete) this.#release()
    }
  }

  write(chunks: readonly Chunk[], done: Callback): void {
    this.#output.write(chunks, done)
  }

  responded(): void {
    this.#settle()
  }

  failed(error: unknown): void {
    this.#fail(error)
  }

  drained(): void {
    drain(this.#res)
  }

  demand(): void {
    if (this.#body !== 'idle') return
    if (this.#output.complete) this.#endBody()
    else {
      this.#body = 'receiving'
      this.#receive().then(this.#arrived, (error: unknown) => this.failed(error))
    }
  }

  closed(error: Error | null): void {
    if (error !== null) this.failed(error)
    if (this.#released || this.#output.complete) return
    this.#socket._hadError = true
    this.#scope['pagi.connection'].abort('the handler destroyed its socket')
  }

  timedOut(): void {
    const heard = !this.#req.complete && this.#req.emit('timeout', this.#socket)
    if (!(this.#res.emit('timeout', this.#socket) || heard)) this.#socket.destroy()
  }

  readonly #arrived = (event: ReceiveEvent): void => {
    this.#body = 'idle'
    if (event.type === 'http.disconnect' || event.type === 'sse.disconnect') return this.#gone()
    if (event.type !== 'http.request' && event.type !== 'sse.request') return
    const { body, more } = event
    this.#socket.active()
    this.#socket.bytesRead += body.byteLength
    const wanted = body.byteLength > 0 && !this.#req._dumped && !this.#req.destroyed
    if (wanted) this.#req.push(bufferOf(body))
    if (!more) this.#endBody()
    else if (!wanted) this.demand()
  }

  #endBody(): void {
    if (this.#body === 'over') return
    this.#body = 'over'
    this.#req.complete = true
    this.#req.push(null)
  }

  #gone(): void {
    if (this.#output.complete) this.#endBody()
    else this.#socket.destroy()
  }

  /** What node:http does when a response is out. */
  #finished(): void {
    this.#released = true
    const { _consuming: consuming } = this.#req
    if (!consuming) this.#req._dump()
    this.#res.detachSocket(this.#socket)
    process.nextTick(closeAll, this.#res, this.#socket)
  }

  /** The scope is over for the handler, whatever it makes of that. */
  #release(): void {
    this.#released = true
    this.#socket.destroy()
  }

  #socketClosed(): void {
    if (!this.#released) this.#req.destroy(aborted())
    this.#released = true
    this.#settle()
  }
}

const closeAll = (res: Response, socket: ExchangeSocket): void => {
  if (!res._closed) {
    res.destroyed = true
    res._closed = true
    res.emit('close')
  }
  socket.destroy()
}

const aborted = (): Error => Object.assign(new Error('aborted'), { code: 'ECONNRESET' })

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
