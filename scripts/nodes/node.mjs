// The supported lines of Node: the one that runs us, and the others from npm.
import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { cache, environment, fetchOnce, withoutSettings } from '../setup/pnpm.mjs'

export const LINES = [20, 22, 24, 26]

/**
 * @typedef Node
 * @property {string} name for instance `node 24.21.0`
 * @property {string} version as `process.version` has it
 * @property {string} program
 * @property {NodeJS.ProcessEnv} env with this Node first in the PATH, and npm as everybody has it
 */

/**
 * @param {number} line the major version
 * @returns {Node | undefined} undefined when it cannot be had
 */
export function getNode(line) {
  const program =
    Number(process.versions.node.split('.')[0]) === line ? process.execPath : fetchNode(line)
  if (program === undefined) return undefined
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim()
  if (!version.startsWith(`v${line}.`)) return undefined
  const env = environment([dirname(program)], {
    ...withoutSettings(),
    // npm's remarks about the configuration of this machine are not the server's words.
    npm_config_loglevel: 'error',
    NODE_OPTIONS: undefined,
  })
  return { name: `node ${version.slice(1)}`, version, program, env }
}

/**
 * @param {number} line
 * @returns {string | undefined}
 */
function fetchNode(line) {
  const folder = join(cache, `node-${line}`)
  if (!fetchOnce(`node@${line}`, folder)) return undefined
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  return join(folder, 'node_modules', 'node', 'bin', name)
}
