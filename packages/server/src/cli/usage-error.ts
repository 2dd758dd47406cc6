import { PagiError } from '@pagi/spec'

/** A command line that cannot be followed: exit code 2. */
export class UsageError extends PagiError {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'UsageError', configurable: true })
  }

  constructor(message: string) {
    super('ERR_PAGI_USAGE', message)
  }
}
