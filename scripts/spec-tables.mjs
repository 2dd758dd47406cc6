// Writes spec/state-tables.md from the tables of the machines: `node scripts/spec-tables.mjs`.
// The page is a snapshot of a test, which fails while page and tables differ.
import { environment, findPnpm, root } from './setup/pnpm.mjs'
import { run, tool } from './setup/run.mjs'

const config = ['--config', 'vitest.workspace.ts', '--project', 'core']
const { ok, output } = await run(
  process.execPath,
  [tool('vitest'), 'run', ...config, 'test/tables/state-tables.test.ts', '--update'],
  { cwd: root, env: environment(findPnpm().folders) },
)
if (!ok) {
  console.error(output)
  process.exitCode = 1
}
