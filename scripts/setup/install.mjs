// Installs the dependencies when a manifest or the lockfile changed, and otherwise does nothing.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findPnpm, root, runPnpm } from './pnpm.mjs'
import { fingerprint, workspace } from './workspace.mjs'

// Inside node_modules, so that whoever deletes that folder takes the record along.
const record = join(root, 'node_modules', '.installed')

/** @returns {string} */
function wanted() {
  const manifests = workspace().map(({ folder }) => join(folder, 'package.json'))
  const own = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc']
  const files = [...own.map((name) => join(root, name)), ...manifests]
  // Some packages are native: another system needs another installation.
  return `${fingerprint(files)} ${process.platform} ${process.arch}`
}

function isComplete() {
  const folders = workspace()
    .filter(({ manifest: { dependencies, devDependencies } }) =>
      [dependencies, devDependencies].some((list) => Object.keys(list ?? {}).length > 0),
    )
    .map(({ folder }) => join(folder, 'node_modules'))
  return folders.every((folder) => existsSync(folder))
}

export function install() {
  const now = wanted()
  if (existsSync(record) && readFileSync(record, 'utf8') === now && isComplete()) return
  findPnpm()
  console.log('installing dependencies (only what changed)')
  // Without the second flag pnpm asks before it replaces a node_modules that npm made.
  runPnpm([
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
    '--config.confirm-modules-purge=false',
  ])
  writeFileSync(record, now)
}
