// What the documents show is tried: programs are compiled, applications are served, and the commands
// of a terminal are run against them.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Application } from '@pagi/server'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { problems } from './support/compiler.ts'
import { runConsole } from './support/console.ts'
import { blocks, documents, ROOT } from './support/markdown.ts'
import { load, serving } from './support/serve.ts'

const DOCUMENTS = await documents()
const BLOCKS = await Promise.all(DOCUMENTS.map(async (name) => ({ name, all: await blocks(name) })))
const SNIPPETS = BLOCKS.flatMap(({ all }) => all)
  .filter(({ language }) => language === 'ts')
  .map((block, index) => ({ ...block, file: fileOf(`snippet-${index + 1}.ts`) }))

// Beside node_modules, where the packages are found, in a folder that nobody else looks into.
function fileOf(name: string): string {
  return fileURLToPath(new URL(`dist/${process.pid}/${name}`, import.meta.url))
}

beforeAll(async () => {
  await mkdir(fileOf(''), { recursive: true })
  for (const { file, text } of SNIPPETS) await writeFile(file, text)
})
afterAll(() => rm(fileOf(''), { recursive: true, force: true }))

test('there are documents, programs and terminals to try', () => {
  expect(DOCUMENTS).toContain('README.md')
  expect(SNIPPETS.length).toBeGreaterThan(8)
})

test('the programs compile, and one that does not is noticed', { timeout: 60_000 }, async () => {
  const mistake = { place: 'somewhere', file: fileOf('mistake.ts') }
  await writeFile(mistake.file, "import { serve } from '@pagi/server'\nawait serve(1)\n")
  const expected: unknown = expect.stringMatching(/^somewhere: .*number/)
  expect(problems([...SNIPPETS, mistake])).toEqual([expected])
})

describe('the programs run', () => {
  for (const { place, file, text } of SNIPPETS) {
    test(place, async () => {
      const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
      const info = vi.spyOn(console, 'info').mockImplementation(() => undefined)
      onTestFinished(() => {
        log.mockRestore()
        info.mockRestore()
      })
      const module: { default?: unknown; app?: unknown } = await import(pathToFileURL(file).href)
      const printed = log.mock.calls.map((values) =>
        values.join(', ').trim().replaceAll('\n', ', '),
      )
      const promised = text.matchAll(/^\s*console\.log\(.*\)(?: \/\/ (.*))?$/gm)
      expect(printed).toEqual([...promised].map(([, words]) => words ?? expect.any(String)))

      if (!/^export (default|const app)\b/m.test(text)) return
      const app = module.default ?? module.app
      if (!isApplication(app)) throw new Error('the export is no application')
      const { url } = await serving(app)
      const statuses = ['*/*', 'text/event-stream'].map(async (accept) => {
        const leaving = new AbortController()
        const { status } = await fetch(url, { headers: { accept }, signal: leaving.signal })
        leaving.abort()
        return status
      })
      expect(Math.min(...(await Promise.all(statuses)))).toBe(200)
    })
  }
})

describe('the terminals show what happens', () => {
  for (const { name, all } of BLOCKS) {
    const example = /^examples\/([^/]+)\/README\.md$/.exec(name)?.[1]
    const consoles = all.filter(({ language }) => language === 'console')
    if (consoles.length === 0) continue
    test(name, async () => {
      if (example !== undefined) {
        const { url } = await serving(await load(example))
        expect(await runConsole(texts(consoles), url)).toBeGreaterThan(0)
        return
      }
      // Elsewhere a terminal belongs to the program before it.
      for (const block of consoles) {
        const before = all
          .slice(0, all.indexOf(block))
          .findLast(({ language }) => language === 'ts')
        const program = SNIPPETS.find(({ place }) => place === before?.place)
        const module: { default?: unknown } = await import(pathToFileURL(program?.file ?? '').href)
        if (!isApplication(module.default))
          throw new Error(`${block.place}: no application before it`)
        const { url } = await serving(module.default)
        expect(await runConsole([block.text], url)).toBeGreaterThan(0)
      }
    })
  }
})

test('links between documents and files lead somewhere', async () => {
  const dead: string[] = []
  for (const name of DOCUMENTS) {
    for (const link of await links(name)) {
      if (!existsSync(new URL(link, new URL(name, ROOT)))) dead.push(`${name}: ${link}`)
    }
  }
  expect(dead).toEqual([])
})

test('every example is in the list of examples, explains itself and shows how it is served', async () => {
  const list = await links('examples/README.md')
  for (const { name, all } of BLOCKS) {
    const example = /^examples\/([^/]+)\/README\.md$/.exec(name)?.[1]
    if (example === undefined) continue
    expect(list).toContain(example)
    expect(all.some(({ language }) => language === 'console')).toBe(true)
  }
})

function texts(all: readonly { readonly text: string }[]): string[] {
  return all.map(({ text }) => text)
}

function isApplication(value: unknown): value is Application {
  return typeof value === 'function'
}

/** Where the links of a document lead, those to other sites left out. */
async function links(name: string): Promise<readonly string[]> {
  const text = await readFile(new URL(name, ROOT), 'utf8')
  return [...text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
}
