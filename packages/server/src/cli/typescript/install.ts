/** Installs the module hooks in this process, once. */

import * as nodeModule from 'node:module'
import { load, resolve } from './hooks.ts'

let installed = false

/**
 * From here on `import()` loads TypeScript and resolves what `requestFrom` makes.
 * `registerHooks` is there from Node.js 22.15; `register`, its forerunner, is what 20 has and
 * prints a deprecation on 26.
 */
export function installTypeScript(): void {
  if (installed) return
  installed = true
  const registerHooks = memberOf(nodeModule, 'registerHooks')
  if (registerHooks === undefined) {
    nodeModule.register(new URL('./typescript-hooks.js', import.meta.url))
  } else {
    registerHooks({ resolve, load })
  }
  mapStacks()
}

/** Stack traces name the lines of the sources; those of installed packages stay as they are. */
function mapStacks(): void {
  const setSourceMapsSupport = memberOf(nodeModule, 'setSourceMapsSupport')
  if (setSourceMapsSupport === undefined) process.setSourceMapsEnabled(true)
  else setSourceMapsSupport(true, { nodeModules: false, generatedCode: false })
}

/** A function that the types of the oldest supported Node.js do not know. */
function memberOf(of: object, name: string): ((...args: unknown[]) => unknown) | undefined {
  const member: unknown = Reflect.get(of, name)
  if (typeof member !== 'function') return undefined
  return (...args) => Reflect.apply(member, of, args)
}
