// Compares loaders of TypeScript by size, start-up time and fidelity, and prints Markdown:
//
//   node packages/server/bench/typescript-loading/run.mjs [node ...]
//
// Arguments are the Node.js programs to compare on; without any, the one that runs this. The
// candidates are installed with npm into a temporary folder. Build the packages first.
import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CANDIDATES } from './candidates.mjs'
import { FEATURES } from './features.mjs'

const RUNS = 15
// app.ts and one file it imports.
const TIMED = FEATURES.findIndex(({ name }) => name === '`./dep.ts`')
const COMMAND = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const nodes = process.argv.length > 2 ? process.argv.slice(2) : [process.execPath]
const home = mkdtempSync(join(tmpdir(), 'typescript-loading-'))

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 * @returns {Promise<{ code: number, stdout: string, stderr: string, milliseconds: number }>}
 */
function run(program, args, cwd = home) {
  const start = performance.now()
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr, milliseconds: performance.now() - start })
    })
  })
}

/**
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} files
 */
function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/**
 * @param {string} folder
 * @returns {number} bytes
 */
function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, { parentPath, path, name }) => sum + statSync(join(parentPath ?? path, name)).size,
      0,
    )
}

/** @param {readonly (readonly string[])[]} rows */
const table = (rows) => {
  const [head = [], ...body] = rows
  return [head, head.map(() => '---'), ...body]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/**
 * @template T, R
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
async function each(items, work) {
  /** @type {R[]} */
  const results = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return results
}

/** @param {import('./candidates.mjs').Candidate} candidate */
const folderOf = ({ name }) => join(home, name.replace(/[^\w]+/g, '-'))

/**
 * @param {import('./candidates.mjs').Candidate} candidate
 * @param {string} file
 */
const command = (candidate, file) =>
  candidate.program === undefined ? [COMMAND, file] : [join(folderOf(candidate), 'run.mjs'), file]

async function install() {
  for (const candidate of CANDIDATES) {
    const folder = folderOf(candidate)
    write(folder, {
      'package.json': '{}',
      'run.mjs': candidate.program ?? '',
      'hooks.mjs': candidate.hooks ?? '',
    })
    if (candidate.packages.length === 0) continue
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const { code, stderr } = await run(
      npm,
      ['install', '--no-audit', '--no-fund', ...candidate.packages],
      folder,
    )
    if (code !== 0) throw new Error(stderr)
  }
  for (const [index, { files }] of FEATURES.entries()) write(join(home, `feature ${index}`), files)
}

/**
 * @param {string} node
 * @param {import('./candidates.mjs').Candidate} candidate
 * @param {number} index
 */
async function passes(node, candidate, index) {
  const feature = FEATURES[index]
  if (feature === undefined) throw new RangeError(`there is no feature ${index}`)
  const { entry = 'app.ts', files, fails, below = '' } = feature
  // A copy of its own: some loaders leave files behind.
  const copy = `${folderOf(candidate)}-${index}`
  const folder = join(copy, below)
  cpSync(join(home, `feature ${index}`), folder, { recursive: true })
  const preload =
    'preload.mjs' in files ? ['--import', pathToFileURL(join(folder, 'preload.mjs')).href] : []
  const args = [...preload, ...command(candidate, join(folder, entry))]
  const { code, stdout, stderr } = await run(node, args, folder)
  rmSync(copy, { recursive: true, force: true })
  if (fails !== undefined) return code !== 0 && fails.test(stderr)
  return code === 0 && /^ok$/m.test(stdout) && stderr === ''
}

/**
 * @param {string} node
 * @param {readonly string[]} args
 */
async function median(node, args) {
  const times = []
  for (let index = 0; index < RUNS; index += 1) times.push((await run(node, args)).milliseconds)
  const [middle = Number.NaN] = times.toSorted((a, b) => a - b).slice(RUNS / 2)
  return middle
}

try {
  await install()
  const versions = await each(nodes, async (node) => (await run(node, ['--version'])).stdout.trim())
  console.log('Installed size, with dependencies:\n')
  const sizes = CANDIDATES.map((candidate) => {
    const modules = join(folderOf(candidate), 'node_modules')
    if (candidate.packages.length === 0) return [candidate.name, '0', '0']
    const packages = readdirSync(modules, { withFileTypes: true, recursive: true }).filter(
      ({ name, parentPath, path }) =>
        name === 'package.json' &&
        /node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+$/.test(parentPath ?? path),
    )
    return [candidate.name, String(packages.length), `${(sizeOf(modules) / 1e6).toFixed(1)} MB`]
  })
  console.log(table([['Loader', 'Packages', 'Size'], ...sizes]))

  console.log(
    `\nFrom the start of the process to the last line of app.ts, median of ${RUNS} runs, in ms:\n`,
  )
  write(join(home, 'plain'), { 'app.mjs': 'process.exit(0)\n' })
  const rows = []
  for (const candidate of CANDIDATES) {
    const cells = []
    for (const node of nodes) {
      const time = await median(node, command(candidate, join(home, `feature ${TIMED}`, 'app.ts')))
      cells.push((await passes(node, candidate, TIMED)) ? time.toFixed(0) : '-')
    }
    rows.push([candidate.name, ...cells])
  }
  const plain = []
  for (const node of nodes)
    plain.push((await median(node, [COMMAND, join(home, 'plain', 'app.mjs')])).toFixed(0))
  rows.push(['pagi-server, app.mjs', ...plain])
  console.log(table([['Loader', ...versions], ...rows]))

  console.log(
    '\nFidelity: what works, with nothing on stderr; a number is the major version it works on.\n',
  )
  const names = CANDIDATES.map(({ name }) => name)
  const fidelity = await each([...FEATURES.entries()], async ([index, { name }]) => {
    const cells = []
    for (const candidate of CANDIDATES) {
      const results = []
      for (const node of nodes) results.push(await passes(node, candidate, index))
      const works = versions
        .filter((_, at) => results[at])
        .map((version) => /\d+/.exec(version)?.[0])
      cells.push(
        works.length === nodes.length ? 'yes' : works.length === 0 ? 'no' : works.join(' '),
      )
    }
    return [name, ...cells]
  })
  console.log(table([['Feature', ...names], ...fidelity]))
} finally {
  rmSync(home, { recursive: true, force: true })
}
