// The rules no linter has: who may import whom, no test switched off, no address in the lockfile.
// Part of `pnpm lint`.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { habitFaults, lockfileFaults } from './guards/habits.mjs'
import { importFaults } from './guards/imports.mjs'
import { root } from './setup/pnpm.mjs'
import { workspace } from './setup/workspace.mjs'

const LEFT_OUT = new Set(['node_modules', 'dist', '.cache', '.git'])

/**
 * @param {string} folder below the root
 * @returns {readonly string[]} the JavaScript and TypeScript files below it
 */
function sourcesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : sourcesBelow(path)
    return /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : []
  })
}

/** @param {string} path */
const read = (path) => ({ path, text: readFileSync(join(root, path), 'utf8') })

export function main() {
  const packages = workspace()
  const sources = sourcesBelow('.').map(read)
  const faults = [
    ...sources.flatMap((source) => [...importFaults(source, packages), ...habitFaults(source)]),
    ...lockfileFaults(read('pnpm-lock.yaml')),
  ]
  for (const fault of faults) console.log(fault)
  console.log(
    `${sources.length} source files, ${faults.length} faults against the rules of the repository`,
  )
  if (faults.length > 0) process.exitCode = 1
}
