/** What the steps of a case work on. */

import type { AppCall } from './app-call.ts'
import type { ControlServer } from './control.ts'
import type { Case, Json } from './case.ts'
import { ClientEnd } from './client/end.ts'
import { Wire } from './client/wire.ts'
import { CaseFailure, Skip, SuiteError } from './failure.ts'
import { mismatch, show } from './match.ts'
import type { ServerProcess } from './server-process.ts'
import type { Transcript } from './transcript.ts'
import { isObject, textOf } from './values.ts'
import type { Watch } from './watch.ts'

/** A promise or callback that a step has begun. */
export interface Begun {
  readonly call: AppCall
  readonly id: number
}

export class Context {
  readonly case: Case
  /** Milliseconds a step may wait. */
  readonly timeout: number
  /** Milliseconds a process may take to call the application for its lifespan. */
  readonly startTimeout: number
  readonly watch: Watch
  /** The process of the case; a later one after the step `again`. */
  server: ServerProcess
  readonly control: ControlServer
  readonly transcript: Transcript
  readonly saved = new Map<string, unknown>()
  readonly clients = new Map<string, ClientEnd>()
  readonly calls = new Map<string, AppCall>()
  readonly begun = new Map<string, Begun>()
  /** Ids of steps yet to come, which a callback is to speak of. */
  readonly promised = new Map<string, number>()
  /** Calls for this case that no step has taken yet. */
  readonly waiting: AppCall[] = []
  readonly file: (name: string) => string
  /** How much the server had written when the case began. */
  outputBefore: number
  /** The call that steps without a name speak to. */
  currentApp = 'app'
  #probes = 0

  constructor(
    one: Case,
    parts: {
      readonly patience: number
      readonly startTimeout: number
      readonly watch: Watch
      readonly server: ServerProcess
      readonly control: ControlServer
      readonly transcript: Transcript
      readonly file: (name: string) => string
    },
  ) {
    this.case = one
    this.timeout = one.timeout * parts.patience
    this.startTimeout = parts.startTimeout
    this.watch = parts.watch
    this.server = parts.server
    this.control = parts.control
    this.transcript = parts.transcript
    this.file = parts.file
    this.outputBefore = parts.server.output.length
  }

  async until<T>(look: () => T | undefined, what: string, ms = this.timeout): Promise<T> {
    return await this.watch.until(
      () => {
        if (this.control.fault !== undefined) throw new SuiteError(this.control.fault)
        return look()
      },
      what,
      ms,
    )
  }

  /** The client of that name, connecting with its first use. */
  client(name = 'c'): ClientEnd {
    const known = this.clients.get(name)
    if (known !== undefined) return known
    const { host, port } = this.server.address
    const wire = new Wire(host, port, this.watch)
    wire.trace = (direction, bytes) => this.transcript.bytes(`client ${name}`, direction, bytes)
    const end = new ClientEnd(wire, this.watch, this.timeout)
    this.clients.set(name, end)
    return end
  }

  call(name = this.currentApp): AppCall {
    const call = this.calls.get(name)
    if (call === undefined) throw new SuiteError(`no application call named ${name} in this case`)
    return call
  }

  begunBy(name: string): Begun {
    const begun = this.begun.get(name)
    if (begun === undefined) throw new SuiteError(`no step of this case is named ${name}`)
    return begun
  }

  /** The id of a command by its name, also of one that no step has begun yet. */
  idFor(name: string, call: AppCall): number {
    const known = this.begun.get(name)?.id ?? this.promised.get(name)
    if (known !== undefined) return known
    const id = call.next()
    this.promised.set(name, id)
    return id
  }

  /** Whether a call belongs to this case. */
  owns(call: AppCall): boolean {
    if (call.type === 'lifespan' || call.clientPort === undefined) return true
    const ports = [...this.clients.values()].map(({ wire }) => wire.localPort)
    return ports.includes(call.clientPort)
  }

  /**
   * Whether nobody but the server can have made the response last read on a connection: no call for
   * it was told to begin as many as were read.
   */
  madeByServer(end: ClientEnd): boolean {
    const known = [...this.calls.values(), ...this.waiting]
    const own = known.filter(({ clientPort }) => clientPort === end.wire.localPort)
    // A server that does not say whose request it is gives its calls to everybody.
    const about = own.length > 0 ? own : known.filter(({ clientPort }) => clientPort === undefined)
    const begun = about.reduce((sum, { responses }) => sum + responses, 0)
    return begun < end.responses
  }

