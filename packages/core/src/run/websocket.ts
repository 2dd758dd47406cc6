import type { DisconnectReason, WebSocketReceiveEvent } from '@pagi/spec'
import type { ExchangeOptions } from '../http/exchange.ts'
import { messageOf } from '../text.ts'
import { SERVER_CLOSES } from '../websocket/closing.ts'
import type { ServerCloseCause } from '../websocket/closing.ts'
import { WebSocketSession } from '../websocket/session.ts'
import type { SessionCommand } from '../websocket/session.ts'
import { KeepaliveTimer } from './keepalive-timer.ts'
import type {
  HttpCommand,
  Timer,
  WebSocketFacts,
  WebSocketFault,
  WebSocketTransport,
} from './ports.ts'
import { ResponseRun } from './response-run.ts'
import type { RunSettings } from './scope-run.ts'
import { Wait } from './timeouts.ts'

// Runs an application over one `websocket` scope. The session machine picks codes and frames; this
// loop owns the two bounded waits of the closing handshake (WS-29), the keepalive timer, and the
// inbound queue with its flow control (WS-36).

export interface WebSocketRunOptions extends ExchangeOptions {
  readonly subprotocols: readonly string[]
  /** Bytes waiting in the queue at which reading from the peer pauses. */
  readonly pauseAt: number
}

export class WebSocketRun extends ResponseRun<WebSocketReceiveEvent> implements WebSocketFacts {
  readonly #session: WebSocketSession
  readonly #port: WebSocketTransport
  readonly #pauseAt: number
  #keepalive: KeepaliveTimer | undefined
  #closeTimer: Timer | undefined
  /** A session is idle while neither side says anything; pings of the peer and pongs count. */
  readonly #idle: Wait
  #paused = false
  /** The transport is lost, or was cut: nobody is there to answer, and nothing may be written. */
  #gone = false
  /** What `websocket.disconnect` will say. */
  #said: { readonly code: number; readonly reason: string } = { code: 1006, reason: '' }

