// Runs the commands of a check: several at a time, the output of each kept together.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { findPnpm, environment, root } from './pnpm.mjs'

/**
 * @typedef Result
 * @property {boolean} ok
 * @property {string} output both streams, as they came
 * @property {number} seconds
 */

/** Nothing here takes nearly as long; what does hangs. Milliseconds. */
const LIMIT = 300_000

/**
 * Runs a program to its end, which is made after five minutes, without a shell and without input.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<Result>}
 */
export function run(command, args, { cwd = root, env = environment(findPnpm().folders) } = {}) {
  const start = performance.now()
  const seconds = () => (performance.now() - start) / 1000
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    /** @type {Buffer[]} */
    const pieces = []
    child.stdout.on('data', (piece) => pieces.push(piece))
    child.stderr.on('data', (piece) => pieces.push(piece))
    const output = () => Buffer.concat(pieces).toString()
    const timer = setTimeout(() => {
      pieces.push(Buffer.from(`\nkilled after ${LIMIT / 1000} s`))
      child.kill('SIGKILL')
      // What it has started itself may hold them open.
      child.stdout.destroy()
      child.stderr.destroy()
    }, LIMIT)
    child.on('error', (error) => resolve({ ok: false, output: String(error), seconds: seconds() }))
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ ok: code === 0, output: output(), seconds: seconds() })
    })
  })
}

/**
 * The script behind a command of a package in node_modules, to be run by Node on any system.
 *
 * @param {string} name of the package
 * @param {string} [command] when it is not the package's last name
 * @returns {string}
 */
export function tool(name, command = name.replace(/^.*\//, '')) {
  const folder = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[command])
}

/**
 * Does the same to every item, as many at a time as there are processors.
 *
 * @template T, R
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>} in the order of the items
 */
export async function each(items, work) {
  /** @type {R[]} */
  const results = []
  const waiting = items.entries()
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return results
}

/**
 * Runs named commands side by side and tells about each; the output only of those that failed.
 *
 * @param {readonly { name: string, command?: string, args: readonly string[], cwd?: string }[]} tasks
 * @returns {Promise<boolean>} whether all went well
 */
export async function runAll(tasks) {
  const results = await each(tasks, async ({ name, command = process.execPath, args, cwd }) => {
    const result = await run(command, args, cwd === undefined ? {} : { cwd })
    if (!result.ok) console.log(result.output.trimEnd())
    console.log(`${result.ok ? 'ok    ' : 'FAILED'} ${name} (${result.seconds.toFixed(1)} s)`)
    return result
  })
  return results.every(({ ok }) => ok)
}