  /** Compares, and keeps what the step wants kept. */
  check(
    step: { readonly match?: Json; readonly save?: unknown },
    got: unknown,
    what: string,
  ): void {
    if (step.match !== undefined) {
      const fault = mismatch(got, step.match, this.saved)
      if (fault !== undefined) throw new CaseFailure(`${what}: ${fault}`)
    }
    if (typeof step.save === 'string') this.saved.set(step.save, got)
    if (isObject(step.save)) {
      for (const [name, path] of Object.entries(step.save)) {
        this.saved.set(name, at(got, textOf(path)))
      }
    }
  }

  /**
   * A whole request of the suite on a connection of its own, which the suite answers by itself:
   * when it is through, the server has had its turn for everything before it.
   *
   * @returns what was wrong with it, or `undefined`
   */
  async roundTrip(path = '/pagi-suite/round-trip', status = 200): Promise<void> {
    this.#probes += 1
    const name = `suite ${this.#probes}`
    const end = this.client(name)
    end.methods.push('GET')
    end.wire.push(request(path))
    const head = await end.readHead(false)
    await end.readRest()
    end.wire.destroy()
    if (head.status !== status) {
      throw new CaseFailure(`a request of the suite was answered ${head.status}`)
    }
  }

  /** A request of the suite to a server that should not serve yet, sent by the first step that asks. */
  sendEarly(): Wire {
    const name = 'suite early'
    const sent = this.clients.has(name)
    const { wire } = this.client(name)
    if (!sent) wire.push(request('/pagi-suite/early'))
    return wire
  }

  /**
   * Provokes a failure that the server logs, and waits for the line: what it wrote before has come.
   *
   * @returns where this line begins in the output
   */
  async logMark(): Promise<number> {
    const before = this.server.output.length
    await this.roundTrip('/pagi-probe/throw', 500)
    return await this.until(
      () => this.server.output.lineWith('the probe fails at once', before),
      'log line of a provoked failure',
    )
  }

  /** Leaves out of the log what cases before this one have caused, and what may still be on its way. */
  async beginLog(): Promise<void> {
    await this.logMark()
    this.outputBefore = this.server.output.length
  }

  /** The process of this call has had a turn; what was due has been reported. */
  async ping(call: AppCall): Promise<void> {
    const id = call.begin({ do: 'ping' })
    await this.until(() => this.#answerOrGone(call, id), 'answer of the probe to a ping')
  }

  #answerOrGone(call: AppCall, id: number): true | undefined {
    if (call.closed) throw new CaseFailure('the probe has dropped its connection')
    return call.answer(id) === undefined ? undefined : true
  }

  /** A need that shows only in a scope. */
  checkScopeNeeds(call: AppCall): void {
    const { scope, probe } = call.introduction
    for (const need of this.case.needs) {
      const [kind, ...rest] = need.split(':')
      const name = rest.join(':')
      if (kind === 'extension') {
        const { extensions } = scope
        if (!isObject(extensions) || !(name in extensions)) {
          throw new Skip(`the server does not advertise the extension ${name}`)
        }
      }
      if (kind === 'scope' && (scope[name] === undefined || scope[name] === null)) {
        throw new Skip(`the scope has no ${name}`)
      }
      if (kind === 'probe') {
        const { features } = probe
        if (!Array.isArray(features) || !features.includes(name)) {
          throw new Skip(`the probe has no ${name}`)
        }
      }
    }
    const { binding } = this.case
    if (binding !== undefined && probe['binding'] !== binding) {
      throw new Skip(`it is about the ${binding} binding, the probe's is ${show(probe['binding'])}`)
    }
  }
}

/** A request that the suite itself answers, or makes the probe fail. */
function request(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: suite\r\nConnection: close\r\n\r\n`)
}

/** The part of a value at a dotted path; a key may have dots itself. */
function at(value: unknown, path: string): unknown {
  if (path === '') return value
  if (isObject(value) && path in value) return value[path]
  const [key = '', ...rest] = path.split('.')
  const inner: unknown = Array.isArray(value)
    ? value[Number(key)]
    : isObject(value)
      ? value[key]
      : undefined
  return at(inner, rest.join('.'))
}
