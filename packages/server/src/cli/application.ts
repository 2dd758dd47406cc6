/** From an export to an application function: stages "construction", "toApp" and "validation". */

import { types } from 'node:util'
import { describeValue, LoadError } from '@pagi/spec'
import type { Application } from '@pagi/spec'
import type { Chosen } from './choose.ts'
import { foreignFunction, foreignObject, isClass, property } from './recognize.ts'
import type { Foreign } from './recognize.ts'

const WANTED = 'a function (scope, receive, send)'

/**
 * The application an export is or makes. A provider is asked once (RUN-02).
 *
 * @throws LoadError naming the stage that failed
 */
export async function applicationOf(
  chosen: Chosen,
  appOptions: Readonly<Record<string, string>>,
): Promise<Application> {
  const { value } = await constructed(chosen, appOptions)
  return normalized(value, chosen.what)
}

/**
 * Calls a factory, and waits for a value that is promised; only for promises, and with the result
 * in a box, because a Fastify application is thenable and starts when somebody waits for it.
 */
async function constructed(
  { value, what, factory }: Chosen,
  appOptions: Readonly<Record<string, string>>,
): Promise<{ readonly value: unknown }> {
  if (factory && !isFunction(value)) {
    throw new LoadError('validation', `${what} must be a function, got ${describeValue(value)}`)
  }
  if (isClass(value)) throw classError(value, what)
  try {
    const made: unknown =
      factory && isFunction(value) ? Reflect.apply(value, undefined, [{ ...appOptions }]) : value
    return { value: types.isPromise(made) ? await made : made }
  } catch (cause) {
    throw new LoadError('construction', `${what} failed`, { cause })
  }
}

function normalized(value: unknown, what: string): Application {
  if (isClass(value)) throw classError(value, what)
  if (isFunction(value)) {
    const foreign = foreignFunction(value)
    if (foreign !== undefined) throw foreignError(foreign, what)
    return value // native, even if it has a toApp (RUN-05)
  }
  if (typeof value !== 'object' || value === null) throw notAnApplication(value, what)
  const toApp = property(value, 'toApp')
  if (isFunction(toApp)) return provided(value, toApp, what)
  const foreign = foreignObject(value)
  throw foreign === undefined ? notAnApplication(value, what) : foreignError(foreign, what)
}

/** RUN-02, RUN-03 */
function provided(provider: object, toApp: Callable, what: string): Application {
  let app: unknown
  try {
    app = Reflect.apply(toApp, provider, [])
  } catch (cause) {
    throw new LoadError('toApp', `toApp() of ${what} failed`, { cause })
  }
  if (isFunction(app) && !isClass(app)) return app
  let hint = ''
  if (types.isPromise(app)) {
    app.catch(() => undefined) // this error comes first
    hint = ': toApp() cannot be async, prepare in lifespan.startup or a top-level await'
  }
  throw new LoadError(
    'validation',
    `toApp() of ${what} must return ${WANTED}, got ${describeValue(app)}${hint}`,
  )
}

/** RUN-06 */
function classError(value: object, what: string): LoadError {
  const message = `${what} is a class (${describeValue(value)}): export an instance with toApp(), or ${WANTED}`
  return new LoadError('construction', message)
}

function foreignError({ kind, advice }: Foreign, what: string): LoadError {
  const message = `${what} is ${kind}, but a PAGI application is ${WANTED}; ${advice}`
  return new LoadError('validation', message)
}

function notAnApplication(value: unknown, what: string): LoadError {
  const message = `${what} must be ${WANTED} or an object with toApp(), got ${describeValue(value)}`
  return new LoadError('validation', message)
}

type Callable = Application & ((...args: never) => unknown)

function isFunction(value: unknown): value is Callable {
  return typeof value === 'function'
}
