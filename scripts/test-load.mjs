// `npm run test:load`: the tests of load at their full size, which `npm test` runs small. It prints their
// figures. Arguments are names of files: bodies, slow-clients, streams, aborts, fuzz.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildChanged } from './setup/build.mjs'
import { environment, findPnpm, root } from './setup/pnpm.mjs'
import { tool } from './setup/run.mjs'
import { workspace } from './setup/workspace.mjs'

const FOLDER = 'packages/server/test/load'

/** Twenty minutes: what hangs is found in the end. */
const TIMEOUT = 20 * 60_000

/** @param {readonly string[]} args names of files; none for all of them */
export function main(args) {
  buildChanged(workspace())
  const files = args.length === 0 ? [FOLDER] : args.map((name) => `${FOLDER}/${name}.test.ts`)
  const { status } = spawnSync(
    process.execPath,
    [
      tool('vitest'),
      'run',
      '--config',
      'vitest.workspace.ts',
      '--project',
      'server',
      // One after the other: each wants the machine for itself.
      '--no-file-parallelism',
      '--disable-console-intercept',
      `--test-timeout=${TIMEOUT}`,
      '--reporter=verbose',
      `--reporter=${join(root, '.ci', 'tally.mjs')}`,
      ...files,
    ],
    {
      cwd: root,
      env: environment(findPnpm().folders, { PAGI_LOAD: 'full', PAGI_TALLY: undefined }),
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  process.exitCode = status ?? 1
}
