import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Command, Folder } from './support.ts'

// Everything here must hold on every supported Node.js: npm test runs it on one, scripts/ on all.

const APP = `import { createServer, Application } from '@pagi/server'
import { shout, Loud } from './lib/shout.js'
import type { Options } from './lib/options.js'
import * as common from './lib/common.cjs'
import legacy from './lib/legacy.cts'
import { native } from './lib/native.mjs'
import { twice } from './lib/twice.mts'
import fs = require('node:fs')

enum Color {
  Red,
  Green = 'green',
}
const enum Size {
  Small = 1 << 2,
}
namespace Shapes {
  export const sides = 4
}
class Point {
  constructor(
    readonly x: number,
    private y = 2,
  ) {}
  sum(): number {
    return this.x + this.y
  }
}
abstract class Base<T> {
  declare phantom: T
  abstract name(): string
}
function overloaded(value: string): string
function overloaded(value: number): string
function overloaded(value: unknown): string {
  return String(value)
}
const options = { loud: true } satisfies Options
const lazy = await import('./lib/lazy.ts')
const loud: Loud = shout(<string>'hi')

console.log(
  JSON.stringify({
    loud,
    color: [Color.Red, Color[0], Color.Green],
    size: Size.Small,
    sides: Shapes.sides,
    point: new Point(1).sum(),
    base: Base.name,
    overloaded: overloaded(1),
    options: options!.loud,
    lazy: lazy.value,
    common: common.value,
    legacy,
    twice: twice(2),
    required: typeof fs.readFileSync,
    identity: native === createServer,
    url: import.meta.url.split('/').slice(-2),
  }),
)
const app: Application = async () => {}
export default app
process.exit(0)
`

const FILES = {
  'app.ts': APP,
  'lib/shout.ts':
    'export type Loud = string\nexport const shout = (text: string): Loud => text + "!"\n',
  'lib/options.ts': 'export interface Options { loud: boolean }\n',
  'lib/common.cts':
    'import path = require("node:path")\nimport other = require("./other.cts")\nconst value: number = other.one + path.sep.length\nexport = { value }\n',
  'lib/other.cts':
    'interface One { one: number }\nconst made: One = { one: 1 }\nmodule.exports = made\n',
  'lib/legacy.cts': 'const kind: string = typeof require\nmodule.exports = kind\n',
  'lib/native.mjs':
    'import { createServer } from "@pagi/server"\nexport const native = createServer\n',
  'lib/twice.mts': 'export const twice = <T extends number>(n: T): number => n * 2\n',
  'lib/lazy.ts': 'export const value: string = await Promise.resolve("later")\n',
}

const EXPECTED = {
  loud: 'hi!',
  color: [0, 'Red', 'green'],
  size: 4,
  sides: 4,
  point: 3,
  base: 'Base',
  overloaded: '1',
  options: true,
  lazy: 'later',
  common: 2,
  legacy: 'function',
  twice: 4,
  required: 'function',
  identity: true,
}

const folders: Folder[] = []
const running: Command[] = []

function folderOf(files: Readonly<Record<string, string>>, name?: string): Folder {
  const folder = new Folder(files, name)
  folders.push(folder)
  return folder
}

function start(folder: Folder, ...args: string[]): Command {
  const command = new Command(folder, args)
  running.push(command)
  return command
}

afterEach(() => {
  for (const command of running.splice(0)) command.kill()
})

afterAll(() => {
  for (const folder of folders) folder.remove()
})

describe('app.ts with everything TypeScript adds runs, with nothing on stderr,', () => {
  test.each([
    ['without a package.json', undefined],
    ['beside what npm init writes', '{ "type": "commonjs" }'],
    ['beside a package.json without a type', '{}'],
    ['in a package of modules', '{ "type": "module" }'],
  ])('%s', async (_, manifest) => {
    const name = 'a b #1 100% ü'
    const folder = folderOf(FILES, name)
    if (manifest !== undefined) folder.write('package.json', manifest)
    const { code, stdout, stderr } = await start(folder).ended
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const url = [encodeURIComponent(name), 'app.ts']
    expect(JSON.parse(stdout)).toEqual({ ...EXPECTED, url })
  })
})

