/** Stage "discovery": from what was typed to a module that can be imported (RUN-07). */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { LoadError, nearestName } from '@pagi/spec'
import { requestFrom } from './typescript/request.ts'

/** A module, and what to take from it. */
export interface Target {
  /** What `import()` gets. */
  readonly specifier: string
  /** How to name the module in messages. */
  readonly shown: string
  /** The file, unless it is a package. */
  readonly file: string | undefined
  /** The export asked for by name. */
  readonly name: string | undefined
  /** The module hooks are needed to load it. */
  readonly hooked: boolean
}

// TypeScript first: where both are there, the JavaScript is probably what it was compiled to.
const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']
const FOLDERS = ['', 'src']

/**
 * Finds the module an argument of the command line means: a file, a folder with an `app.*`, a
 * package specifier, each with or without `:name`; without an argument, the folder `cwd`.
 *
 * @throws LoadError of stage discovery when there is no such file
 */
export function locate(argument: string | undefined, cwd: string): Target {
  if (argument === undefined) return inFolder(cwd, '', undefined)
  const whole = pathOf(argument, cwd)
  const { rest, name } = existsSync(whole) ? { rest: argument, name: undefined } : split(argument)
  const path = pathOf(rest, cwd)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory() === true) return inFolder(path, rest, name)
  if (found !== undefined) return fileTarget(path, rest, name)
  if (looksLikePath(rest)) throw notFound(path, rest)
  const parentURL = pathToFileURL(join(cwd, 'app.js')).href
  return {
    specifier: requestFrom({ specifier: rest, parentURL }),
    shown: rest,
    file: undefined,
    name,
    hooked: true,
  }
}

function inFolder(folder: string, shown: string, name: string | undefined): Target {
  for (const below of FOLDERS) {
    for (const extension of EXTENSIONS) {
      const file = join(folder, below, `app${extension}`)
      if (existsSync(file)) return fileTarget(file, join(shown, below, `app${extension}`), name)
    }
  }
  throw new LoadError(
    'discovery',
    `there is no app${EXTENSIONS.join(', app')} in ${folder} or its folder src: ` +
      'name the file, as in pagi-server path/to/app.ts',
  )
}

function fileTarget(file: string, shown: string, name: string | undefined): Target {
  const extension = extname(file)
  if (!EXTENSIONS.includes(extension)) {
    const got = extension === '' ? 'none' : extension
    throw new LoadError(
      'discovery',
      `${shown}: the extension of an application is one of ${EXTENSIONS.join(' ')}, got ${got}`,
    )
  }
  return {
    specifier: pathToFileURL(file).href,
    shown,
    file,
    name,
    // Node.js loads these two as they are, and what they import.
    hooked: extension !== '.mjs' && extension !== '.cjs',
  }
}

function pathOf(argument: string, cwd: string): string {
  return argument.startsWith('file:') ? fileURLToPath(argument) : resolve(cwd, argument)
}

/** `app.ts:admin` without its name. The colon after a single letter is that of a drive. */
function split(argument: string): { rest: string; name: string | undefined } {
  const match = /^(..+):([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(argument)
  return { rest: match?.[1] ?? argument, name: match?.[2] }
}

function looksLikePath(text: string): boolean {
  return (
    /^\.{0,2}[/\\]|^\.{1,2}$|^file:|^[a-z]:/i.test(text) ||
    isAbsolute(text) ||
    EXTENSIONS.includes(extname(text))
  )
}

function notFound(path: string, shown: string): LoadError {
  const folder = dirname(path)
  if (!existsSync(folder)) {
    return new LoadError('discovery', `${shown}: there is no folder ${folder}`)
  }
  const files = readdirSync(folder).filter((entry) => EXTENSIONS.includes(extname(entry)))
  const nearest = nearestName(basename(path), files)
  const hint = nearest === undefined ? '' : `: did you mean ${join(dirname(shown), nearest)}?`
  return new LoadError('discovery', `${shown}: there is no such file in ${folder}${hint}`)
}
