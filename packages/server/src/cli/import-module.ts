/** Imports the module of an application, and says what went wrong in words of the user's files. */

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
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
    const message = `${target.shown} could not be loaded${adviceOn(error)}`
    throw new LoadError('discovery', message, { cause })
  }
}

/** V8 keeps the place of a syntax error in a module to itself: the compiler finds it again. */
async function located(error: SyntaxError, { file, specifier }: Target): Promise<unknown> {
  if (file === undefined || /^(?!SyntaxError)\S.*:\d+\n/.test(error.stack ?? '')) return error
  const { findSyntaxError } = await import('./typescript/find-syntax-error.ts')
  return findSyntaxError(specifier) ?? error
}

/** For `./dep`, which TypeScript may be set to accept and Node.js never is. */
function adviceOn(error: unknown): string {
  if (!isNotFound(error) || !('url' in error) || typeof error.url !== 'string') return ''
  const path = error.url.startsWith('file:') ? fileURLToPath(error.url) : ''
  const extension = ['.ts', '.mts', '.js', '.mjs'].find((known) => existsSync(path + known))
  if (path === '' || extension === undefined) return ''
  return `: an import has the extension of its file, ${basename(path)}${extension}`
}

function isMissing(error: unknown, specifier: string): boolean {
  return isNotFound(error) && error.message.includes(`'${specifier}'`)
}

function isNotFound(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}
