/** From a file to the applications and middleware in it. */

import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Application, Middleware } from '@pagi/spec'
import { UsageError } from '../args.ts'
import { SuiteError } from '../failure.ts'

/** What is judged. */
export type Subject =
  | { readonly kind: 'application'; readonly name: string; readonly app: Application }
  | { readonly kind: 'middleware'; readonly name: string; readonly middleware: Middleware }

/**
 * Loads a file. An application is its default export, else `app`, else what `createApp()` makes; a
 * middleware is its export `middleware`, or with `asMiddleware` what would be the application.
 *
 * @param argument `app.js`, or `app.js:name` for another export
 * @throws UsageError when there is no such file or export
 * @throws SuiteError when it cannot be loaded, or is neither application nor middleware
 */
export async function loadSubjects(
  argument: string,
  asMiddleware: boolean,
): Promise<readonly Subject[]> {
  const [, file = argument, name] = /^(.*\.[cm]?[jt]sx?):([\w$]+)$/.exec(argument) ?? []
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  const module = await importFile(file)
  if (name !== undefined) {
    if (!(name in module)) throw new UsageError(`${file} has no export ${name}: ${listed(module)}`)
    const value: unknown = Reflect.get(module, name)
    const what = `${name} of ${file}`
    return [
      asMiddleware || name === 'middleware'
        ? middlewareOf(value, what)
        : applicationOf(value, what),
    ]
  }
  const found = await Promise.all(['default', 'app', 'createApp'].map((key) => made(module, key)))
  const [main] = found.filter((one) => one !== undefined)
  const subjects: Subject[] = []
  if (main !== undefined) {
    const what = main.key === 'default' ? file : `${main.key} of ${file}`
    subjects.push(asMiddleware ? middlewareOf(main.value, what) : applicationOf(main.value, what))
  }
  if ('middleware' in module) {
    subjects.push(middlewareOf(module.middleware, `middleware of ${file}`))
  }
  if (subjects.length === 0) {
    throw new UsageError(
      `${file} has no default export, no app, no createApp and no middleware: ${listed(module)}`,
    )
  }
  return subjects
}

interface Made {
  readonly key: string
  readonly value: unknown
}

async function made(module: object, key: string): Promise<Made | undefined> {
  if (!(key in module)) return undefined
  const value: unknown = Reflect.get(module, key)
  if (key !== 'createApp' || typeof value !== 'function') return { key, value }
  if ('default' in module || 'app' in module) return undefined
  try {
    return { key, value: await Reflect.apply(value, undefined, [{}]) }
  } catch (error) {
    throw new SuiteError(`createApp failed: ${describe(error)}`)
  }
}

async function importFile(file: string): Promise<object> {
  try {
    const module: unknown = await import(pathToFileURL(resolve(file)).href)
    return Object(module)
  } catch (error) {
    if (codeOf(error) === 'ERR_UNKNOWN_FILE_EXTENSION' && /^\.[cm]?tsx?$/.test(extname(file))) {
      throw new SuiteError(
        `Node.js ${process.versions.node} does not run TypeScript, which ${file} leads to: use Node.js 22.18 or newer, name the JavaScript it is built to, or load a compiler: NODE_OPTIONS='--import tsx' npx pagi-conformance app ${file}`,
      )
    }
    throw new SuiteError(`${file} cannot be loaded: ${describe(error)}`)
  }
}

function applicationOf(value: unknown, name: string): Subject {
  const provided: unknown =
    typeof value === 'object' && value !== null && 'toApp' in value ? value.toApp : undefined
  let app = value
  if (typeof provided === 'function') {
    try {
      app = Reflect.apply(provided, value, [])
    } catch (error) {
      throw new SuiteError(`toApp() of ${name} failed: ${describe(error)}`)
    }
  }
  if (isFunction(app)) return { kind: 'application', name, app }
  throw new SuiteError(
    `${name} is no application: a function (scope, receive, send), or an object with toApp()`,
  )
}

function middlewareOf(value: unknown, name: string): Subject {
  if (isFunction(value)) return { kind: 'middleware', name, middleware: checked(value, name) }
  throw new SuiteError(
    `${name} is no middleware: a function that takes an application and gives one`,
  )
}

/** Says so where it gives no application: it may be a function that makes middleware. */
function checked(middleware: (...args: never) => unknown, name: string): Middleware {
  return (inner) => {
    const app: unknown = Reflect.apply(middleware, undefined, [inner])
    if (isFunction(app) && !(app instanceof Promise)) return app
    throw new SuiteError(
      `${name} gave no application for the one it got; export the middleware itself, as in: export const middleware = compress()`,
    )
  }
}

function isFunction(value: unknown): value is Application {
  return typeof value === 'function'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined
}

/** What was thrown, with the place it was thrown at. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function listed(module: object): string {
  const names = Object.keys(module).filter((key) => key !== 'module.exports')
  return names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`
}
