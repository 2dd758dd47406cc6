/** Imports the module of an application, and says what went wrong in words of the user's files. */

import { LoadError } from '@pagi/spec'
import type { Target } from './locate.ts'

/**
 * Imports a module. The loader of TypeScript is itself loaded only where it may be needed.
 *
 * @throws LoadError of stage discovery, with what the import threw as its cause
 */
export async function importModule(target: Target): Promise<object> {
  if (target.hooked) {
    const { installTypeScript } = await import('./typescript/install.ts')
    installTypeScript()
  }
  try {
    const module: unknown = await import(target.specifier)
    return Object(module)
  } catch (cause) {
    throw new LoadError('discovery', await reason(target, cause), { cause })
  }
}

async function reason({ shown, file, specifier }: Target, cause: unknown): Promise<string> {
  if (file === undefined && isMissing(cause, shown)) {
    return `there is no file or folder ${shown} here, and no package ${shown} is installed`
  }
  const summary = `${shown} could not be loaded`
  if (file === undefined || !(cause instanceof SyntaxError)) return summary
  if (/\S:\d+(?::\d+)?\n/.test(cause.stack ?? '')) return summary
  // For a module, V8 keeps the place of a syntax error to itself.
  const { findSyntaxError } = await import('./typescript/find-syntax-error.ts')
  const place = findSyntaxError(specifier)
  return place === undefined ? summary : `${summary}: ${place}`
}

function isMissing(cause: unknown, specifier: string): boolean {
  return (
    cause instanceof Error &&
    'code' in cause &&
    cause.code === 'ERR_MODULE_NOT_FOUND' &&
    cause.message.includes(`'${specifier}'`)
  )
}
