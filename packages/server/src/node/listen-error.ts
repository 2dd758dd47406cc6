/** An address that cannot be listened on, for a reason the system has no words for. */

import { showListenAddress } from '../options/listen-address.ts'
import type { ListenAddress } from '../options/listen-address.ts'

/** Has the code the system would give it: `EADDRINUSE`, `EEXIST`, `EINVAL`, ... */
export class ListenError extends Error {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'ListenError', configurable: true })
  }

  readonly code: string
  readonly syscall = 'listen'
  readonly address: string

  /** @param why completes "cannot listen on ...: " */
  constructor(address: ListenAddress, code: string, why: string, options?: ErrorOptions) {
    const shown = showListenAddress(address)
    super(`cannot listen on ${shown}: ${why}`, options)
    this.code = code
    this.address = shown
  }
}
