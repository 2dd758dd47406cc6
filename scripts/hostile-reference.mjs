// Writes docs/reference/hostile-input.md from what comes back: `node scripts/hostile-reference.mjs`.
// The page is a snapshot of a test, which fails while page and answers differ.
import { environment, findPnpm, root } from './setup/pnpm.mjs'
import { run, tool } from './setup/run.mjs'

const config = ['--config', 'vitest.workspace.ts', '--project', 'server']
const { ok, output } = await run(
  process.execPath,
  [tool('vitest'), 'run', ...config, 'test/hostile/hostile.test.ts', '--update'],
  { cwd: root, env: environment(findPnpm().folders) },
)
if (!ok) {
  console.error(output)
  process.exitCode = 1
}
