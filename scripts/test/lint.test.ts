import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../setup/pnpm.mjs'
import { run, tool } from '../setup/run.mjs'

// The rules that carry weight, each seen at work: a rule that never fires guards nothing.
const PLANTED: Readonly<Record<string, string>> = {
  'no-explicit-any': 'export const a = (value: any): void => void value',
  'no-non-null-assertion': 'export const a = (list: number[]): number => list[0]!',
  'no-floating-promises': 'export const a = (work: () => Promise<void>): void => { work() }',
  'no-misused-promises':
    'export const a = (list: number[]): void => { list.forEach(async () => { await Promise.resolve() }) }',
  'switch-exhaustiveness-check':
    "export const a = (kind: 'x' | 'y'): void => { switch (kind) { case 'x': break } }",
  'consistent-type-imports':
    "import { Buffer } from 'node:buffer'\nexport const a = (b: Buffer): number => b.length",
}

let folder = ''
let output = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pagi-lint-'))
  const settings = { extends: join(root, 'tsconfig.base.json'), compilerOptions: { types: [] } }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  for (const [rule, text] of Object.entries(PLANTED))
    writeFileSync(join(folder, `${rule}.ts`), `${text}\n`)
  writeFileSync(join(folder, 'clean.ts'), 'export const a: number = 1\n')
  const args = [
    '--type-aware',
    '--deny-warnings',
    '--format',
    'unix',
    '-c',
    '.oxlintrc.json',
    folder,
  ]
  const result = await run(process.execPath, [tool('oxlint'), ...args])
  expect(result.ok).toBe(false)
  output = result.output
}, 30_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(Object.keys(PLANTED))('the linter refuses what %s forbids', (rule) => {
  const lines = output.split('\n').filter((line) => line.includes(`${rule}.ts:`))
  expect(lines.join('\n')).toContain(`(${rule})`)
})

test('the linter has nothing against a clean file', () => {
  expect(output).not.toContain('clean.ts')
})
