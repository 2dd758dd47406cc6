import { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'
import type { Socket } from 'node:net'
import type {
  AcceptCommand,
  HttpCommand,
  Timeout,
  WebSocketCommand,
  WebSocketFacts,
  WebSocketTransport,
} from '@pagi/core'
import { cut } from './closing.ts'
import type { Http1Transport } from './http1-transport.ts'
import { refusalTransport } from './refusal-transport.ts'
import { takenBytes } from './socket-progress.ts'
import {
  OPCODE,
  closePayload,
  faultOf,
  frameHead,
  webSocketCodec,
  wholeFrame,
} from './ws-frames.ts'

// One WebSocket over an HTTP/1.1 socket. ws parses the frames; its WebSocket class stays unused, as it
// answers Close frames and picks close codes by itself, which T-CLOSE decides here.
// While the inbox is full nothing more is reported: what one read brought waits in `#held`, in order.

const NO_BYTES = Buffer.alloc(0)

/** Bytes a client may send before the application has answered its handshake. */
const EARLY_LIMIT = 64 * 1024
/** Unsent bytes at which a ping waits for its pong: a peer that does not read must not fill memory. */
const PONG_LIMIT = 64 * 1024
/** Bytes that stay the application's are copied up to this size; larger ones make the send wait. */
const COPY_LIMIT = 16 * 1024

export interface WebSocketTransportOptions {
  readonly key: string
  readonly maxPayload: number
  /** For a refusal. */
  readonly drainTimeout: Timeout
}

export class NodeWebSocketTransport implements WebSocketTransport {
  readonly #req: IncomingMessage
  readonly #socket: Socket
  readonly #facts: WebSocketFacts
  readonly #options: WebSocketTransportOptions
  #early: Buffer[] | undefined
  #earlyBytes: number
  #refusal: Http1Transport | undefined
  #receiver: Writable | undefined
  #deaf = false
  #paused = false
  #gone = false
  #corked = false
  #held: (() => void)[] = []
  /** Bytes of the frames that were written. */
  frameBytes = 0
  /** The most recent ping without its pong, which answers for those before it (RFC 6455 5.5.3). */
  #ping: Buffer | undefined
  #waiting: (() => void)[] = []

  constructor(
    req: IncomingMessage,
    socket: Socket,
    head: Buffer,
    facts: WebSocketFacts,
    options: WebSocketTransportOptions,
  ) {
    this.#req = req
    this.#socket = socket
    this.#facts = facts
    this.#options = options
    this.#early = [head]
    this.#earlyBytes = head.byteLength
    // A paused socket reports no end, so reading goes on while the application makes up its mind.
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.resume()
  }

  get bufferedAmount(): number {
    return this.#refusal?.bufferedAmount ?? this.#socket.writableLength
  }

  get written(): number {
    return takenBytes(this.#socket)
  }

  perform(command: WebSocketCommand): Promise<void> | undefined {
    switch (command.type) {
      case 'accept':
        this.#accept(command)
        return undefined
      case 'text':
        return this.#frame(command.text, OPCODE.text, true)
      case 'binary':
        return this.#frame(command.bytes, OPCODE.binary, command.owned)
      case 'ping':
        return this.#frame(NO_BYTES, OPCODE.ping, true)
      case 'close': {
        const { code, reason } = command
        return this.#frame(
          code === undefined ? NO_BYTES : closePayload(code, reason),
          OPCODE.close,
          true,
        )
      }
      case 'hang-up':
        this.#deaf = true
        this.resume()
        this.#socket.end()
        return undefined
      case 'abort':
        this.#deaf = true
        if (this.#refusal !== undefined) return this.#refusal.perform(command)
        if (command.cause === 'shutdown') this.#uncork() // a Close frame may be on its way
        if (command.cause === 'stalled') cut(this.#socket)
        else this.#socket.destroy()
        return undefined
      case 'flush':
        if (this.#refusal === undefined) this.#uncork()
        else void this.#refusal.perform(command)
        return undefined
      case 'head':
      case 'data':
      case 'end':
      case 'prepare':
      case 'nothing':
        return this.#refuse(command)
    }
  }

  pause(): void {
    if (this.#paused || this.#deaf) return
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#release()
    if (!this.#paused) this.#socket.resume()
  }

  /** The socket has closed: what it brought before is reported first. */
  lost(): void {
    if (this.#gone) return
    this.#gone = true
    this.#paused = false
    this.#release()
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#deaf) return
    if (this.#receiver !== undefined) {
      this.#receiver.write(chunk)
      return
    }
    this.#early?.push(chunk)
    this.#earlyBytes += chunk.byteLength
    if (this.#earlyBytes > EARLY_LIMIT) this.#socket.pause()
  }

  /** The peer's FIN; the connection reports it, and our side ends too. */
  readonly #onEnd = (): void => {
    this.#socket.destroySoon()
  }

  #accept({ subprotocol, headers }: AcceptCommand): void {
    const accept = webSocketCodec().acceptOf(this.#options.key)
    let head = `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n`
    if (subprotocol !== undefined) head += `sec-websocket-protocol: ${subprotocol}\r\n`
    for (const [name, value] of headers) head += `${name}: ${value}\r\n`
    this.#socket.setNoDelay(true)
    this.#socket.write(`${head}\r\n`, 'latin1')
    this.#listen()
    const early = this.#early ?? []
    this.#early = undefined
    for (const chunk of early) if (chunk.byteLength > 0) this.#onData(chunk)
    if (!this.#paused) this.#socket.resume()
  }

  #listen(): void {
    const { Receiver } = webSocketCodec()
    const receiver = new Receiver({
      isServer: true,
      maxPayload: this.#options.maxPayload,
      skipUTF8Validation: false,
    })
    const facts = this.#facts
    receiver.on('message', (data: Buffer, binary: boolean) => {
      this.#report(() => facts.message(binary ? data : data.toString('utf8'), this.#gone))
    })
    receiver.on('ping', (data: Buffer) => {
      this.#ping = data
      this.#pong()
      this.#report(() => facts.ping())
    })
    receiver.on('pong', () => this.#report(() => facts.pong()))
    receiver.on('conclude', (code: number, reason: Buffer) => {
      this.#report(() => facts.peerClose(code, reason.toString('utf8')))
    })
    receiver.on('error', (error: Error & { code?: string }) => {
      this.#report(() => facts.fault(faultOf(error.code), error.message))
    })
    this.#receiver = receiver
  }

  #report(fact: () => void): void {
    if (this.#paused) this.#held.push(fact)
    else fact()
  }

  #release(): void {
    while (!this.#paused) {
      const fact = this.#held.shift()
      if (fact === undefined) return
      fact()
    }
  }

  /** A refused handshake is an ordinary response over the same socket (REF-01, REF-10). */
  #refuse(command: HttpCommand): Promise<void> | undefined {
    this.#refusal ??= refusalTransport(
      this.#req,
      this.#socket,
      this.#facts,
      this.#options.drainTimeout,
    )
    return this.#refusal.perform(command)
  }

  /** Frames of one turn leave in one write. */
  #frame(data: Uint8Array | string, opcode: number, owned: boolean): Promise<void> | undefined {
    if (this.#gone || this.#socket.destroyed) return undefined
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      process.nextTick(this.#uncork)
    }
    if (data.length <= COPY_LIMIT) {
      this.#write(wholeFrame(opcode, data), this.#drained)
      return undefined
    }
    const payload = typeof data === 'string' ? Buffer.from(data) : data
    this.#write(frameHead(opcode, payload.byteLength))
    if (owned) {
      this.#write(payload, this.#drained)
      return undefined
    }
    // Too large to copy: the send settles when the write no longer reads the bytes (binding, 5).
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#write(payload, (error) => {
        this.#waiting = this.#waiting.filter((other) => other !== resolve)
        this.#drained(error)
        resolve()
      })
    })
  }

  #write(bytes: Uint8Array, written?: (error?: Error | null) => void): void {
    this.frameBytes += bytes.byteLength
    this.#socket.write(bytes, written)
  }

  #pong(): void {
    const ping = this.#ping
    if (ping === undefined || this.#deaf || this.#socket.writableLength > PONG_LIMIT) return
    this.#ping = undefined
    void this.#frame(ping, OPCODE.pong, true)
  }

  readonly #drained = (error?: Error | null): void => {
    if (error) return // FLOW-11: what was thrown away has not drained
    this.#facts.drained()
    this.#pong()
  }

  readonly #uncork = (): void => {
    if (!this.#corked) return
    this.#corked = false
    this.#socket.uncork()
  }
}
