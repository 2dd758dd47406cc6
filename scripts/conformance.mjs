// `pnpm conformance`: the whole suite against our own server, its coverage, and whether its mutants fit the build. Cases that our server skips count as such: `npm test` is red then.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, root } from './setup/pnpm.mjs'

const report = join(cache, 'conformance.json')
const program = join(root, 'conformance', 'bin', 'pagi-conformance.js')
const mutants = join(root, 'conformance', 'mutants', 'main.mjs')

/** @param {readonly string[]} args */
function run(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  return status === 0
}

/** @returns {{ passed: number, failed: number, skipped: number }} */
function counted() {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 }
  const { totals } = JSON.parse(readFileSync(report, 'utf8'))
  return {
    passed: totals.passed,
    failed: totals.failed + totals.warned + totals.errors + totals.expected + totals.unexpected,
    skipped: totals.skipped,
  }
}

export async function main() {
  mkdirSync(cache, { recursive: true })
  rmSync(report, { force: true })
  const covered = run([program, '--coverage'])
  const mutable = run([mutants, '--check'])
  const conforms = run([program, '--strict', '--json', report])
  const tally = counted()
  const own = process.env['PAGI_TALLY']
  if (own === undefined || !existsSync(own)) {
    console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
  } else {
    const before = JSON.parse(readFileSync(own, 'utf8'))
    const sum = {
      passed: before.passed + tally.passed,
      failed: before.failed + tally.failed,
      skipped: before.skipped + tally.skipped,
    }
    writeFileSync(own, JSON.stringify(sum))
  }
  if (!covered || !mutable || !conforms || tally.failed > 0) process.exitCode = 1
}
