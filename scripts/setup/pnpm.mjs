// Where pnpm comes from: the pnpm that called us, or the pinned one, fetched once into .cache/.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root folder of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Things fetched or worked out once; ignored by git, safe to delete. */
export const cache = join(root, '.cache')

/** The script of the npm or pnpm that runs us; empty when node was called directly. */
const caller = process.env['npm_execpath'] ?? ''
const calledByPnpm = /[\\/]pnpm[^\\/]*$/.test(caller)

/** @type {{ packageManager: string }} */
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const home = join(cache, packageManager.replace('@', '-'))

// Windows may spell it `Path`.
const pathKey = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH'
const searched = (process.env[pathKey] ?? '').split(delimiter).filter((folder) => folder !== '')

/**
 * An environment for child processes.
 *
 * @param {readonly string[]} folders put in front of the PATH
 * @param {Readonly<Record<string, string | undefined>>} [changes] undefined takes a variable away
 * @returns {NodeJS.ProcessEnv}
 */
export function environment(folders, changes = {}) {
  const path = [...folders, ...searched].join(delimiter)
  const all = Object.entries({ ...process.env, ...changes, [pathKey]: path })
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}

/**
 * What npm and pnpm put into the environment of a script and what would change the behaviour of an
 * npm started from there: the settings of this repository, such as `engine-strict`.
 *
 * @returns {Record<string, undefined>}
 */
export function withoutSettings() {
  const ours = /^npm_(package_|lifecycle_|config_(engine_strict|(local_|global_)?prefix|_))/i
  const names = Object.keys(process.env).filter((name) => ours.test(name))
  return Object.fromEntries(names.map((name) => [name, undefined]))
}

/**
 * The script behind `npm` or `npx`. Run by a Node it needs no shell and no `npm.cmd`, so it is the
 * same on every system.
 *
 * @param {'npm' | 'npx'} command
 * @returns {string}
 */
export function npmScript(command) {
  const beside = dirname(process.execPath)
  const onPath = searched.map((folder) => join(folder, 'npm')).filter((file) => existsSync(file))
  const folders = [
    dirname(caller),
    join(beside, 'node_modules', 'npm', 'bin'),
    join(beside, '..', 'lib', 'node_modules', 'npm', 'bin'),
    ...onPath.map((file) => dirname(realpathSync(file))),
    ...searched.map((folder) => join(folder, 'node_modules', 'npm', 'bin')),
  ]
  const scripts = folders.map((folder) => join(folder, `${command}-cli.js`))
  const script = scripts.find((file) => existsSync(file))
  if (script === undefined)
    throw new Error(`${command} was not found, neither on the PATH nor beside ${process.execPath}`)
  return script
}

/**
 * Installs a package into a folder of its own, once. The folder appears only when it is complete,
 * so an interrupted download is never mistaken for a finished one.
 *
 * @param {string} specifier as npm takes it, for instance `node@24`
 * @param {string} folder
 * @returns {boolean} whether the package is there now
 */
export function fetchOnce(specifier, folder) {
  if (existsSync(folder)) return true
  console.log(`fetching ${specifier} (once, into .cache)`)
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  const { status } = spawnSync(
    process.execPath,
    [npmScript('npm'), 'install', ...flags, '--prefix', unfinished, specifier],
    {
      cwd: unfinished,
      env: environment([], withoutSettings()),
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  if (status === 0 && !existsSync(folder)) renameSync(unfinished, folder)
  rmSync(unfinished, { recursive: true, force: true })
  return status === 0
}

/**
 * @typedef Pnpm
 * @property {string} command the program to run
 * @property {readonly string[]} args what comes before pnpm's own arguments
 * @property {readonly string[]} folders where scripts find this repository's commands, pnpm included
 */

/** @returns {Pnpm} */
export function findPnpm() {
  const commands = join(root, 'node_modules', '.bin')
  if (calledByPnpm) {
    const isScript = /\.[cm]?js$/.test(caller) // newer ones are native programs
    const args = isScript ? [caller] : []
    return { command: isScript ? process.execPath : caller, args, folders: [commands] }
  }
  if (!fetchOnce(packageManager, home)) {
    console.error(`${packageManager} is needed once and could not be fetched: npm says why above.`)
    process.exit(1)
  }
  const bin = join(home, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs')
  const folders = [commands, join(home, 'node_modules', '.bin')]
  return { command: process.execPath, args: [bin], folders }
}

/**
 * Runs pnpm in the root folder, its output in sight; ends this process when pnpm fails.
 *
 * @param {readonly string[]} args
 */
export function runPnpm(args) {
  const pnpm = findPnpm()
  const { status, error } = spawnSync(pnpm.command, [...pnpm.args, ...args], {
    cwd: root,
    env: environment(pnpm.folders),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
