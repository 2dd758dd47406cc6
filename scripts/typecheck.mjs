// `pnpm typecheck`: the root project, and each folder that has a tsconfig of its own, since a package
// without Node types must be checked without them.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/pnpm.mjs'
import { runAll, tool } from './setup/run.mjs'
import { workspace } from './setup/workspace.mjs'

export async function main() {
  const folders = ['.', 'scripts', 'conformance/page', ...workspace().map(({ path }) => path)]
  const projects = folders.filter((folder) => existsSync(join(root, folder, 'tsconfig.json')))
  const tasks = projects.map((project) => ({
    name: `types of ${project === '.' ? 'the repository' : project}`,
    args: [tool('typescript', 'tsc'), '-p', project],
  }))
  if (!(await runAll(tasks))) process.exitCode = 1
}
