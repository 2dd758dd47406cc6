// Writes conformance/probe/probe.mjs from probe.ts beside it: `node scripts/javascript-probe.mjs`.
// The file is a snapshot of a test, which fails while the two differ.
import { environment, findPnpm, root } from './setup/pnpm.mjs'
import { run, tool } from './setup/run.mjs'

const config = ['--config', 'vitest.workspace.ts', '--project', 'conformance']
const { ok, output } = await run(
  process.execPath,
  [tool('vitest'), 'run', ...config, 'test/probe.test.ts', '-t', 'without its types', '--update'],
  { cwd: root, env: environment(findPnpm().folders) },
)
if (!ok) {
  console.error(output)
  process.exitCode = 1
}
