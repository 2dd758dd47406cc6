/** Is a file an ES module or CommonJS? Its syntax decides, whatever the nearest package.json says. */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compileFunction } from 'node:vm'

export type Format = 'module' | 'commonjs'

const WRAPPER = ['exports', 'require', 'module', '__filename', '__dirname']

// What V8 says of module syntax outside a module, and of names that are free in a module only.
const MODULE_ONLY = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module",
  'await is only valid in async functions and the top level bodies of modules',
  'Unexpected reserved word', // for await
  ...WRAPPER.map((name) => `Identifier '${name}' has already been declared`),
]

/**
 * Whether JavaScript source has the syntax of a module. Compiles it without running it; `broken`
 * is the answer for source that is valid in neither format.
 */
export function formatOf(source: string, broken: Format): Format {
  try {
    compileFunction(source, WRAPPER)
    return 'commonjs'
  } catch (error) {
    const module = error instanceof SyntaxError && MODULE_ONLY.includes(error.message)
    return module ? 'module' : broken
  }
}

const types = new Map<string, string | undefined>()

/** The `type` of the package.json nearest to a file, if that says one. */
export function packageType(file: string): string | undefined {
  const folder = dirname(file)
  if (folder === file) return undefined
  if (!types.has(folder)) types.set(folder, declaredType(folder) ?? packageType(folder))
  return types.get(folder)
}

/** `none` for a package.json without a type, which hides the ones above it. */
function declaredType(folder: string): string | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    if (typeof content !== 'object' || content === null) return 'none'
    return 'type' in content && typeof content.type === 'string' ? content.type : 'none'
  } catch {
    return undefined
  }
}
