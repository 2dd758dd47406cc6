import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

// The test files that the documents show, as files of their own: each with the framework it is for.
// Their other programs are tried with those of all documents, in examples/test.

const execute = promisify(execFile)
const folder = new URL(`dist/${process.pid}/`, import.meta.url)

const FILES = ['../README.md', '../../../docs/guide/testing.md'].flatMap((name) => {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8')
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, program = ''], index) => ({
    name: `${name.split('/').at(-1)} ${index + 1}`,
    program,
    framework: /from '(node:test|vitest)'/.exec(program)?.[1],
  }))
})

beforeAll(() => mkdirSync(folder, { recursive: true }))
afterAll(() => rmSync(folder, { recursive: true }))

test('there are three', () => {
  expect(FILES.map(({ framework }) => framework)).toEqual(['node:test', 'node:test', 'vitest'])
})

test.each(FILES.filter(({ framework }) => framework === 'node:test'))(
  '$name runs under node:test',
  async ({ name, program }) => {
    const file = fileURLToPath(new URL(`${name.replaceAll(/\W/g, '-')}.test.mjs`, folder))
    writeFileSync(file, program)
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { stdout } = await execute(process.execPath, ['--test', '--test-reporter=tap', file], {
      env,
    })
    expect(stdout).toMatch(/^# pass [12]$/m)
  },
)

/** A stand-in for vitest, as it cannot run inside a test of its own. */
const STAND_IN = `
export { expect } from 'vitest'
export const tests = []
export const test = (name, run) => void tests.push(run)
`

test.each(FILES.filter(({ framework }) => framework === 'vitest'))(
  '$name runs under vitest',
  async ({ program }) => {
    writeFileSync(new URL('stand-in.mjs', folder), STAND_IN)
    const file = new URL('vitest.mjs', folder)
    writeFileSync(file, program.replace("'vitest'", "'./stand-in.mjs'"))
    await import(pathToFileURL(fileURLToPath(file)).href)
    const { tests }: { tests: readonly (() => Promise<void>)[] } = await import(
      new URL('stand-in.mjs', folder).href
    )
    expect(tests).toHaveLength(1)
    for (const run of tests) await run()
  },
)
