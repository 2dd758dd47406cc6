// Closes a Vitest run with one plain line, `N passed, N failed, N skipped`; or leaves the numbers in
// the file that PAGI_TALLY names, for a caller who has more to add.
import { writeFileSync } from 'node:fs'

/** @typedef {import('vitest/node').TestModule} TestModule */

export default class Tally {
  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    /** @param {string} state */
    const count = (state) => tests.filter((test) => test.result().state === state).length
    // A file that fails outside its tests, or an error nobody caught, is a failure too.
    const broken = modules.filter(
      (module) =>
        module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
    )
    const tally = {
      passed: count('passed'),
      failed: count('failed') + broken.length + unhandledErrors.length,
      skipped: count('skipped') + count('pending'),
    }
    const file = process.env['PAGI_TALLY']
    if (file === undefined)
      console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
    else writeFileSync(file, JSON.stringify(tally))
  }
}
