import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { root } from '../setup/pnpm.mjs'

/** What the compiler says about a piece of code inside a package, under that package's own settings. */
function errorsIn(name: string, text: string): readonly string[] {
  const folder = join(root, 'packages', name)
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), (file) =>
    ts.sys.readFile(file),
  )
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder)
  const planted = join(folder, 'src', 'planted.ts')
  const host = ts.createCompilerHost(options)
  const program = ts.createProgram([planted], options, {
    ...host,
    fileExists: (file) => file === planted || host.fileExists(file),
    getSourceFile: (file, ...rest) =>
      file === planted
        ? ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
        : host.getSourceFile(file, ...rest),
  })
  const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(planted))
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}

test.each(['spec', 'core', 'testing'])('%s is checked without the types of Node', (name) => {
  expect(errorsIn(name, 'export const a = Buffer.from("a")')).toEqual([
    expect.stringContaining("'Buffer'"),
  ])
  expect(errorsIn(name, 'export const a = process.pid')).toEqual([
    expect.stringContaining("'process'"),
  ])
  expect(errorsIn(name, 'export const a = new TextEncoder()')).toEqual([])
})
