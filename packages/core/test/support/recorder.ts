import type { ConnectionState, ReceiveEvent } from '@pagi/spec'

/** Writes down, in order, everything an application is told of the end of its scope. */
export class Recorder {
  readonly entries: string[] = []
  readonly #connection: ConnectionState

  constructor(connection: ConnectionState) {
    this.#connection = connection
    connection.signal.addEventListener('abort', () => this.note('signal'))
    void connection.disconnected.then((reason) => this.note(`disconnected ${reason}`))
    void connection.ended.then((reason) => this.note(`ended ${reason}`))
    connection.onEnd((reason) => this.note(`onEnd ${reason}`))
    connection.onDisconnect((reason) => this.note(`onDisconnect 1 ${reason}`))
    connection.onComplete(() => this.note('onComplete 1'))
    connection.onDisconnect((reason) => this.note(`onDisconnect 2 ${reason}`))
    connection.onComplete(() => this.note('onComplete 2'))
  }

  /** An entry; with a mark where the scope was still open then, as nothing may tell of an end before. */
  note(what: string): void {
    this.entries.push(this.#connection.isConnected ? `${what} (open)` : what)
  }

  received(name: string, receive: Promise<ReceiveEvent>): void {
    void receive.then((event) => this.note(`${name} ${event.type}`))
  }

  sent(name: string, send: Promise<void>): void {
    void send.then(
      () => this.note(name),
      () => this.note(`${name} rejected`),
    )
  }
}

/** What T-ORDER wants of an abnormal end, for the receives and sends that were pending. */
export const abnormal = (
  reason: string,
  receives: readonly string[] = [],
  sends: readonly string[] = [],
): string[] => [
  'signal',
  `onDisconnect 1 ${reason}`,
  `onDisconnect 2 ${reason}`,
  `onEnd ${reason}`,
  `disconnected ${reason}`,
  `ended ${reason}`,
  ...receives,
  ...sends,
]

export const clean = (
  receives: readonly string[] = [],
  sends: readonly string[] = [],
): string[] => [
  'onComplete 1',
  'onComplete 2',
  'onEnd undefined',
  'ended undefined',
  ...receives,
  ...sends,
]
