/** One call of the application, and the messages of its probe: probe/PROTOCOL.md. */

import type { Socket } from 'node:net'
import type { Json, JsonObject } from './case.ts'
import { isObject, textOf } from './values.ts'

/** What the probe says at the beginning of a call. */
export interface Introduction {
  readonly probe: JsonObject
  readonly pid: number
  readonly call: number
  readonly scope: JsonObject
  readonly facts: JsonObject | undefined
}

/** One message of the probe: an answer, or a callback that ran. */
export interface Report {
  readonly n: number
  readonly id?: number
  readonly called?: number
  readonly ok?: Json
  readonly error?: JsonObject
  readonly args?: Json
  readonly during?: Json
  readonly facts?: Json
}

/** The events that begin a response. */
const STARTS = ['http.response.start', 'sse.start', 'websocket.accept']

/** One call of the application, as the driver sees it. */
export class AppCall {
  readonly introduction: Introduction
  readonly reports: Report[] = []
  /** Told each line that goes over the connection. */
  trace: (direction: 'out' | 'in', line: string) => void = () => {}
  returned = false
  closed = false
  /** Nobody listens to it any more. */
  dropped = false
  /** Commands that were to begin a response. */
  readonly #starts: number[] = []
  readonly #socket: Socket
  #last = 0

  constructor(socket: Socket, introduction: Introduction) {
    this.#socket = socket
    this.introduction = introduction
  }

  get type(): string {
    return textOf(this.introduction.scope['type'])
  }

  get path(): string {
    return textOf(this.introduction.scope['path'])
  }

  /** The port of the client this call belongs to, where the scope says. */
  get clientPort(): number | undefined {
    const { client } = this.introduction.scope
    const port: unknown = Array.isArray(client) ? client[1] : undefined
    return port === undefined || port === null ? undefined : Number(port)
  }

  /** An id for the next command. */
  next(): number {
    this.#last += 1
    return this.#last
  }

  /** Sends one command, or several that are begun in one go. */
  command(commands: JsonObject | readonly JsonObject[]): void {
    const line = JSON.stringify(commands)
    this.trace('out', line)
    const all: readonly unknown[] = Array.isArray(commands) ? commands : [commands]
    if (all.some((one) => isObject(one) && (one['do'] === 'return' || one['do'] === 'throw'))) {
      this.returned = true
    }
    for (const one of all) if (isObject(one)) this.#noteStarts(one)
    if (!this.#socket.destroyed) this.#socket.write(`${line}\n`)
  }

  /** Sends one command and gives its id. */
  begin(command: JsonObject): number {
    const id = this.next()
    this.command({ id, ...command })
    return id
  }

  answer(id: number): Report | undefined {
    return this.reports.find((report) => report.id === id)
  }

  calls(id: number): readonly Report[] {
    return this.reports.filter((report) => report.called === id)
  }

  /** Responses this call was told to begin, and whose start the server did not reject. */
  get responses(): number {
    return this.#starts.filter((id) => this.answer(id)?.error === undefined).length
  }

  #noteStarts(command: JsonObject): void {
    const { event, id, then } = command
    if (command['do'] === 'send' && isObject(event) && STARTS.includes(textOf(event['type']))) {
      this.#starts.push(Number(id))
    }
    if (Array.isArray(then)) {
      for (const inner of then) if (isObject(inner)) this.#noteStarts(inner)
    }
  }

  /** Lets the application return and drops the connection. */
  drop(): void {
    if (!this.returned) this.begin({ do: 'return' })
    this.dropped = true
    this.#socket.end()
  }
}

/** A message of the probe; `undefined` where the protocol knows no such line. */
export function readMessage(line: string): Introduction | Report | undefined {
  let message: unknown
  try {
    message = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isObject(message)) return undefined
  const { probe, scope, pid, call, facts, n, id, called, error } = message
  if (isObject(probe) && isObject(scope)) {
    return {
      probe,
      pid: Number(pid),
      call: Number(call),
      scope,
      facts: isObject(facts) ? facts : undefined,
    }
  }
  if (typeof n !== 'number') return undefined
  return {
    n,
    ...(typeof id === 'number' && { id }),
    ...(typeof called === 'number' && { called }),
    ...('ok' in message && { ok: message['ok'] ?? null }),
    ...(isObject(error) && { error }),
    ...('args' in message && { args: message['args'] ?? null }),
    ...('during' in message && { during: message['during'] ?? null }),
    ...(isObject(facts) && { facts }),
  }
}
