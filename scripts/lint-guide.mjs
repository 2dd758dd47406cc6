// Writes docs/guide/lint.md from the rules of lint: `node scripts/lint-guide.mjs`.
// The page is a snapshot of a test, which fails while page and rules differ.
import { environment, findPnpm, root } from './setup/pnpm.mjs'
import { run, tool } from './setup/run.mjs'

const config = ['--config', 'vitest.workspace.ts', '--project', 'core']
const { ok, output } = await run(
  process.execPath,
  [tool('vitest'), 'run', ...config, 'test/lint/guide.test.ts', '--update'],
  { cwd: root, env: environment(findPnpm().folders) },
)
if (!ok) {
  console.error(output)
  process.exitCode = 1
}
