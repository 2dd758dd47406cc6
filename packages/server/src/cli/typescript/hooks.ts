/**
 * Module hooks that make Node.js load TypeScript, and `.js` files by their syntax. They serve
 * both `registerHooks`, which calls them in the thread of the application, and `register`, which
 * calls them in one of their own and has promises for results.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile } from './compile.ts'
import { formatOf, packageType } from './format.ts'
import type { Format } from './format.ts'
import { splitRequest } from './request.ts'

export interface Resolution {
  readonly url: string
}

export interface ResolveContext {
  readonly parentURL?: string | undefined
}

export interface Source {
  readonly format?: string | null | undefined
  readonly source?: unknown
  readonly shortCircuit?: boolean
}

type Eventually<T> = T | Promise<T>
export type NextResolve = (specifier: string, context: ResolveContext) => Eventually<Resolution>
export type NextLoad<Context> = (url: string, context: Context) => Eventually<Source>

/** Finds `./dep.ts` where `./dep.js` is written, as tsc wants it, and there is no such file. */
export function resolve(
  specifier: string,
  context: ResolveContext,
  next: NextResolve,
): Eventually<Resolution> {
  const request = splitRequest(specifier)
  if (request !== undefined) {
    return next(request.specifier, { ...context, parentURL: request.parentURL })
  }
  const twin = twinOf(specifier, context.parentURL)
  if (twin === undefined) return next(specifier, context)
  return attempt(
    () => next(specifier, context),
    (error) => {
      if (!isNotFound(error)) throw error
      return attempt(
        () => next(twin, context),
        (second) => {
          throw isNotFound(second) ? error : second
        },
      )
    },
  )
}

/** Compiles TypeScript; tells the format of `.js` files that no package.json calls modules. */
export function load<Context>(
  url: string,
  context: Context,
  next: NextLoad<Context>,
): Eventually<Source> {
  const extension = /^file:[^?#]*\.([cm]?ts|js)(?:[?#]|$)/.exec(url)?.[1]
  // What is installed is plain JavaScript, and loads as it would anywhere.
  if (extension === undefined || url.includes('/node_modules/')) return next(url, context)
  const file = fileURLToPath(url)
  if (extension === 'mts') return loaded(file, url, 'module')
  if (extension === 'cts') return loaded(file, url, undefined)
  const declared = packageType(file)
  if (extension === 'ts') return loaded(file, url, declared)
  if (declared === 'module') return next(url, context)
  const source = readFileSync(file, 'utf8')
  // As CommonJS, what is broken is reported with its place.
  if (formatOf(source, 'commonjs') === 'commonjs') return next(url, context)
  return { format: 'module', source, shortCircuit: true }
}

function loaded(file: string, url: string, declared: string | undefined): Source {
  const typescript = readFileSync(file, 'utf8')
  const plain = compile(typescript, url, 'Classic')
  // What the compiler accepts and V8 does not would be reported with its place in the output.
  const format: Format = declared === 'module' ? 'module' : formatOf(plain, 'module')
  const source =
    format === 'module' && REQUIRE.test(typescript) ? compile(typescript, url, 'NodeNext') : plain
  return { format, source, shortCircuit: true }
}

// `import fs = require('fs')`, which a module cannot have as it stands.
const REQUIRE = /^\s*(?:export\s+)?import\s+\w+\s*=\s*require\b/m

function twinOf(specifier: string, parentURL: string | undefined): string | undefined {
  const written = /^(?:\.{0,2}\/.*|file:.*)\.[cm]?js$/.test(specifier)
  if (!written || parentURL?.includes('/node_modules/') === true) return undefined
  return `${specifier.slice(0, -2)}ts`
}

function isNotFound(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}

function attempt<T>(
  run: () => Eventually<T>,
  recover: (error: unknown) => Eventually<T>,
): Eventually<T> {
  try {
    const result = run()
    return result instanceof Promise ? result.catch(recover) : result
  } catch (error) {
    return recover(error)
  }
}
