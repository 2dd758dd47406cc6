// Packs what goes to npm, with the versions of workspace packages filled in.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findPnpm } from './pnpm.mjs'
import { each, run } from './run.mjs'
import { publishable } from './workspace.mjs'

/**
 * @param {string} folder where the tarballs go
 * @returns {Promise<readonly { name: string, file: string }[]>}
 */
export function pack(folder) {
  const pnpm = findPnpm()
  return each(publishable(), async ({ manifest: { name }, folder: cwd }) => {
    const file = join(folder, `${name.replace('@', '').replace('/', '-')}.tgz`)
    const { ok, output } = await run(pnpm.command, [...pnpm.args, 'pack', '--out', file], { cwd })
    if (!ok || !existsSync(file)) throw new Error(`${name} could not be packed:\n${output}`)
    return { name, file }
  })
}
