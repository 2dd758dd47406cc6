/** Checks on the sources themselves, made with the compiler. */

import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { RECEIVE_FIELDS, SEND_FIELDS } from '@pagi/spec'
import type { FieldRule } from '@pagi/spec'

const root = directory(new URL('../', import.meta.url))
const index = `${root}src/index.ts`
const config = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path))
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)

describe('the types compile where only', { timeout: 60_000 }, () => {
  test.each<[string, ts.CompilerOptions]>([
    ['the DOM is known', { lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], types: [] }],
    ['a worker is known', { lib: ['lib.es2023.d.ts', 'lib.webworker.d.ts'], types: [] }],
    ['Node is known', { lib: ['lib.es2023.d.ts'], types: ['node'] }],
  ])('%s', (_, environment) => {
    const user = `
      import { dispatch } from '@pagi/spec'
      export default dispatch({
        async http(scope, receive, send) {
          const { signal } = scope['pagi.connection']
          await receive({ signal })
          await send({ type: 'http.response.start', status: 200 })
          await send({ type: 'http.response.body', fh: new ReadableStream<Uint8Array>() })
        },
      })
    `
    expect(problems({ 'user.ts': user }, environment)).toEqual([])
  })

  test('Node is known, whose files and streams are body sources', () => {
    const user = `
      import type { BodySource, FileHandleLike, BytesInput } from '@pagi/spec'
      import type { FileHandle } from 'node:fs/promises'
      import { Readable } from 'node:stream'
      declare const handle: FileHandle
      export const like: FileHandleLike = handle
      export const sources: BodySource[] = [handle, handle.fd, Readable.from([]), new ReadableStream<Uint8Array>()]
      export const body: BytesInput = Buffer.from('')
    `
    expect(problems({ 'user.ts': user }, { lib: ['lib.es2023.d.ts'], types: ['node'] })).toEqual([])
  })
})

test('this check sees mistakes', { timeout: 60_000 }, () => {
  expect(problems({ 'user.ts': `import { nothing } from '@pagi/spec'` })).toEqual([
    expect.stringContaining("no exported member 'nothing'"),
  ])
})

test('the programs in the README compile', { timeout: 60_000 }, () => {
  const readme = ts.sys.readFile(`${root}README.md`) ?? ''
  const programs = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)
  expect(programs.length).toBeGreaterThan(1)
  const files = Object.fromEntries(programs.map((code, n) => [`readme-${n + 1}.ts`, code]))
  expect(problems(files)).toEqual([])
})

describe('comments', { timeout: 60_000 }, () => {
  const program = ts.createProgram([index], options)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(index)
  const module = source && checker.getSymbolAtLocation(source)
  const exported = (module ? checker.getExportsOfModule(module) : []).map((symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  )
  const comment = (symbol: ts.Symbol) =>
    ts.displayPartsToString(symbol.getDocumentationComment(checker))
  const membersOf = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Type
      ? checker.getDeclaredTypeOfSymbol(symbol).getProperties().filter(ours)
      : []

  test('everything that is exported, and every member of it, has one', () => {
    const silent = exported.flatMap((symbol) =>
      [symbol, ...membersOf(symbol)]
        .filter((each) => comment(each) === '')
        .map((each) => `${symbol.name}: ${each.name}`),
    )
    expect(exported.length).toBeGreaterThan(100)
    expect(silent).toEqual([])
  })

  test('every field of an event cites the requirement that rules it', () => {
    const comments = new Map<string, string>()
    for (const symbol of exported) {
      if (!/^Standard(Send|Receive)Event$/.test(symbol.name)) continue
      const events = checker.getDeclaredTypeOfSymbol(symbol)
      for (const event of events.isUnion() ? events.types : []) {
        const [type = ''] = event.getProperties().flatMap((property) => {
          const value = property.name === 'type' && checker.getTypeOfSymbol(property)
          return value && value.isStringLiteral() ? [value.value] : []
        })
        for (const property of event.getProperties()) {
          const key = `${type} ${property.name}`
          comments.set(key, `${comments.get(key) ?? ''} ${comment(property)}`)
        }
      }
    }
    const tables: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = {
      ...SEND_FIELDS,
      ...RECEIVE_FIELDS,
    }
    const uncited = Object.entries(tables).flatMap(([type, fields]) =>
      Object.entries(fields)
        .map(([field, { rule }]) => ({ field: `${type} ${field}`, rule }))
        .filter(({ field, rule }) => comments.get(field)?.includes(rule) !== true),
    )
    expect(uncited).toEqual([])
  })
})

function ours(symbol: ts.Symbol): boolean {
  const files = symbol.declarations?.map((node) => node.getSourceFile().fileName) ?? []
  return files.some((file) => file.includes('/spec/src/'))
}

/** What the compiler has to say about these files, which stand beside the tests. */
function problems(
  files: Readonly<Record<string, string>>,
  changes: ts.CompilerOptions = {},
): string[] {
  const texts = new Map<string, string>()
  for (const [name, text] of Object.entries(files)) texts.set(`${root}test/${name}`, text)
  const settings = { ...options, ...changes }
  const disk = ts.createCompilerHost(settings)
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => texts.has(name) || disk.fileExists(name),
    readFile: (name) => texts.get(name) ?? disk.readFile(name),
    getSourceFile(name, version) {
      const text = texts.get(name)
      if (text === undefined) return disk.getSourceFile(name, version)
      return ts.createSourceFile(name, text, version)
    },
  }
  const program = ts.createProgram([...texts.keys()], settings, host)
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText, file }) =>
      [file?.fileName ?? '', ts.flattenDiagnosticMessageText(messageText, '\n')].join(': '),
    )
}

/** The directory of a `file:` URL, as the compiler names it; `node:url` has no types here. */
function directory(url: URL): string {
  return decodeURIComponent(url.pathname).replace(/^\/(?=[A-Za-z]:)/, '')
}
