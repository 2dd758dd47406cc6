import type { SseReceiveEvent } from '@pagi/spec'
import type { BodyPiece } from '../http/request.ts'
import { SseStream } from '../sse/stream.ts'
import type { SseCommand } from '../sse/stream.ts'
import { ExchangeRun } from './exchange-run.ts'
import type { RequestOptions } from './exchange-run.ts'
import { KeepaliveTimer } from './keepalive-timer.ts'
import type { HttpFacts, HttpTransport } from './ports.ts'
import type { RunSettings } from './scope-run.ts'
import { Wait } from './timeouts.ts'

/** Runs an application over one `sse` scope. */
export class SseRun extends ExchangeRun<SseReceiveEvent> {
  readonly #stream: SseStream
  #keepalive: KeepaliveTimer | undefined
  /** A stream is idle while nothing is sent on it, keepalive comments included. */
  readonly #idle: Wait

  constructor(
    settings: RunSettings,
    options: RequestOptions,
    connect: (facts: HttpFacts) => HttpTransport,
  ) {
    super('sse', settings, options, connect)
    this.#stream = new SseStream(this.options)
    const { sseIdle } = settings.timeouts
    this.#idle = new Wait(sseIdle, () =>
      this.lose('idle_timeout', `nothing was sent for ${sseIdle.milliseconds} ms`),
    )
  }

  /**
   * A stream lasts for ever, so it ends when the shutdown begins (LIFE-23). One that has not started
   * gets no answer either: an EventSource comes back after a lost connection, but not after a 503.
   */
  shutdown(phase: 'begin' | 'force'): void {
    const { state } = this.#stream
    if (phase === 'force' || state === 'streaming' || state === 'initial')
      this.lose('server_shutdown', 'the server is stopping')
  }

  protected process(event: unknown): Promise<void> | undefined {
    const command = this.#stream.send(event)
    if (this.#stream.state === 'streaming') this.#idle.start()
    return this.#carryOut(command)
  }

  protected get terminal(): boolean {
    return this.#stream.terminal
  }

  protected judge(failed: boolean, error: unknown): void {
    this.unfinished(this.#stream.state !== 'initial', failed, error) // SSE-22, SSE-25
  }

  protected requestEvent({ body, more }: BodyPiece): SseReceiveEvent {
    return { type: 'sse.request', body, more }
  }

  protected endEvent(): SseReceiveEvent {
    const { reason } = this.end
    return reason === undefined ? { type: 'sse.disconnect' } : { type: 'sse.disconnect', reason }
  }

  protected override discardQueued(): void {
    super.discardQueued()
    this.#stopTimers() // SSE-26
  }

  #stopTimers(): void {
    this.#keepalive?.stop()
    this.#idle.stop()
  }

  #carryOut(command: SseCommand): Promise<void> | undefined {
    switch (command.type) {
      case 'source':
        return this.stream(command, this.#stream.refusal)
      case 'keepalive':
        this.#keepAlive(command.interval, command.comment)
        return undefined
      case 'sse-close':
        this.#stopTimers()
        this.settings.log.debug(`sse: closed by the application: ${command.reason ?? 'no reason'}`)
        return this.perform({ type: 'end', trailers: undefined }) // SSE-18
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

  /** SSE-16: the last keepalive wins, with its comment. */
  #keepAlive(interval: number, comment: string): void {
    this.#keepalive?.stop()
    this.#keepalive = new KeepaliveTimer(this.settings.clock, {
      ping: () => {
        // A peer that does not read has enough waiting for it already.
        if (this.flow.engaged) return
        void this.perform(this.#stream.comment(comment))
        this.wrote()
        this.#idle.start()
      },
      dead: () => {},
    })
    this.#keepalive.start(interval, 0)
  }
}
