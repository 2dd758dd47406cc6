import type { ListenAddress } from '../options/listen-address.ts'
import type { ResolvedOptions } from '../options.ts'
import { Admission } from './admission.ts'
import type { Dispatcher } from './dispatch.ts'
import { Listener } from './listener.ts'
import type { ServerAddress, SingleAddress } from './listener.ts'

/** Every address a server listens on: what its life needs of node:http. */
export class Listeners {
  readonly #dispatcher: Dispatcher
  readonly #options: ResolvedOptions
  readonly #admission: Admission
  #open: readonly Listener[] = []

  constructor(dispatcher: Dispatcher, options: ResolvedOptions) {
    const { maxConnections } = options
    this.#dispatcher = dispatcher
    this.#options = options
    this.#admission = new Admission(maxConnections || Infinity, () => {
      dispatcher.settings.log.warn(`${maxConnections} connections: further ones get 503`)
    })
  }

  /** In the order of the option; empty while there are none. */
  get addresses(): readonly ServerAddress[] {
    return this.#open.flatMap(({ address }) => (address === undefined ? [] : [address]))
  }

  /**
   * Binds all of them, or none.
   *
   * @throws ListenError, or the system's error, about the first that cannot be bound
   */
  async listen(): Promise<void> {
    const open: Listener[] = []
    try {
      for (const where of await single(this.#options.listen))
        open.push(await Listener.open(where, this.#dispatcher, this.#options, this.#admission))
    } catch (error) {
      for (const listener of open) listener.destroy()
      await Promise.all(open.map((listener) => listener.close()))
      throw error
    }
    this.#open = open
  }

  /** Stops accepting; resolves once the last connection is gone. */
  async close(): Promise<void> {
    await Promise.all(this.#open.map((listener) => listener.close()))
  }

  closeIdle(): void {
    for (const listener of this.#open) listener.closeIdle()
  }

  /** Destroys every connection that is left. */
  destroy(): void {
    for (const listener of this.#open) listener.destroy()
  }
}

async function single(addresses: readonly ListenAddress[]): Promise<readonly SingleAddress[]> {
  const all: SingleAddress[] = []
  for (const address of addresses) {
    if (address.kind !== 'systemd') all.push(address)
    else {
      const { takeActivated } = await import('./inherited.ts')
      all.push(...takeActivated(address).map((fd) => ({ kind: 'fd', fd }) as const))
    }
  }
  return all
}
