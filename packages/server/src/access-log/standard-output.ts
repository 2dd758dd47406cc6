import type { Log } from '@pagi/core'
import type { Output } from './lines.ts'
import { Losses, WAITING_LIMIT } from './losses.ts'

/** How long a reader may take for the last lines, in milliseconds. */
const CLOSE_GRACE = 500

/** Lines on standard output, whose reader may be slow, or gone: `pagi-server app.ts | head -1`. */
export class StandardOutput implements Output {
  readonly #losses: Losses

  constructor(log: Log) {
    this.#losses = new Losses('standard output', log)
  }

  write(text: string): void {
    const { stdout } = process
    if (stdout.writableLength + text.length > WAITING_LIMIT)
      this.#losses.lost(text, 'they come faster than they can be written')
    else
      stdout.write(text, (error) => {
        if (error) this.#failed(text, error)
        else this.#losses.written()
      })
  }

  async reopen(): Promise<void> {
    // There is no file that could have been renamed.
  }

  /** Behind all that was written before; with a reader that has stalled that would never come. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const grace = setTimeout(resolve, CLOSE_GRACE)
      process.stdout.write('', (error) => {
        if (error) this.#failed('', error)
        clearTimeout(grace)
        resolve()
      })
    })
  }

  leave(): void {
    // It has been handed over, and standard output does not wait where it need not.
  }

  /** The stream emits the error next, which nobody may have a listener for. */
  #failed(text: string, error: Error): void {
    this.#losses.lost(text, error)
    if (process.stdout.listenerCount('error') === 0) process.stdout.once('error', () => {})
  }
}
