import type { DisconnectReason, HeaderList } from '@pagi/spec'

// The vocabulary between machines and sockets: commands go toward the socket, facts come back.
// A transport decides nothing about the protocol; it encodes what it is told and reports what it sees.

/**
 * How a response body is delimited on the wire.
 * - `none`: no body follows, and no framing header is added (HEAD, 204, 304; HTTP-63, HTTP-67)
 * - `length`: the headers carry a `content-length`
 * - `chunked`, `close`: HTTP/1.1 and HTTP/1.0 without one; where the head is still held back when
 *   the first `data` names its `total`, the transport sends that as the length instead (HTTP-100)
 * - `stream`: the protocol delimits by itself (HTTP/2)
 */
export type Framing = 'none' | 'length' | 'chunked' | 'close' | 'stream'

export interface HeadCommand {
  readonly type: 'head'
  readonly status: number
  readonly headers: HeaderList
  readonly framing: Framing
  /** The headers have no `date`, so the transport adds one (HTTP-82). */
  readonly date: boolean
  /** The connection must not serve another request after this response. */
  readonly close: boolean
}

export interface DataCommand {
  readonly type: 'data'
  readonly bytes: Uint8Array
  /** False: the bytes are the application's until the send settles (binding, section 5). */
  readonly owned: boolean
  /** The last piece: the body, and with it the response, ends here. */
  readonly last: boolean
  /** Said with the first piece: the length of the whole body, where it is known and nothing forbids it. */
  readonly total: number | undefined
}

/** The response ends here, with these trailers if there are any. */
export interface EndCommand {
  readonly type: 'end'
  readonly trailers: HeaderList | undefined
}

/** Everything held back leaves now. */
export interface FlushCommand {
  readonly type: 'flush'
}

/** A `file` or `fh` is being opened: while `pending`, a held head may wait for its first piece. */
export interface PrepareCommand {
  readonly type: 'prepare'
  readonly pending: boolean
}

/**
 * The exchange ends now, short of its framing; nothing more is written (HTTP-74, HTTP-75, CONN-35).
 * `cause` tells a stream protocol which code to reset with; after `shutdown` what was taken before
 * may still leave, and after `stalled` nothing can, as the peer takes nothing.
 */
export interface AbortCommand {
  readonly type: 'abort'
  readonly cause: 'app_abort' | 'error' | 'shutdown' | 'stalled'
}

/** Accepted, but nothing leaves: a body that is suppressed, a send the peer will not read. */
export interface NothingCommand {
  readonly type: 'nothing'
}

export type HttpCommand =
  | HeadCommand
  | DataCommand
  | EndCommand
  | FlushCommand
  | PrepareCommand
  | AbortCommand
  | NothingCommand

/**
 * What every HTTP adapter implements for one exchange.
 */
export interface HttpTransport {
  /**
   * Carries out a command now. A promise settles when the bytes are no longer read by the transport
   * and the peer can take more, or at the end of the exchange; it never rejects. `undefined`: more
   * may follow at once. Output may be gathered within a turn; `bufferedAmount` counts it.
   */
  perform(command: HttpCommand): Promise<void> | undefined
  /** Asks for the next piece of the request body; it arrives as a fact, perhaps within this call. */
  pull(): void
  /** Bytes taken and not yet written, where that can be known. */
  readonly bufferedAmount: number | undefined
  /** Bytes written so far, where that can be known; only whether it grows matters. */
  readonly written: number | undefined
}

/** What a transport reports, synchronously, as it notices it. Each end is reported once. */
export interface HttpFacts {
  /** A piece of the request body; the application's to keep. */
  chunk(bytes: Uint8Array): void
  /** The request body is complete. */
  bodyEnd(): void
  /** `bufferedAmount` has shrunk. */
  drained(): void
  /** The last byte was handed over: the clean end. May be reported inside `perform`. */
  finished(): void
  /** The peer, the connection or the stream is gone, or has broken the protocol. */
  lost(reason: DisconnectReason, detail?: string): void
}

/** Completes the opening handshake (WS-10). */
export interface AcceptCommand {
  readonly type: 'accept'
  readonly subprotocol: string | undefined
  readonly headers: HeaderList
}

