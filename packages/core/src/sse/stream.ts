import { EventOrderError } from '@pagi/spec'
import type { Header, HeaderList } from '@pagi/spec'
import {
  checkComment,
  checkSseClose,
  checkSseKeepalive,
  checkSseMessage,
  checkSseStart,
  readEvent,
  readType,
  unknownEvent,
} from '../check.ts'
import type { RawEvent } from '../check.ts'
import { HttpExchange } from '../http/exchange.ts'
import type { ExchangeOptions, SourceCommand } from '../http/exchange.ts'
import {
  CACHE_CONTROL,
  CONTENT_TYPE,
  DATE,
  HOP_BY_HOP,
  stripHopByHop,
} from '../http/response-fields.ts'
import type { Framing, HttpCommand } from '../run/ports.ts'
import { encodeUtf8 } from '../text.ts'
import { encodeComment, encodeMessage } from './encode.ts'

// The response machine of an `sse` scope (T-SSE). A refusal *is* an HttpExchange: once its start was
// accepted, every event goes there.

export type SseState = 'initial' | 'streaming' | 'closed' | 'refusing' | 'refused'
export type SseEventKind = 'start' | 'output' | 'close' | 'refuse' | 'refusal' | 'fullflush'

/** T-SSE: where each event leads; what is missing rejects. `refusal` is for T-HTTP to judge. */
export const SSE_TRANSITIONS: Readonly<
  Record<SseState, Readonly<Partial<Record<SseEventKind, SseState>>>>
> = {
  initial: { start: 'streaming', refuse: 'refusing' },
  streaming: { output: 'streaming', close: 'closed', fullflush: 'streaming' },
  closed: { close: 'closed' },
  refusing: { refusal: 'refusing', fullflush: 'refusing' },
  refused: {},
}

/** Tells the run loop to send this comment every so many seconds; 0 stops (SSE-16). */
export interface SseKeepaliveCommand {
  readonly type: 'keepalive'
  readonly interval: number
  readonly comment: string
}

/** Ends the stream; the reason is for the log (SSE-19). */
export interface SseCloseCommand {
  readonly type: 'sse-close'
  readonly reason: string | undefined
}

export type SseCommand = HttpCommand | SourceCommand | SseKeepaliveCommand | SseCloseCommand

const NOTHING = { type: 'nothing' } as const
const FLUSH = { type: 'flush' } as const
const CONTENT_TYPE_FIELD: Header = ['content-type', 'text/event-stream']
const CACHE_CONTROL_FIELD: Header = ['cache-control', 'no-cache']
const SSE_EVENTS =
  'sse.start, sse.send, sse.comment, sse.keepalive, sse.close or, before sse.start, http.response.*'

export class SseStream {
  #state: SseState = 'initial'
  readonly #refusal: HttpExchange
  readonly #options: ExchangeOptions

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#refusal = new HttpExchange({ ...options, close: true }) // REF-10
  }

  get state(): SseState {
    return this.#state === 'refusing' && this.#refusal.terminal ? 'refused' : this.#state
  }

  /** `sse.close`, or the refusal's terminal event, was accepted. */
  get terminal(): boolean {
    return this.#state === 'closed' || this.#refusal.terminal
  }

  /** The machine that a source of a refusal's body reports to. */
  get refusal(): HttpExchange {
    return this.#refusal
  }

  /** Takes one event; the command is what there is to do. Throws a PagiError (CORE-27). */
  send(input: unknown): SseCommand {
    const event = readEvent(input)
    const type = readType(event)
    switch (type) {
      case 'sse.send':
        this.#next('output', type)
        return this.#data(encodeMessage(checkSseMessage(event)))
      case 'sse.comment':
        this.#next('output', type)
        return this.#data(encodeComment(checkComment(event)))
      case 'sse.keepalive':
        this.#next('output', type)
        return { type: 'keepalive', ...checkSseKeepalive(event) }
      case 'sse.start':
        return this.#start(type, event)
      case 'sse.close':
        return this.#close(type, event)
      case 'http.response.start':
        return this.#refuse(type, event)
      case 'http.response.body':
      case 'http.response.trailers':
        this.#next('refusal', type)
        return this.#refusal.take(type, event)
      case 'http.fullflush':
        return this.#fullflush(type, event)
      default:
        throw unknownEvent(type, SSE_EVENTS)
    }
  }

  /** The bytes of a keepalive comment that is due (SSE-16). */
  comment(text: string): HttpCommand {
    return this.#state === 'streaming' ? this.#data(encodeComment(text)) : NOTHING
  }

  #start(type: string, event: RawEvent): HttpCommand {
    const next = this.#next('start', type)
    const fields = checkSseStart(event)
    let headers: HeaderList = fields.headers
    if ((fields.flags & HOP_BY_HOP) !== 0) {
      const cleaned = stripHopByHop(headers, false)
      headers = cleaned.headers
      if (cleaned.stripped.length > 0) this.#options.stripped?.(cleaned.stripped)
    }
    const added: Header[] = [] // SSE-08: what the application did not say itself
    if ((fields.flags & CONTENT_TYPE) === 0) added.push(CONTENT_TYPE_FIELD)
    if ((fields.flags & CACHE_CONTROL) === 0) added.push(CACHE_CONTROL_FIELD)
    this.#state = next
    return {
      type: 'head',
      status: fields.status,
      headers: [...headers, ...added],
      framing: this.#framing(),
      date: (fields.flags & DATE) === 0,
      close: false,
    }
  }

  #framing(): Framing {
    const { method, httpVersion } = this.#options
    if (method === 'HEAD') return 'none' // SSE-27
    if (httpVersion === '2') return 'stream'
    return httpVersion === '1.1' ? 'chunked' : 'close' // SSE-09
  }

  #data(text: string): HttpCommand {
    if (this.#options.method === 'HEAD') return NOTHING
    return { type: 'data', bytes: encodeUtf8(text), owned: true, last: false, total: undefined }
  }

  #close(type: string, event: RawEvent): SseCommand {
    const next = this.#next('close', type)
    const reason = checkSseClose(event)
    if (this.#state === 'closed') return NOTHING // SSE-20
    this.#state = next
    return { type: 'sse-close', reason }
  }

  #refuse(type: string, event: RawEvent): SseCommand {
    const next = this.#next('refuse', type)
    const command = this.#refusal.take(type, event)
    this.#state = next
    return command
  }

  #fullflush(type: string, event: RawEvent): SseCommand {
    if (!this.#options.fullflush) throw unknownEvent(type, SSE_EVENTS)
    this.#next('fullflush', type)
    return this.#state === 'refusing' ? this.#refusal.take(type, event) : FLUSH
  }

  #next(kind: SseEventKind, type: string): SseState {
    const next = SSE_TRANSITIONS[this.state][kind]
    if (next === undefined) throw new EventOrderError(type, this.state)
    return next
  }
}
