// `npm test`: everything that has to hold before a change may go in. Stops at the first stage that
// fails. The last line is the tally of the tests.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { cache, environment, findPnpm, root } from './setup/pnpm.mjs'

// Scripts of package.json: what is checked here is what everybody can run alone.
const STAGES = ['typecheck', 'lint', 'format:check', 'build', 'pack:check', 'vitest', 'conformance']

const tallyFile = join(cache, 'tally.json')

/**
 * @param {string} name
 * @returns {{ name: string, ok: boolean, seconds: number }}
 */
function runStage(name) {
  console.log(`\n--- ${name}`)
  const start = performance.now()
  const pnpm = findPnpm()
  const { status } = spawnSync(pnpm.command, [...pnpm.args, '--silent', 'run', name], {
    cwd: root,
    env: environment(pnpm.folders, { PAGI_TALLY: tallyFile }),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return { name, ok: status === 0, seconds: (performance.now() - start) / 1000 }
}

/** @returns {{ passed: number, failed: number, skipped: number }} */
const readTally = () => JSON.parse(readFileSync(tallyFile, 'utf8'))

export function main() {
  mkdirSync(cache, { recursive: true })
  rmSync(tallyFile, { force: true })
  /** @type {ReturnType<typeof runStage>[]} */
  const stages = []
  for (const name of STAGES) {
    const stage = runStage(name)
    stages.push(stage)
    if (!stage.ok) break
  }
  const broken = stages.filter(({ ok }) => !ok).map(({ name }) => name)
  const tally = existsSync(tallyFile) ? readTally() : { passed: 0, failed: 0, skipped: 0 }
  // A stage that failed without a failed test must not leave a tally that reads as success.
  if (broken.length > 0) tally.failed = Math.max(tally.failed, 1)
  const complete = broken.length === 0 && tally.passed > 0 && tally.skipped === 0

  console.log(
    `\n${stages.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`).join(', ')}`,
  )
  if (broken.length > 0)
    console.log(`failed: ${broken.join(', ')}; the stages after it were not run`)
  else if (!complete) console.log('failed: tests were skipped, or there were none')
  console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
  if (!complete) process.exitCode = 1
}