/** One whole message. */
export type MessageCommand =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'binary'; readonly bytes: Uint8Array; readonly owned: boolean }

export interface PingCommand {
  readonly type: 'ping'
}

/** Writes a Close frame; without a code an empty one. */
export interface CloseFrameCommand {
  readonly type: 'close'
  readonly code: number | undefined
  readonly reason: string
}

/** Both Close frames are exchanged, or no more will come: end the transport in an orderly way. */
export interface HangUpCommand {
  readonly type: 'hang-up'
}

export type WebSocketCommand =
  HttpCommand | AcceptCommand | MessageCommand | PingCommand | CloseFrameCommand | HangUpCommand

/**
 * What every WebSocket adapter implements for one session. Until `accept` it takes HttpCommands: a
 * refused handshake is an ordinary response (REF-01).
 */
export interface WebSocketTransport {
  /** As {@link HttpTransport.perform}. */
  perform(command: WebSocketCommand): Promise<void> | undefined
  /** Stops reading from the peer, or goes on: the inbound queue's flow control (WS-36). */
  pause(): void
  resume(): void
  readonly bufferedAmount: number | undefined
  /** As {@link HttpTransport.written}. */
  readonly written: number | undefined
}

/** What a peer did against RFC 6455, or over a limit; see `websocket/closing.ts`. */
export type WebSocketFault = 'protocol' | 'utf8' | 'size'

export interface WebSocketFacts {
  /**
   * @param held it had arrived before, waited while the transport was paused, and is reported because
   * the transport is about to be lost: the limit of the queue is not for it
   */
  message(data: string | Uint8Array, held?: boolean): void
  /** The transport answers it by itself. */
  ping(): void
  pong(): void
  /** The peer's Close frame; no code: 1005. */
  peerClose(code: number, reason: string): void
  fault(kind: WebSocketFault, detail: string): void
  drained(): void
  /** A refusal's last byte was handed over. */
  finished(): void
  /** The transport is gone, whoever closed it. */
  lost(reason: DisconnectReason, detail?: string): void
}

/** Who keeps count of the scopes of a server, or a log of them; asked once per event, synchronously. */
export interface RunWitness {
  /** A response begins, the server's own included, or a handshake is accepted (101). */
  started(status: number, headers: HeaderList): void
  /** The scope has ended, and its facts are final. The bytes of its response may still be on their way. */
  ended(): void
}

/** A `file` or `fh` of a body event, opened. */
export interface BodyReader {
  /** The bytes that will come in all, where that is known before reading. */
  readonly size: number | undefined
  /** A piece is good until the next one is asked for: all of them are the same memory. */
  readonly reuses?: true
  /** The next piece, `undefined` at the end. Rejects when the source cannot be read. */
  read(): Promise<Uint8Array | undefined>
  /**
   * Stops using the source, also with a read under way: closes what `open` opened, and nothing of the
   * application's (HTTP-56). Settles once the source is no longer touched.
   */
  close(): Promise<void>
}

/** Which source to open and which part of it. */
export interface SourceRange {
  readonly file: string | URL | undefined
  readonly fh: unknown
  readonly offset: number
  readonly length: number | undefined
}

/**
 * Opens what only a runtime can: paths and descriptors. Throws, or rejects, with a BodySourceError.
 * Returns `undefined` for a source it leaves to core (streams, iterables, handles with `read`).
 */
export type OpenSource = (source: SourceRange) => Promise<BodyReader> | undefined

/** Time, for timers that a test can drive. */
export interface Clock {
  /** Milliseconds; only differences matter. */
  now(): number
  /** Calls back once after so many milliseconds; the timer does not keep a process alive. */
  setTimer(callback: () => void, milliseconds: number): Timer
}

export interface Timer {
  cancel(): void
}

/** Where the server's diagnostics go; a second argument is what was thrown. */
export interface Log {
  error(message: string, cause?: unknown): void
  warn(message: string, cause?: unknown): void
  info(message: string, cause?: unknown): void
  debug(message: string, cause?: unknown): void
}
