import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import ts from 'typescript'
import { expect, test } from 'vitest'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

// TypeScript drops empty lines and keeps comments.
const EMPTY = '//<empty>'

/** The source without its types, as Prettier writes it. */
async function javascriptOf(file: string): Promise<string> {
  const source = readFileSync(file, 'utf8').replaceAll('\n\n', `\n${EMPTY}\n`)
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  })
  const javascript = outputText.replaceAll(new RegExp(`^ *${EMPTY}$`, 'gm'), '')
  return await format(javascript, { ...(await resolveConfig(file)), parser: 'babel' })
}

// `node scripts/javascript-probe.mjs` writes it.
test('the JavaScript probe is the TypeScript one without its types', async () => {
  await expect(await javascriptOf(path('../probe/probe.ts'))).toMatchFileSnapshot(
    path('../probe/probe.mjs'),
  )
})
