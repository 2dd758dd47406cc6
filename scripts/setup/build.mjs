// Builds packages, but only those whose sources or results differ from the last time.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cache, root, runPnpm } from './pnpm.mjs'
import { filesBelow, fingerprint } from './workspace.mjs'

/** @typedef {import('./workspace.mjs').Package} Package */

/** @param {Package} one */
const record = ({ path }) => join(cache, 'built', path)

/**
 * @param {Package} one
 * @returns {string}
 */
function fingerprints({ folder }) {
  const configs = ['package.json', 'tsconfig.json', 'tsup.config.ts'].map((name) =>
    join(folder, name),
  )
  const shared = ['tsconfig.base.json', 'pnpm-lock.yaml', 'spec/requirements.json']
    .map((name) => join(root, name))
    .filter((file) => existsSync(file))
  const sources = fingerprint([...filesBelow(join(folder, 'src')), ...configs, ...shared])
  return `${sources} ${fingerprint(filesBelow(join(folder, 'dist')))}`
}

/**
 * @param {Package} one
 * @returns {boolean}
 */
function isCurrent(one) {
  return existsSync(record(one)) && readFileSync(record(one), 'utf8') === fingerprints(one)
}

/**
 * Builds those of the packages that changed, each after the ones it needs.
 *
 * @param {readonly Package[]} packages
 */
export function buildChanged(packages) {
  const changed = packages.filter(
    (one) => one.manifest.scripts?.['build'] !== undefined && !isCurrent(one),
  )
  if (changed.length === 0) return
  console.log(`building ${changed.map(({ manifest }) => manifest.name).join(', ')}`)
  const filters = changed.map(({ manifest }) => `--filter=${manifest.name}`)
  runPnpm([...filters, 'run', 'build', '--silent'])
  for (const one of changed) {
    mkdirSync(dirname(record(one)), { recursive: true })
    writeFileSync(record(one), fingerprints(one))
  }
}
