// `pnpm pack:check`: what npm would get, looked at by publint and attw.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from './setup/pack.mjs'
import { runAll, tool } from './setup/run.mjs'

export async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'pagi-packages-'))
  try {
    const packed = await pack(folder)
    const tasks = packed.flatMap(({ name, file }) => [
      { name: `publint ${name}`, args: [tool('publint'), '--strict', file] },
      {
        name: `attw ${name}`,
        args: [tool('@arethetypeswrong/cli', 'attw'), '--profile', 'esm-only', file],
      },
    ])
    if (!(await runAll(tasks))) process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