  constructor(
    settings: RunSettings,
    options: WebSocketRunOptions,
    connect: (facts: WebSocketFacts) => WebSocketTransport,
  ) {
    super('websocket', settings, options)
    this.#session = new WebSocketSession({ ...this.options, subprotocols: options.subprotocols })
    this.#pauseAt = options.pauseAt
    const { webSocketIdle } = settings.timeouts
    this.#idle = new Wait(webSocketIdle, () =>
      this.lose('idle_timeout', `nothing was said for ${webSocketIdle.milliseconds} ms`),
    )
    this.inbox.push({ type: 'websocket.connect' }) // WS-08
    this.#port = connect(this)
  }

  /** What `websocket.disconnect` says, once a session that was accepted has ended. */
  get endCode(): number | undefined {
    return this.end.open || !this.#session.accepted ? undefined : this.#said.code
  }

  message(data: string | Uint8Array, held = false): void {
    if (!this.end.open || !this.#session.listening) return // WS-23
    this.#stirred()
    const limit = this.settings.maxReceiveQueue
    if (!held && this.inbox.queued >= limit && !this.inbox.waiting)
      return this.#endWith('queue', `more than ${limit} messages are waiting`)
    if (typeof data === 'string')
      this.inbox.push({ type: 'websocket.receive', text: data }, data.length)
    else this.inbox.push({ type: 'websocket.receive', bytes: data }, data.byteLength)
    if (!this.#paused && this.#full(1)) {
      this.#paused = true
      this.#port.pause()
    }
  }

  ping(): void {
    this.#stirred()
  }

  pong(): void {
    this.#stirred()
    this.#keepalive?.pong()
  }

  peerClose(code: number, reason: string): void {
    if (this.#gone || this.#session.peerClose !== undefined) return
    if (this.end.open) {
      this.end.closeCode = code // CONN-20
      this.end.closeReason = code === 1005 ? undefined : reason
    }
    const reply = this.#session.peerClosed(code, reason)
    this.#stopTimers() // WS-19
    if (reply !== undefined) void this.#port.perform(reply)
    // Both frames are exchanged, so the server closes the transport (RFC 6455 7.1.1).
    this.#bound('close_incomplete', 'the transport did not finish closing') // T-CLOSE 6
    void this.#port.perform({ type: 'hang-up' })
  }

  fault(kind: WebSocketFault, detail: string): void {
    if (this.end.open) this.#endWith(kind, detail, true)
    // The answer that a Close of ours is waiting for cannot be read any more.
    else if (!this.#gone) void this.#port.perform({ type: 'hang-up' })
  }

  finished(): void {
    this.unwatchWrites()
    if (this.#session.state !== 'refused') return
    this.end.closeCode ??= 1006 // T-CLOSE 20
    this.end.complete()
  }

  lost(reason: DisconnectReason, detail?: string): void {
    this.#gone = true
    this.#closeTimer?.cancel()
    this.unwatchWrites()
    const said = this.#session.peerClose
    if (this.end.open && this.#session.closed && said !== undefined) {
      this.#said = said
      this.end.complete() // T-CLOSE 1 to 3
    } else this.lose(reason, detail)
  }

  override lose(reason: DisconnectReason, detail?: string, teardown?: () => void): boolean {
    if (!this.end.open) return false
    this.#said = this.#session.end(reason)
    this.end.closeCode ??= 1006
    return super.lose(reason, detail, teardown)
  }

  shutdown(phase: 'begin' | 'force'): void {
    const { state, peerClose } = this.#session
    const detail = 'the server is stopping'
    if (phase === 'force') this.lose('server_shutdown', detail)
    else if (this.#session.accepted) {
      if (peerClose === undefined) this.#endWith('shutdown', detail) // WS-39
    } else if (state === 'connecting') this.lose('server_shutdown', detail) // T-CLOSE 17
  }

  wanted(): void {
    if (!this.#full(2)) this.#readOn()
  }

  protected process(event: unknown): Promise<void> | undefined {
    return this.#carryOut(this.#session.send(event))
  }

  protected get terminal(): boolean {
    return this.#session.terminal
  }

  protected output(command: HttpCommand): Promise<void> | undefined {
    return this.#port.perform(command)
  }

  bufferedAmount(): number | undefined {
    return this.#port.bufferedAmount
  }

  protected written(): number | undefined {
    return this.#port.written
  }

  protected judge(failed: boolean, error: unknown): void {
    if (!this.#session.accepted) {
      this.unfinished(this.#session.state !== 'connecting', failed, error) // T-CLOSE 18, 19
      return
    }
    if (this.#session.peerClose !== undefined) {
      // No walk-away: the ending stays 1, 2 or 6 of T-CLOSE.
      if (failed)
        this.settings.log.error('websocket: the application failed after the Close', error)
      return
    }
    const detail = failed
      ? `the application failed: ${messageOf(error)}`
      : 'the application left without websocket.close'
    this.#endWith('walk-away', detail) // WS-32
    this.settings.log.error(`websocket: ${detail}`, error)
  }

  protected override hangUp(reason: DisconnectReason): void {
    this.#gone = true
    this.#closeTimer?.cancel()
    super.hangUp(reason)
  }

  protected endEvent(): WebSocketReceiveEvent {
    if (this.end.outcome === 'complete' && this.#session.state === 'refused')
      return { type: 'http.disconnect' }
    return { type: 'websocket.disconnect', code: this.#said.code, reason: this.#said.reason }
  }

  protected discardQueued(): void {
    this.#stopTimers()
  }

  #stirred(): void {
    if (this.end.open && this.#session.listening) this.#idle.start()
  }

  #stopTimers(): void {
    this.#keepalive?.stop()
    this.#idle.stop()
  }

  #carryOut(command: SessionCommand): Promise<void> | undefined {
    switch (command.type) {
      case 'source':
        return this.stream(command, this.#session.refusal)
      case 'keepalive':
        this.#keepAlive(command.interval, command.timeout)
        return undefined
      case 'accept':
        this.witness?.started(101, command.headers)
        this.end.responseStarted = true // T-END
        this.#stirred()
        return this.#port.perform(command)
      case 'close':
        this.#stopTimers() // WS-19
        this.#readOn()
        this.#bound('close_timeout', 'the peer did not answer the Close frame') // T-CLOSE 4
        return this.#port.perform(command)
      case 'text':
      case 'binary':
        this.#stirred()
        return this.#port.perform(command)
      case 'ping':
      case 'hang-up':
        return this.#port.perform(command)
      case 'head':
      case 'data':
      case 'end':
      case 'flush':
      case 'prepare':
      case 'abort':
      case 'nothing':
        return this.perform(command)
    }
  }

  /**
   * T-CLOSE 10 to 15: the transition happens now; a Close frame and the wait for its answer only
   * delay the teardown. A peer whose frames can no longer be read is not waited for.
   */
  #endWith(cause: ServerCloseCause, detail: string, deaf = false): void {
    if (!this.end.open) return
    const { token, code } = SERVER_CLOSES[cause]
    const ending = this.#session.end(token, code)
    this.end.closeCode ??= 1006
    const teardown = (): void => {
      if (ending.frame === undefined) return this.hangUp(token)
      void this.#port.perform(ending.frame)
      this.#readOn()
      this.#bound(token, detail)
      if (deaf) void this.#port.perform({ type: 'hang-up' })
    }
    // super, as `this.lose` would ask the session for an ending without a frame
    super.lose(token, detail, teardown)
    this.#said = ending
  }

  /** After `closeTimeout` the scope ends with this token, if it is open still, and the transport too. */
  #bound(token: DisconnectReason, detail: string): void {
    this.#closeTimer?.cancel()
    if (this.#gone) return
    const { closeTimeout, clock } = this.settings
    this.#closeTimer = clock.setTimer(() => {
      if (!this.lose(token, `${detail} within ${closeTimeout} ms`)) this.hangUp(token)
    }, closeTimeout)
  }

  /** After a pause; also for the sake of the peer's Close, which waits behind what is unread. */
  #readOn(): void {
    if (!this.#paused || this.#gone) return
    this.#paused = false
    this.#port.resume()
  }

  #full(share: number): boolean {
    const { maxReceiveQueue } = this.settings
    return (
      this.inbox.queued * 2 * share >= maxReceiveQueue || this.inbox.weight * share >= this.#pauseAt
    )
  }

  #keepAlive(interval: number, timeout: number): void {
    this.#keepalive ??= new KeepaliveTimer(this.settings.clock, {
      ping: () => void this.#port.perform({ type: 'ping' }),
      dead: () => this.lose('keepalive_timeout', 'no pong within the timeout of a ping'), // T-CLOSE 8
    })
    this.#keepalive.start(interval, timeout)
  }
}
