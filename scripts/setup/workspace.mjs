// The packages of the monorepo, as pnpm-workspace.yaml names them, and fingerprints of their files.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { root } from './pnpm.mjs'

/**
 * @typedef Manifest
 * @property {string} name
 * @property {boolean} [private]
 * @property {Record<string, unknown>} [exports]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 */

/**
 * @typedef Package
 * @property {string} path below the root, with forward slashes
 * @property {string} folder
 * @property {Manifest} manifest
 */

/**
 * @param {string} folder
 * @returns {Manifest}
 */
const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/**
 * Every package of the workspace but the root, in a fixed order.
 *
 * @returns {readonly Package[]}
 */
export function workspace() {
  const text = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const list = /^packages:\n((?: +- .*\n)+)/m.exec(text)?.[1] ?? ''
  const patterns = [...list.matchAll(/- ['"]?([^'"\s]+)/g)].map((match) => match[1] ?? '')
  const folders = patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [join(root, pattern)]
    const parent = join(root, pattern.slice(0, -2))
    if (!existsSync(parent)) return []
    return readdirSync(parent)
      .toSorted()
      .map((name) => join(parent, name))
  })
  return folders
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({
      path: relative(root, folder).split(sep).join('/'),
      folder,
      manifest: readManifest(folder),
    }))
}

/**
 * The packages that go to npm.
 *
 * @returns {readonly Package[]}
 */
export const publishable = () => workspace().filter(({ manifest }) => manifest.private !== true)

/**
 * Those of the given packages and everything of the workspace they need at run time, needs first.
 *
 * @param {readonly Package[]} packages all of the workspace
 * @param {readonly string[]} names
 * @returns {readonly Package[]}
 */
export function withNeeds(packages, names) {
  /** @type {Set<Package>} */
  const found = new Set()
  /** @param {string} name */
  const visit = (name) => {
    const one = packages.find(({ manifest }) => manifest.name === name)
    if (one === undefined || found.has(one)) return
    Object.keys(one.manifest.dependencies ?? {}).forEach(visit)
    found.add(one)
  }
  names.forEach(visit)
  return [...found]
}

/**
 * All files below a folder, in a fixed order; none when there is no such folder.
 *
 * @param {string} folder
 * @returns {readonly string[]}
 */
export function filesBelow(folder) {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

/**
 * One word for the names and contents of files.
 *
 * @param {readonly string[]} files those that are missing count as such
 * @returns {string}
 */
export function fingerprint(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    const content = existsSync(file) ? readFileSync(file) : 'missing'
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}
