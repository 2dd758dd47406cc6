import type { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { canned, httpDate, judgeOverflow } from '@pagi/core'
import type { Peers, Refusal } from '@pagi/core'
import type { DisconnectReason } from '@pagi/spec'
import type { Dispatcher, Exchange, Mount } from './dispatch.ts'
import { boundWriting, lingeringClose } from './closing.ts'
import { faultFacts, seenIn } from './fault-facts.ts'
import type { SeenRequest } from './fault-facts.ts'
import { answerUpgrade, readsBodyOf, tolerateErrors } from './ignored-upgrade.ts'
import { peersOf } from './peers.ts'

// One socket: its exchanges one after the other (HTTP-98), and the only listeners for its end.

interface PendingRequest {
  readonly kind: 'request'
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly expectsContinue: boolean
  readonly mount: Mount | undefined
  /** What is wrong with the rest of it. */
  readonly fault: Refusal | undefined
}

interface PendingUpgrade {
  readonly kind: 'upgrade'
  readonly req: IncomingMessage
  readonly behind: Duplex
  readonly head: Buffer
  readonly mount: Mount | undefined
  readonly fault: Refusal | undefined
}

interface PendingFault {
  readonly kind: 'fault'
  readonly status: number
  readonly detail: string
  readonly seen: SeenRequest | undefined
}

type Pending = PendingRequest | PendingUpgrade | PendingFault

/** Requests that may wait behind one that is being answered before reading pauses. */
const PIPELINE_LIMIT = 32

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
    dispatcher.observer.census.connected()
    // Ahead of node:http, which answers a FIN with ours: what has to be cut could not be any more.
    socket.prependListener('end', () => this.#lost('client_closed'))
    socket.on('error', (error: Error & { code?: string }) => this.#socketError(error))
    socket.on('close', () => {
      dispatcher.observer.census.disconnected()
      this.#lost('client_closed')
    })
    const destroySoon = socket.destroySoon.bind(socket)
    // node:http calls this after the last response. With request bytes unread a plain close makes TCP
    // reset the connection, and the client may lose the response it was about to read.
    socket.destroySoon = () => {
      this.#closing = true
      this.#queue = []
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
    this.#enqueue({ kind: 'request', req, res, expectsContinue, mount, fault: undefined })
  }

  upgrade(req: IncomingMessage, behind: Duplex, head: Buffer, mount?: Mount): void {
    if (behind !== this.socket) tolerateErrors(behind)
    this.#enqueue({ kind: 'upgrade', req, behind, head, mount, fault: undefined })
  }

  /**
   * What came is no request we can answer otherwise: the status leaves when its turn comes.
   * @param seen what could be read of it
   */
  fault(status: number, detail: string, seen?: SeenRequest): void {
    if (this.#deaf) return
    this.#deaf = true
    const last = this.#queue.at(-1)
    if (!this.#inBody) this.#enqueue({ kind: 'fault', status, detail, seen })
    else if (last === undefined) this.#current?.fault(status, detail)
    // It gets this for an answer when its turn comes, unless its head gets another.
    else if (last.kind !== 'fault')
      this.#queue.splice(-1, 1, { ...last, fault: { status, detail } })
  }

  clientError(error: ParseError): void {
    const { code = '' } = error
    if (code === 'HPE_INVALID_EOF_STATE') this.#cutShort()
    else if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
      this.fault(408, 'the request did not arrive in time')
    else if (code === 'HPE_HEADER_OVERFLOW') this.#overflow(error)
    else if (code.startsWith('HPE_'))
      this.fault(400, `malformed HTTP: ${code}`, this.#seen(error.rawPacket))
    else this.#socketError(error)
  }

  /** The last request that came has not come whole. */
  get #inBody(): boolean {
    const last = this.#queue.at(-1)
    if (last !== undefined) return last.kind !== 'fault' && !last.req.complete
    return this.#current?.received === false
  }

  /** The parser has given up on a head: what it was reading tells which limit it has crossed. */
  #overflow({ rawPacket, bytesParsed = 0 }: ParseError): void {
    if (this.#inBody) return this.fault(431, 'the trailer section is over the limit')
    const read = rawPacket?.toString('latin1', 0, bytesParsed + 1) ?? ''
    const before = this.#requests === 0 ? this.socket.bytesRead - (rawPacket?.byteLength ?? 0) : 0
    const { status, detail } = judgeOverflow(this.#dispatcher.headLimits, read, before)
    this.fault(status, detail, this.#seen(rawPacket))
  }

  /** Where nothing came before, the piece that the parser has refused begins with the request. */
  #seen(piece: Buffer | undefined): SeenRequest | undefined {
    return this.socket.bytesRead === piece?.byteLength ? seenIn(piece) : undefined
  }

  /** A FIN in the middle of a request. node:http leaves the socket to whoever listens for the error. */
  #cutShort(): void {
    this.#lost('client_closed')
    this.socket.destroySoon()
  }

  #enqueue(pending: Pending): void {
    if (this.#closing) return
    this.#queue.push(pending)
    if (this.#current === undefined) this.advance()
    else if (this.#queue.length === PIPELINE_LIMIT) this.socket.pause()
  }

  /** The answer in front is written: on to the next request. Needs no `this`. */
  readonly advance = (): void => {
    this.#current = undefined
    if (this.socket.destroyed) return
    const next = this.#queue.shift()
    if (this.#queue.length === PIPELINE_LIMIT - 1) this.socket.resume()
    if (next === undefined) {
      if (this.#dispatcher.draining) this.closeIfIdle()
      return
    }
    if (next.kind === 'request') this.#request(next)
    else if (next.kind === 'fault') this.#writeFault(next.status, next.detail, next.seen)
    else this.#upgrade(next)
  }

  #request({ req, res, expectsContinue, mount, fault }: PendingRequest): void {
    const rawHeaders = this.#originalHeaders ?? req.rawHeaders
    this.#originalHeaders = undefined
    this.#requests += 1
    this.#current = this.#dispatcher.request(
      this,
      req,
      res,
      rawHeaders,
      expectsContinue,
      mount,
      fault,
    )
  }

  #upgrade({ req, behind, head, mount, fault }: PendingUpgrade): void {
    const session = this.#dispatcher.upgrade(this, req, head, mount)
    if (session !== 'not-websocket') this.#current = session
    else if (!readsBodyOf(req)) this.#parseAgain(req, head)
    else {
      const goOn = (): void => this.#owner.parse(this.socket)
      const expectsContinue = /^100-continue$/i.test(req.headers.expect ?? '')
      const res = answerUpgrade(req, behind, head, goOn)
      this.#request({ kind: 'request', req, res, expectsContinue, mount: undefined, fault })
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

  #writeFault(status: number, detail: string, seen: SeenRequest | undefined): void {
    const { socket } = this
    if (!socket.writable) return
    const { headers, body } = canned(status)
    const length = new TextEncoder().encode(body).byteLength
    this.#dispatcher.observer.fault(faultFacts(this.peers, seen), status, length, detail)
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
    for (const [name, value] of headers)
      if (name !== 'content-length') head += `${name}: ${value}\r\n`
    socket.write(
      `${head}content-length: ${length}\r\ndate: ${httpDate(Date.now())}\r\nconnection: close\r\n\r\n${body}`,
    )
    socket.destroySoon()
  }

  /** Closes in stages, unless the peer has nothing more to say. */
  #closeGently(destroySoon: () => void): void {
    const { socket } = this
    boundWriting(socket, this.#dispatcher.settings.timeouts.write)
    if (socket.destroyed || socket.readableEnded || this.#received()) destroySoon()
    else lingeringClose(socket)
  }

  /**
   * Everything the peer has said was read, as far as we can know. One that was not told of the end
   * before may just be sending its next request.
   */
  #received(): boolean {
    const current = this.#current
    return !this.#deaf && (current === undefined || (current.received && current.last))
  }
}