describe('a file of any extension runs, with nothing on stderr:', () => {
  const module =
    'export default async () => {}\nconsole.log(import.meta.url.length > 0)\nprocess.exit(0)\n'
  const common =
    'module.exports = async () => {}\nconsole.log(typeof require === "function")\nprocess.exit(0)\n'
  const compiled = `Object.defineProperty(exports, "__esModule", { value: true })\nexports.default = async () => {}\nconsole.log(true)\nprocess.exit(0)\n`

  test.each([
    ['app.mts', module, '{ "type": "commonjs" }'],
    ['app.mjs', module, '{ "type": "commonjs" }'],
    ['app.js', module, '{ "type": "module" }'],
    ['app.js', module, '{}'],
    ['app.js', module, '{ "type": "commonjs" }'],
    ['app.js', `#!/usr/bin/env node\n${module}`, '{}'],
    ['app.js', `const require = 1\n${module}`, '{}'],
    ['app.js', common, '{}'],
    ['app.js', common, '{ "type": "commonjs" }'],
    ['app.js', compiled, '{ "type": "commonjs" }'],
    ['app.cjs', common, '{ "type": "module" }'],
    ['app.cts', common, '{ "type": "module" }'],
    ['app.cts', module, '{}'],
    ['app.ts', common, '{ "type": "commonjs" }'],
    ['app.ts', `import type { Scope } from '@pagi/server'\n${common}`, '{ "type": "commonjs" }'],
  ])('%s, %j, %s', async (file, source, manifest) => {
    const folder = folderOf({ [file]: source, 'package.json': manifest })
    const { code, stdout, stderr } = await start(folder, file).ended
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'true\n', stderr: '' })
  })
})

describe('what is wrong is named by its place in the source:', () => {
  const types = 'interface A {\n  a: number\n\n  b: string\n}\nenum E {\n  X,\n}\n'
  let folder: Folder

  beforeAll(() => {
    folder = folderOf({
      'package.json': '{ "type": "commonjs" }',
      'thrown.ts': `${types}const e: A | E = E.X\nthrow new Error('here' + e)\n`,
      'fail.ts': `${types}export type Value = number\nexport function fail(value: Value): never {\n  throw new TypeError(\n    String(value),\n  )\n}\n`,
      'deep.ts': `import { fail, Value } from './fail.js'\nconst value: Value = 1\nfail(value)\n`,
      'syntax.ts': `${types}export default = 1\n`,
      'imports-syntax.ts': `import './syntax.js'\nexport default 1\n`,
      'decorated.ts': `${types}function d(_: unknown): void {}\n\n@d\nexport class B {}\n`,
      'extension.ts': `import { fail } from './fail'\nfail(1)\n`,
      'missing.ts': `${types}import './gone.js'\n`,
      'late.ts': `${types}setTimeout((): void => {\n  throw new Error('late')\n})\nawait new Promise(() => {})\n`,
    })
  })

  test.each([
    ['thrown.ts', /Error: here0\n +at .*thrown\.ts:10:7/],
    ['deep.ts', /TypeError: 1\n +at .*fail\.ts:11:9\)?\n +at .*deep\.ts:3:1/],
    ['syntax.ts', /syntax\.ts could not be loaded\nfile:.*syntax\.ts:9:16\n/],
    ['imports-syntax.ts', /imports-syntax\.ts could not be loaded\nfile:.*[/]syntax\.ts:9:16\n/],
    ['decorated.ts', /decorated\.ts:11\n@d\n\nSyntaxError: Node\.js does not know decorators/],
    [
      'extension.ts',
      /extension\.ts could not be loaded: an import has the extension of its file, fail\.ts\n/,
    ],
    ['missing.ts', /missing\.ts could not be loaded\n.*gone\.js' imported from .*missing\.ts/],
    ['late.ts', /Error: late\n +at .*late\.ts:10:9/],
  ])('%s', async (file, message) => {
    const { code, stdout, stderr } = await start(folder, file).ended
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toMatch(message)
  })
})
