// Prints what ends.test.ts sees as a Markdown table: node packages/server/test/support/print-ends.mjs
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pagi-ends-'))
const table = join(folder, 'ends.md')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status, stdout } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    '--config',
    'vitest.workspace.ts',
    '--project',
    'server',
    'test/ends/ends.test.ts',
  ],
  { cwd: root, env: { ...process.env, ENDS_TABLE: table }, encoding: 'utf8' },
)
if (status === 0) console.log(readFileSync(table, 'utf8'))
else console.error(stdout)
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
