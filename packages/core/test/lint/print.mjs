// Prints what lint says of an application for each rule that breaks it: node packages/core/test/lint/print.mjs
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pagi-lint-'))
const file = join(folder, 'rules.txt')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const config = ['--config', 'vitest.workspace.ts', '--project', 'core']
const { status, stdout } = spawnSync(
  process.execPath,
  [vitest, 'run', ...config, 'test/lint/guide.test.ts'],
  { cwd: root, env: { ...process.env, LINT_RULES_FILE: file }, encoding: 'utf8' },
)
if (existsSync(file)) console.log(readFileSync(file, 'utf8'))
if (status !== 0) console.error(stdout)
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
