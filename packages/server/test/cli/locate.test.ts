import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { LoadError } from '@pagi/spec'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { locate } from '../../src/cli/locate.ts'
import { splitRequest } from '../../src/cli/typescript/request.ts'

let folder = ''

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pagi-locate-')))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function write(...paths: string[]): void {
  for (const path of paths) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '')
  }
}

/** The file found, below the folder, with forward slashes. */
function found(argument: string | undefined): string {
  const { file, specifier, name } = locate(argument, folder)
  if (file === undefined) return `no file: ${specifier}`
  expect(fileURLToPath(specifier)).toBe(file)
  const path = file
    .slice(folder.length + 1)
    .split(sep)
    .join('/')
  return name === undefined ? path : `${path} ${name}`
}

function failure(argument: string | undefined): string {
  try {
    return found(argument)
  } catch (error) {
    if (error instanceof LoadError && error.stage === 'discovery') return error.message
    throw error
  }
}

describe('without an argument', () => {
  test('app.* is found, TypeScript first, before src/app.*', () => {
    write('src/app.ts', 'src/app.cjs')
    expect(found(undefined)).toBe('src/app.ts')
    for (const extension of ['cjs', 'mjs', 'js', 'cts', 'mts', 'ts']) {
      write(`app.${extension}`)
      expect(found(undefined)).toBe(`app.${extension}`)
    }
  })

  test('a folder without one is named', () => {
    expect(failure(undefined)).toBe(
      `there is no app.ts, app.mts, app.cts, app.js, app.mjs, app.cjs in ${folder} or its folder src: ` +
        'name the file, as in pagi-server path/to/app.ts',
    )
  })
})

describe('a path', () => {
  test.each([
    'app.ts',
    './app.ts',
    'src/../app.ts',
    'with space #1 100% ü.mjs',
    'web',
    './web',
    'web/',
  ])('%s is found', (argument) => {
    write('app.ts', 'with space #1 100% ü.mjs', 'web/src/app.js')
    expect(found(argument)).toBe(
      argument.includes('web') ? 'web/src/app.js' : argument.replace(/^.*\//, ''),
    )
  })

  test('may be absolute, or a file URL', () => {
    write('a #1.ts')
    expect(found(join(folder, 'a #1.ts'))).toBe('a #1.ts')
    expect(found(pathToFileURL(join(folder, 'a #1.ts')).href)).toBe('a #1.ts')
  })

  test('may name an export after a colon', () => {
    write('app.ts', 'web/app.ts')
    expect(found('app.ts:admin')).toBe('app.ts admin')
    expect(found('web:größe')).toBe('web/app.ts größe')
    expect(found(`${join(folder, 'app.ts')}:$x_1`)).toBe('app.ts $x_1')
  })

  test.each(['C:\\site\\app.ts', 'C:app', 'c:/site/app.ts'])(
    'the drive letter of %s is not followed by the name of an export',
    (argument) => {
      try {
        expect(locate(argument, folder).name).toBeUndefined()
      } catch (error) {
        expect(error).toBeInstanceOf(LoadError)
        expect(String(error)).toContain(argument)
      }
    },
  )

  test.each([
    ['aap.ts', 'aap.ts: there is no such file in FOLDER: did you mean app.ts?'],
    ['app.js', 'app.js: there is no such file in FOLDER: did you mean app.ts?'],
    ['./nothing-like-it.mjs', './nothing-like-it.mjs: there is no such file in FOLDER'],
    ['gone/app.ts', 'gone/app.ts: there is no folder FOLDER/gone'],
    [
      'app.tsx',
      'app.tsx: the extension of an application is one of .ts .mts .cts .js .mjs .cjs, got .tsx',
    ],
    [
      'README',
      'README: the extension of an application is one of .ts .mts .cts .js .mjs .cjs, got none',
    ],
  ])('%s fails in words that help', (argument, message) => {
    write('app.ts', 'app.tsx', 'README')
    expect(failure(argument).replaceAll(sep, '/')).toBe(
      message.replace('FOLDER', folder).replaceAll(sep, '/'),
    )
  })
})

describe('anything else is a package', () => {
  test.each([
    ['site', 'site', undefined],
    ['@scope/site/app', '@scope/site/app', undefined],
    ['@scope/site:admin', '@scope/site', 'admin'],
  ])('%s', (argument, specifier, name) => {
    const target = locate(argument, folder)
    expect(target).toMatchObject({ file: undefined, name, shown: specifier, hooked: true })
    expect(splitRequest(target.specifier)).toEqual({
      specifier,
      parentURL: pathToFileURL(join(folder, 'app.js')).href,
    })
  })

  test('a file or folder of the same name wins', () => {
    write('site/app.ts')
    expect(found('site')).toBe('site/app.ts')
  })
})

test('only files whose loading Node.js does not need help with go without the hooks', () => {
  write('a.ts', 'a.mts', 'a.cts', 'a.js', 'a.mjs', 'a.cjs')
  const hooked = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].filter(
    (extension) => locate(`a.${extension}`, folder).hooked,
  )
  expect(hooked).toEqual(['ts', 'mts', 'cts', 'js'])
})
