// `npm run test:perl`: the Perl probe of the suite. It installs nothing: a machine without Perl, or
// without a module of it, gets a word about it, and an exit code that is not success.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { environment, findPnpm, root } from './setup/pnpm.mjs'
import { tool } from './setup/run.mjs'

const MODULES = ['Future::AsyncAwait', 'IO::Async::Loop']

/** @returns {string | undefined} what is not there */
function missing() {
  if (spawnSync('perl', ['-e', '1']).status !== 0) return 'perl'
  return MODULES.find((module) => spawnSync('perl', [`-M${module}`, '-e', '1']).status !== 0)
}

/** @param {readonly string[]} args of Vitest */
export function main(args) {
  const what = missing()
  if (what !== undefined) {
    console.log(`test:perl was not run: there is no ${what}.`)
    console.log('On Debian: apt install libio-async-perl libfuture-asyncawait-perl')
    process.exitCode = 2
    return
  }
  const config = join(root, 'conformance', 'test-perl', 'vitest.config.ts')
  const { status } = spawnSync(
    process.execPath,
    [
      tool('vitest'),
      'run',
      '--config',
      config,
      '--reporter=default',
      `--reporter=${join(root, '.ci', 'tally.mjs')}`,
      ...args,
    ],
    {
      cwd: root,
      env: environment(findPnpm().folders, { PAGI_TALLY: undefined }),
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  process.exitCode = status ?? 1
}
