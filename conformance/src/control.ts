/** Where probes connect to: probe/PROTOCOL.md. */

import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { AppCall, readMessage } from './app-call.ts'
import { SuiteError } from './failure.ts'
import { LineReader } from './line-reader.ts'
import { show } from './match.ts'
import type { Watch } from './watch.ts'

/** The version of the protocol the suite speaks. */
const PROTOCOL = 1

/** More than any case has a probe report on one connection. */
const MOST_REPORTS = 100_000

/** More than any case opens; those of finished calls are closed by then. */
const MOST_CONNECTIONS = 1000

/** How much a probe may still say once its call has been dropped. */
const MOST_AFTERWARDS = 16 * 1024 * 1024

export class ControlServer {
  readonly #server: Server
  readonly #watch: Watch
  readonly #connections = new Set<Connection>()
  /** Called with each new call of the application. */
  onCall: (call: AppCall) => void = () => {}
  /** What a probe did against the protocol since this was last cleared. */
  fault: string | undefined

  private constructor(server: Server, watch: Watch) {
    this.#server = server
    this.#watch = watch
    server.on('connection', (socket) => this.#accept(socket))
  }

  /**
   * Listens on the given port of the loopback, or on a free one.
   *
   * @throws SuiteError when somebody else has the port
   */
  static async listen(watch: Watch, port = 0): Promise<ControlServer> {
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        reject(
          new SuiteError(`the suite cannot listen for the probe on port ${port}: ${error.message}`),
        )
      })
      server.listen(port, '127.0.0.1', () => resolve())
    })
    return new ControlServer(server, watch)
  }

  /** The value of `PAGI_PROBE`. */
  get address(): string {
    const address = this.#server.address()
    if (typeof address !== 'object' || address === null) throw new SuiteError('not listening')
    return `127.0.0.1:${address.port}`
  }

  async close(): Promise<void> {
    for (const { socket } of this.#connections) socket.destroy()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= MOST_CONNECTIONS) this.#closeDropped()
    const connection = new Connection(socket, {
      call: (call) => this.onCall(call),
      fault: (text) => {
        this.fault ??= text
      },
      changed: () => this.#watch.notify(),
    })
    if (this.#connections.size >= MOST_CONNECTIONS) {
      connection.refuse(`more than ${MOST_CONNECTIONS} probes are connected at once`)
    }
    this.#connections.add(connection)
    socket.on('close', () => this.#connections.delete(connection))
  }

  /** Probes that have not closed their end of a connection nobody listens to. */
  #closeDropped(): void {
    for (const connection of this.#connections) {
      if (connection.call?.dropped !== true) continue
      connection.socket.destroy()
      this.#connections.delete(connection)
    }
  }
}

interface Listener {
  readonly call: (call: AppCall) => void
  readonly fault: (text: string) => void
  readonly changed: () => void
}

/** One connection: an introduction, then reports. */
class Connection {
  readonly socket: Socket
  readonly #listener: Listener
  readonly #lines = new LineReader()
  #afterwards = 0
  call: AppCall | undefined

  constructor(socket: Socket, listener: Listener) {
    this.socket = socket
    this.#listener = listener
    socket.setNoDelay(true)
    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.on('data', (text: string) => {
      this.#hear(text)
      listener.changed()
    })
    socket.on('close', () => {
      const { rest } = this.#lines
      if (this.call !== undefined) this.call.closed = true
      else if (rest !== '') listener.fault(unknown(rest))
      listener.changed()
    })
  }

  /** Ends the connection of a probe that keeps to no protocol; who has been dropped may. */
  refuse(why: string): void {
    if (this.call?.dropped !== true) this.#listener.fault(why)
    this.socket.destroy()
  }

  #hear(text: string): void {
    if (this.call?.dropped === true) {
      this.#afterwards += text.length
      if (this.#afterwards > MOST_AFTERWARDS) this.socket.destroy()
    }
    for (const line of this.#lines.read(text)) {
      if (this.socket.destroyed) return
      this.#line(line)
    }
    if (this.#lines.overlong)
      this.refuse(`the probe sent a line of over ${LineReader.LONGEST} bytes`)
  }

  #line(line: string): void {
    const { call } = this
    const message = readMessage(line)
    if (message === undefined) {
      this.refuse(unknown(line))
    } else if ('probe' in message) {
      const { protocol } = message.probe
      if (call !== undefined) {
        this.refuse('the probe introduced itself twice on one connection')
      } else if (protocol !== PROTOCOL) {
        this.refuse(
          `the probe speaks version ${show(protocol)} of the protocol, the suite version ${PROTOCOL}`,
        )
      } else {
        this.call = new AppCall(this.socket, message)
        this.#listener.call(this.call)
        this.call.trace('in', line)
      }
    } else if (call === undefined) {
      this.refuse(`the probe reported before it introduced itself: ${line.slice(0, QUOTED)}`)
    } else if (call.reports.length === MOST_REPORTS) {
      this.refuse(`the probe sent more than ${MOST_REPORTS} messages on one connection`)
    } else {
      call.trace('in', line)
      call.reports.push(message)
    }
  }
}

const QUOTED = 200

function unknown(line: string): string {
  return `the probe sent a line that the protocol does not know: ${line.slice(0, QUOTED)}`
}
