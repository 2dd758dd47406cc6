import type { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WriteWatch, canned, httpDate, judgeOverflow } from '@pagi/core'
import type { Peers } from '@pagi/core'
import type { DisconnectReason } from '@pagi/spec'
import type { Dispatcher, Exchange, Mount } from './dispatch.ts'
import { answerUpgrade, readsBodyOf } from './ignored-upgrade.ts'
import { peersOf } from './peers.ts'
import { takenBytes } from './socket-progress.ts'

// One socket: its exchanges one after the other (HTTP-98), and the only listeners for its end.

type Pending =
  | {
      readonly kind: 'request'
      readonly req: IncomingMessage
      readonly res: ServerResponse
      readonly expectsContinue: boolean
      readonly mount: Mount | undefined
    }
  | {
      readonly kind: 'upgrade'
      readonly req: IncomingMessage
      readonly behind: Duplex
      readonly head: Buffer
      readonly mount: Mount | undefined
    }
  | { readonly kind: 'fault'; readonly status: number }

/** Requests that may wait behind one that is being answered before reading pauses. */
const PIPELINE_LIMIT = 32
/** How long, and for how many bytes, a closing connection still reads what the peer is sending. */
const LINGER = { milliseconds: 2000, bytes: 1024 * 1024 } as const

/** What node:http says of a request it could not parse. */
export interface ParseError extends Error {
  readonly code?: string
  /** The last piece the parser was fed, and how far it got in it. */
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

/** Whose connection it is. */
export interface Owner {
  /** The path of the Unix socket it listens on. */
  readonly socketPath: string | undefined
  /** Parses what comes from the socket as if it were new. */
  parse(socket: Socket): void
}

export class Http1Connection {
  readonly socket: Socket
  readonly peers: Peers
  readonly #owner: Owner
  readonly #dispatcher: Dispatcher
  #current: Exchange | undefined
  #queue: Pending[] = []
  #requests = 0
  #deaf = false
  /** The last response of this connection is out: what was sent behind it is never served. */
  #closing = false
  /** The header lines of a request whose `upgrade` was removed before it was parsed again (HTTP-99). */
  #originalHeaders: readonly string[] | undefined

