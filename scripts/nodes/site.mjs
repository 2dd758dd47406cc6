// An empty folder with the packed packages installed by npm, as a stranger would have it.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { npmScript } from '../setup/pnpm.mjs'
import { run } from '../setup/run.mjs'

/** @typedef {import('./node.mjs').Node} Node */

/**
 * @typedef Site
 * @property {string} name
 * @property {string} folder
 * @property {Node} node
 */

const apps = fileURLToPath(new URL('apps', import.meta.url))

/** How the folder looks before the packages come in. */
export const BEGINNINGS = ['after npm init -y', 'without package.json']

/**
 * @param {Site} site
 * @param {readonly string[]} args
 */
async function npm({ folder, node }, args) {
  const result = await run(node.program, [npmScript('npm'), ...args], {
    cwd: folder,
    env: node.env,
  })
  if (!result.ok) throw new Error(`npm ${args.join(' ')}\n${result.output.trim()}`)
}

/**
 * `npm init -y` of npm 11 writes `"type": "commonjs"`; of an npm that does not, it is written here.
 *
 * @param {Site} site
 */
async function init(site) {
  await npm(site, ['init', '-y'])
  const file = join(site.folder, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  if (manifest.type === undefined)
    writeFileSync(file, JSON.stringify({ ...manifest, type: 'commonjs' }))
}

/**
 * @param {Site} site
 * @param {string} beginning
 * @param {readonly { name: string, file: string }[]} packed
 */
export async function furnish(site, beginning, packed) {
  mkdirSync(site.folder, { recursive: true })
  if (beginning === BEGINNINGS[0]) await init(site)
  const flags = ['--no-audit', '--no-fund', '--prefer-offline']
  await npm(site, ['install', ...flags, ...packed.map(({ file }) => file)])
  // Without a package.json npm looks for one in the folders above.
  const missing = packed.filter(({ name }) => !existsSync(join(site.folder, 'node_modules', name)))
  if (missing.length > 0) {
    throw new Error(
      `npm did not install into the empty folder ${site.folder}; is there a package.json above it?`,
    )
  }
  for (const name of readdirSync(apps)) cpSync(join(apps, name), join(site.folder, name))
}
