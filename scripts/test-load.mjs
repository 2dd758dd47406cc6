// `npm run test:load`: what is too heavy for `npm test`: packages/*/test-load, and at its full size, with
// figures, packages/*/test/load, which `npm test` runs small. Words behind it are names of files, or
// parts of them: `npm run test:load -- hostile fuzz`.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildChanged } from './setup/build.mjs'
import { environment, findPnpm, root } from './setup/pnpm.mjs'
import { tool } from './setup/run.mjs'
import { workspace } from './setup/workspace.mjs'

/** @param {readonly string[]} args of Vitest, such as the name of a file */
export function main(args) {
  buildChanged(workspace()) // some start the command as a process of its own
  const { status } = spawnSync(
    process.execPath,
    [
      tool('vitest'),
      'run',
      '--config',
      'vitest.load.ts',
      '--disable-console-intercept',
      '--reporter=verbose',
      `--reporter=${join(root, '.ci', 'tally.mjs')}`,
      ...args,
    ],
    {
      cwd: root,
      env: environment(findPnpm().folders, { PAGI_LOAD: 'full', PAGI_TALLY: undefined }),
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  process.exitCode = status ?? 1
}
