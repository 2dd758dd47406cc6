import { CaseFailure } from './failure.ts'

/**
 * What a lane waits for. Sockets, control connections and the server process tell it that something
 * has happened; whoever waits looks again.
 */
export class Watch {
  readonly #waiting = new Set<() => void>()
  /** Why nothing more will happen: the server has ended, say. */
  fault: () => string | undefined = () => undefined

  /** Something has happened. */
  notify(): void {
    for (const look of this.#waiting) look()
  }

  /**
   * Waits until `look` gives something.
   *
   * @param look gives `undefined` as long as it has not happened; may throw
   * @param what what is waited for, for the message
   * @param ms how long at most
   * @throws CaseFailure when the time is over, or `fault` has a reason
   */
  async until<T>(look: () => T | undefined, what: string, ms: number): Promise<T> {
    return await new Promise((resolve, reject) => {
      const attempt = (): void => {
        try {
          const found = look()
          if (found !== undefined) finish(() => resolve(found))
          else {
            const fault = this.fault()
            if (fault !== undefined) throw new CaseFailure(`${fault}, waiting for ${what}`)
          }
        } catch (error) {
          finish(() => reject(error))
        }
      }
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(attempt)
        settle()
      }
      const timer = setTimeout(() => {
        finish(() => reject(new CaseFailure(`no ${what} within ${ms} ms`)))
      }, ms)
      this.#waiting.add(attempt)
      attempt()
    })
  }
}