  constructor(owner: Owner, socket: Socket, dispatcher: Dispatcher) {
    this.#owner = owner
    this.socket = socket
    this.#dispatcher = dispatcher
    this.peers = peersOf(socket, owner.socketPath)
    socket.on('end', () => this.#lost('client_closed'))
    socket.on('error', (error: Error & { code?: string }) => this.#socketError(error))
    socket.on('close', () => this.#lost('client_closed'))
    const destroySoon = socket.destroySoon.bind(socket)
    // node:http calls this after the last response. With request bytes unread a plain close makes TCP
    // reset the connection, and the client may lose the response it was about to read.
    socket.destroySoon = () => {
      this.#closing = true
      this.#queue = []
      this.#boundWriting()
      this.#closeGently(destroySoon)
    }
  }

  /** The request being served is the last this connection may make. */
  get spent(): boolean {
    return this.#requests >= this.#dispatcher.maxRequests
  }

  /** Nothing is being answered: a shutdown closes the socket at once. */
  closeIfIdle(): void {
    if (this.#current === undefined && this.#queue.length === 0) this.socket.destroySoon()
  }

  request(
    req: IncomingMessage,
    res: ServerResponse,
    expectsContinue: boolean,
    mount?: Mount,
  ): void {
    this.#enqueue({ kind: 'request', req, res, expectsContinue, mount })
  }

  upgrade(req: IncomingMessage, behind: Duplex, head: Buffer, mount?: Mount): void {
    this.#enqueue({ kind: 'upgrade', req, behind, head, mount })
  }

  /** What came is no request we can answer otherwise: the status leaves when its turn comes. */
  fault(status: number, detail: string): void {
    if (this.#deaf) return
    this.#deaf = true
    const current = this.#current
    if (current !== undefined && !current.received) current.fault(status, detail)
    else this.#enqueue({ kind: 'fault', status })
  }

  clientError(error: ParseError): void {
    const { code = '' } = error
    if (code === 'HPE_INVALID_EOF_STATE') this.#cutShort()
    else if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
      this.fault(408, 'the request did not arrive in time')
    else if (code === 'HPE_HEADER_OVERFLOW') this.#overflow(error)
    else if (code.startsWith('HPE_')) this.fault(400, `malformed HTTP: ${code}`)
    else this.#socketError(error)
  }

  /** The parser has given up on a head: what it was reading tells which limit it has crossed. */
  #overflow({ rawPacket, bytesParsed = 0 }: ParseError): void {
    const read = rawPacket?.toString('latin1', 0, bytesParsed + 1) ?? ''
    const before = this.#requests === 0 ? this.socket.bytesRead - (rawPacket?.byteLength ?? 0) : 0
    const { status, detail } = judgeOverflow(this.#dispatcher.headLimits, read, before)
    this.fault(status, detail)
  }

  /** A FIN in the middle of a request. node:http leaves the socket to whoever listens for the error. */
  #cutShort(): void {
    this.#lost('client_closed')
    this.socket.destroySoon()
  }

  #enqueue(pending: Pending): void {
    if (this.#closing) return
    this.#queue.push(pending)
    if (this.#current === undefined) this.#advance()
    else if (this.#queue.length === PIPELINE_LIMIT) this.socket.pause()
  }

  readonly #advance = (): void => {
    this.#current = undefined
    if (this.socket.destroyed) return
    const next = this.#queue.shift()
    if (this.#queue.length === PIPELINE_LIMIT - 1) this.socket.resume()
    if (next === undefined) {
      if (this.#dispatcher.draining) this.closeIfIdle()
      return
    }
    if (next.kind === 'request') this.#request(next.req, next.res, next.expectsContinue, next.mount)
    else if (next.kind === 'fault') this.#writeFault(next.status)
    else this.#upgrade(next.req, next.behind, next.head, next.mount)
  }

  #request(
    req: IncomingMessage,
    res: ServerResponse,
    expectsContinue: boolean,
    mount?: Mount,
  ): void {
    const rawHeaders = this.#originalHeaders ?? req.rawHeaders
    this.#originalHeaders = undefined
    this.#requests += 1
    this.#current = this.#dispatcher.request(this, req, res, rawHeaders, expectsContinue, mount)
    res.once('finish', this.#advance)
  }

  #upgrade(req: IncomingMessage, behind: Duplex, head: Buffer, mount?: Mount): void {
    const session = this.#dispatcher.upgrade(this, req, head, mount)
    if (session !== 'not-websocket') this.#current = session
    else if (!readsBodyOf(req)) this.#parseAgain(req, head)
    else {
      const goOn = (): void => this.#owner.parse(this.socket)
      const expects = /^100-continue$/i.test(req.headers.expect ?? '')
      this.#request(req, answerUpgrade(req, behind, head, goOn), expects)
    }
  }

  /**
   * HTTP-99: an upgrade we do not know is ignored. node:http stops parsing at any upgrade, and loses
   * what was pipelined behind one it is told to ignore; so the request goes back to the socket
   * without its `upgrade` and is parsed afresh.
   */
  #parseAgain(req: IncomingMessage, head: Buffer): void {
    const { rawHeaders, method, url, httpVersion } = req
    this.#originalHeaders = rawHeaders
    let text = `${method} ${url} HTTP/${httpVersion}\r\n`
    for (let at = 0; at + 1 < rawHeaders.length; at += 2)
      if (rawHeaders[at]?.toLowerCase() !== 'upgrade')
        text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`
    if (head.byteLength > 0) this.socket.unshift(head)
    this.socket.unshift(`${text}\r\n`, 'latin1')
    this.#owner.parse(this.socket)
  }

  #socketError(error: Error & { code?: string }): void {
    const { code } = error
    const writing = code === 'EPIPE' || (this.#current?.writing ?? false)
    this.#lost(writing ? 'write_error' : 'read_error', code ?? error.message)
    this.socket.destroy()
  }

  #lost(reason: DisconnectReason, detail?: string): void {
    this.#queue = []
    this.#current?.lost(reason, detail)
  }

  #writeFault(status: number): void {
    const { socket } = this
    if (!socket.writable) return
    const { headers, body } = canned(status)
    const length = new TextEncoder().encode(body).byteLength
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
    for (const [name, value] of headers)
      if (name !== 'content-length') head += `${name}: ${value}\r\n`
    socket.write(
      `${head}content-length: ${length}\r\ndate: ${httpDate(Date.now())}\r\nconnection: close\r\n\r\n${body}`,
    )
    socket.destroySoon()
  }

  /** A connection that closes does so when all is written; a client that takes nothing prevents it. */
  #boundWriting(): void {
    const { socket } = this
    if (socket.writableLength === 0) return
    const watch = new WriteWatch(this.#dispatcher.settings.timeouts.write, {
      taken: () => takenBytes(socket),
      stuck: () => socket.resetAndDestroy(),
    })
    socket.once('close', () => watch.stop())
    watch.start()
  }

  #closeGently(destroySoon: () => void): void {
    const { socket } = this
    if (socket.destroyed || socket.readableEnded || this.#received()) return destroySoon()
    const start = socket.bytesRead
    const timer = setTimeout(() => socket.destroy(), LINGER.milliseconds)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
    socket.on('data', () => {
      if (socket.bytesRead - start > LINGER.bytes) socket.destroy()
    })
    socket.end()
    socket.resume()
  }

  /** Everything the peer has said so far was read, as far as we can know. */
  #received(): boolean {
    return !this.#deaf && (this.#current?.received ?? true)
  }
}
