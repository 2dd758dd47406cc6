// One line per check, and the tally at the end.
import { performance } from 'node:perf_hooks'

export class Report {
  #passed = 0
  #failed = 0
  #skipped = 0

  /**
   * Does a check and says how it went.
   *
   * @param {string} name
   * @param {() => unknown} check throws or rejects when something is wrong
   * @returns {Promise<boolean>}
   */
  async check(name, check) {
    const start = performance.now()
    const took = () => `${((performance.now() - start) / 1000).toFixed(1)} s`
    try {
      await check()
      this.#passed += 1
      console.log(`ok      ${name} (${took()})`)
      return true
    } catch (error) {
      this.#failed += 1
      const text = error instanceof Error ? error.message : String(error)
      console.log(`FAILED  ${name} (${took()})\n${text.replaceAll(/^/gm, '        ')}`)
      return false
    }
  }

  /**
   * Something this machine cannot do. It is not success.
   *
   * @param {string} name
   * @param {string} why
   */
  notRun(name, why) {
    this.#skipped += 1
    console.log(`not run ${name}: ${why}`)
  }

  /** Prints the tally; the exit code says whether everything was run and passed. */
  close() {
    console.log(`${this.#passed} passed, ${this.#failed} failed, ${this.#skipped} skipped`)
    if (this.#failed > 0 || this.#skipped > 0 || this.#passed === 0) process.exitCode = 1
  }
}
