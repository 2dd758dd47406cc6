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
  } catch (error) {
    if (target.file === undefined && isMissing(error, target.shown)) {
      const message = `there is no file or folder ${target.shown} here, and no package of that name is installed`
      throw new LoadError('discovery', message, { cause: error })
    }
    const cause = error instanceof SyntaxError ? await located(error, target) : error
    throw new LoadError('discovery', `${target.shown} could not be loaded`, { cause })
  }
}

/** V8 keeps the place of a syntax error in a module to itself: the compiler finds it again. */
async function located(error: SyntaxError, { file, specifier }: Target): Promise<unknown> {
  if (file === undefined || /^(?!SyntaxError)\S.*:\d+\n/.test(error.stack ?? '')) return error
  const { findSyntaxError } = await import('./typescript/find-syntax-error.ts')
  return findSyntaxError(specifier) ?? error
}

function isMissing(cause: unknown, specifier: string): boolean {
  return (
    cause instanceof Error &&
    'code' in cause &&
    cause.code === 'ERR_MODULE_NOT_FOUND' &&
    cause.message.includes(`'${specifier}'`)
  )
}
