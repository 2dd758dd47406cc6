// `npm run test:mutants`: the suite is tested with servers that break one rule each.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildChanged } from './setup/build.mjs'
import { root } from './setup/pnpm.mjs'
import { workspace } from './setup/workspace.mjs'

/** @param {readonly string[]} args */
export function main(args) {
  buildChanged(workspace())
  const program = join(root, 'conformance', 'mutants', 'main.mjs')
  const { status } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}
