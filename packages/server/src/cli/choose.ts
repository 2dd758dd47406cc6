/** The end of stage "discovery": which export of a module is meant. */

import { LoadError, nearestName } from '@pagi/spec'
import type { Target } from './locate.ts'
import { property } from './recognize.ts'

/** An export, with words for it: "the default export of app.ts". */
export interface Chosen {
  readonly value: unknown
  readonly what: string
  /** It makes the application, from the `key=value` arguments. */
  readonly factory: boolean
}

const USUAL = ['default', 'app', 'createApp']

/**
 * The export asked for by name, else the default one, else `app`, else `createApp`.
 *
 * @throws LoadError of stage discovery that lists what there is
 */
export function choose(module: object, { name, shown }: Target): Chosen {
  const exports = exportsOf(module)
  if (name !== undefined && !(name in exports)) {
    const nearest = nearestName(name, namesOf(exports))
    const hint = nearest === undefined ? found(exports) : `did you mean ${shown}:${nearest}?`
    throw new LoadError('discovery', `${shown} has no export ${name}: ${hint}`)
  }
  const chosen = name ?? USUAL.find((usual) => usual in exports)
  if (chosen === undefined) {
    throw new LoadError(
      'discovery',
      `${shown} has no default export, no app and no createApp: ${found(exports)}`,
    )
  }
  return {
    value: property(exports, chosen),
    what: chosen === 'default' ? `the default export of ${shown}` : `${chosen} of ${shown}`,
    factory: chosen === 'createApp',
  }
}

/**
 * A CommonJS module shows all it exports as its default. That is no default export where it was
 * compiled from a module, or has one of our names.
 */
function exportsOf(module: object): object {
  const exports = property(module, 'default')
  if (typeof exports !== 'object' || exports === null) return module
  if (property(exports, '__esModule') === true) return exports
  const named = ['app', 'createApp'].some(
    (name) => name in module && property(module, name) === property(exports, name),
  )
  return named ? exports : module
}

function namesOf(exports: object): string[] {
  return Object.keys(exports).filter((name) => name !== 'module.exports' && name !== '__esModule')
}

function found(exports: object): string {
  const names = namesOf(exports)
  return names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`
}
