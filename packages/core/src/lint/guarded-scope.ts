/** Scopes that notice when somebody changes them (MW-03). */

import { describeValue } from '@pagi/spec'
import { isObject, peek } from './peek.ts'
import { callOf } from './place.ts'
import type { Finding } from './violation.ts'

/**
 * A frozen copy of a scope. Changing it fails with a TypeError, as it does with any frozen object, and
 * `tell` hears of it; `{ ...scope }` gives an ordinary object. What is in it keeps its identity, so
 * it is neither frozen nor wrapped, and `changes` finds what was changed there.
 */
export interface GuardedScope<S extends object> {
  readonly scope: S
  /** Says what has been changed inside the values of the scope. */
  readonly changes: () => readonly Finding[]
}

export function guardScope<S extends object>(
  given: S,
  tell: (finding: Finding) => void,
): GuardedScope<S> {
  const refuse = (key: PropertyKey, trap: (...args: never) => unknown, what: string): false => {
    const name = describeValue(typeof key === 'symbol' ? key.toString() : key)
    tell({ ...changed(`scope[${name}] was ${what}`), call: callOf(trap) })
    return false
  }
  const handler: ProxyHandler<S> = {
    set: (_scope, key) => refuse(key, trapOf('set'), 'assigned'),
    defineProperty: (_scope, key) => refuse(key, trapOf('defineProperty'), 'defined'),
    deleteProperty: (_scope, key) => refuse(key, trapOf('deleteProperty'), 'deleted'),
    setPrototypeOf: () => refuse('__proto__', trapOf('setPrototypeOf'), 'replaced'),
  }
  const trapOf = (name: keyof ProxyHandler<S>): ((...args: never) => unknown) =>
    handler[name] ?? (() => undefined)
  const snapshots = SHARED.map((key) => ({ key, value: peek(given, key) }))
    .filter(({ value }) => isObject(value))
    .map((one) => ({ ...one, was: snapshot(one.value) }))
  return {
    scope: new Proxy(Object.freeze({ ...given }), handler),
    changes: () =>
      snapshots
        .filter(({ value, was }) => snapshot(value) !== was)
        .map(({ key }) => changed(`scope.${key} was changed in place`)),
  }
}

function changed(what: string): Finding {
  return {
    code: 'ERR_PAGI_LINT_SCOPE_CHANGED',
    requirement: 'MW-03',
    message: `${what}: a scope belongs to all layers, so copy before changing, as in { ...scope, 'myapp.key': value }`,
  }
}

/** Lists and objects that scopes may share with each other: to be read only (binding, section 1). */
const SHARED = ['pagi', 'headers', 'subprotocols', 'client', 'server', 'extensions'] as const

/** What a value holds, down to the pairs of a header list. Fields with a getter are not asked. */
function snapshot(value: unknown, depth = 0): string {
  if (!isObject(value) || depth > 2) return describeLeaf(value)
  const fields = Object.entries(Object.getOwnPropertyDescriptors(value))
  const inner = fields.map(([key, { value: field }]) => [key, snapshot(field, depth + 1)])
  return JSON.stringify(inner)
}

function describeLeaf(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : isObject(value) ? '' : String(value)
}
