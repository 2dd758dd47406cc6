// Writes docs/reference/options.md from the option table: `node scripts/options-reference.mjs`.
// The page is a snapshot of a test, which fails while page and table differ.
import { environment, findPnpm, root } from './setup/pnpm.mjs'
import { run, tool } from './setup/run.mjs'

const config = ['--config', 'vitest.workspace.ts', '--project', 'server']
const { ok, output } = await run(
  process.execPath,
  [tool('vitest'), 'run', ...config, 'test/cli/usage.test.ts', '--update'],
  { cwd: root, env: environment(findPnpm().folders) },
)
if (!ok) {
  console.error(output)
  process.exitCode = 1
}
