// Prints what lint says of an application for each rule that breaks it: node packages/core/test/lint/print.mjs
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const config = ['--config', 'vitest.workspace.ts', '--project', 'core']
const { status, stdout } = spawnSync(
  process.execPath,
  [vitest, 'run', 'test/lint/guide.test.ts', ...config, '--disable-console-intercept'],
  { cwd: root, env: { ...process.env, LINT_PRINT: '1' }, encoding: 'utf8' },
)
const [, printed = ''] = stdout.split('=== lint ===')
console.log(status === 0 ? printed.trim() : stdout)
process.exitCode = status ?? 1
