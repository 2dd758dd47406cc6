// Closes a Vitest run with one plain line: `N passed, N failed, N skipped`.
export default class Tally {
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules)
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state in count) count[state] += 1
      }
    const broken = modules.filter(
      (module) =>
        module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
    )
    console.log(
      `${count.passed} passed, ${count.failed + broken.length} failed, ${count.skipped} skipped`,
    )
  }
}
