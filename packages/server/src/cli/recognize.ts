/** Tells applications of other kinds by their shape, without calling them. */

/** What a value that is no PAGI application seems to be, and how such a thing is run. */
export interface Foreign {
  readonly kind: string
  readonly advice: string
}

const wrapped = (line: string): string => `wrap it, with @pagi/legacy: export default ${line}`

const EXPRESS = { kind: 'an Express application', advice: wrapped('fromNodeHandler(app)') }
const CONNECT = { kind: 'a Connect application', advice: wrapped('fromNodeHandler(app)') }
const KOA = { kind: 'a Koa application', advice: wrapped('fromNodeHandler(app.callback())') }
const FASTIFY = {
  kind: 'a Fastify application',
  advice: wrapped('fromNodeHandler(app.routing), after await app.ready()'),
}
const FETCH = {
  kind: 'a { fetch } application, such as those of Hono',
  advice: wrapped('fromFetchHandler(app)'),
}
const SERVER = { kind: 'a server of its own', advice: 'start it with its own listen()' }
const GENERATOR = {
  kind: 'a generator function',
  advice: 'a call of it runs nothing: write async function without *',
}

/** The kind of a function that is no PAGI application; undefined when it may be one. */
export function foreignFunction(value: object): Foreign | undefined {
  if (Object.prototype.toString.call(value).endsWith('GeneratorFunction]')) return GENERATOR
  if (!hasMethods(value, 'use', 'handle')) return undefined
  return hasMethods(value, 'param') || hasMethods(value, 'set') ? EXPRESS : CONNECT
}

/** The kind of an object that is no provider of a PAGI application, if it is a known one. */
export function foreignObject(value: object): Foreign | undefined {
  if (hasMethods(value, 'inject', 'register', 'ready')) return FASTIFY
  if (hasMethods(value, 'use', 'callback') && Array.isArray(property(value, 'middleware')))
    return KOA
  if (hasMethods(value, 'fetch')) return FETCH
  return hasMethods(value, 'listen') ? SERVER : undefined
}

/** Whether a value is a class in class syntax: a function only by its type. */
export function isClass(value: unknown): value is object {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
}

export function hasMethods(value: object, ...names: readonly string[]): boolean {
  return names.every((name) => typeof property(value, name) === 'function')
}

/** A property, inherited ones included; undefined when reading it fails. */
export function property(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name)
  } catch {
    return undefined
  }
}
