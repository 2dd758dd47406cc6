// Who may import whom. Each rule is a line of a table or one function below; scripts/test plants a
// violation of every one of them.
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import ts from 'typescript'
import { importsOf, lineAt, parse } from './syntax.mjs'

/** @typedef {import('./syntax.mjs').Source} Source */
/** @typedef {import('./syntax.mjs').Import} Import */
/** @typedef {import('../setup/workspace.mjs').Package} Package */

// spec <- core <- server, testing; spec <- legacy: never sideways, never up. A `neutral` package runs on any
// runtime. `tests` may be used beside the package's own, by what is not published.
/** @type {Readonly<Record<string, { uses: readonly string[], tests?: readonly string[], neutral: boolean }>>} */
const LAYERS = {
  'packages/spec': { uses: [], neutral: true },
  'packages/core': { uses: ['@pagi/spec'], neutral: true },
  'packages/server': { uses: ['@pagi/core', '@pagi/spec'], neutral: false },
  'packages/testing': {
    uses: ['@pagi/core', '@pagi/spec'],
    tests: ['@pagi/server'],
    neutral: true,
  },
  'packages/legacy': {
    uses: ['@pagi/spec'],
    tests: ['@pagi/server', '@pagi/testing'],
    neutral: false,
  },
}

// Modules that only certain files may name.
const RESERVED = [
  {
    name: /^ws$/,
    files: /^packages\/server\/src\/node\/ws-codec\.ts$/,
    where: 'ws-codec.ts',
  },
  {
    name: /^(node:)?(http|http2|https)$/,
    files: /^packages\/(server\/src\/node|legacy\/src)\//,
    where: 'packages/server/src/node/ and packages/legacy/src/',
  },
]

// The pure machines of core, and the one they may build on: a refused stream or handshake *is* an
// ordinary response.
const MACHINES = ['http', 'sse', 'websocket', 'lifespan', 'connection']
const BASES = ['sse>http', 'websocket>http']

// The vocabulary of commands and facts that machines and sockets share. Types only.
const VOCABULARY = 'run/ports.ts'

/**
 * @typedef Place
 * @property {Package | undefined} home the package a file belongs to
 * @property {boolean} shipped below the package's src/
 * @property {string} inner below the package's src/, or below its folder
 */

/**
 * @param {string} path
 * @param {readonly Package[]} packages
 * @returns {Place}
 */
function place(path, packages) {
  const home = packages.find((one) => path.startsWith(`${one.path}/`))
  const below = home === undefined ? path : path.slice(home.path.length + 1)
  const shipped = home?.path.startsWith('packages/') === true && below.startsWith('src/')
  return { home, shipped, inner: shipped ? below.slice('src/'.length) : below }
}

/** @param {string} inner */
const part = (inner) => (inner.includes('/') ? inner.slice(0, inner.indexOf('/')) : '')

/**
 * Inside core: `run/` and the shared files drive or serve the machines, which know neither `run/` nor
 * `memory/`.
 *
 * @param {string} from
 * @param {string} to
 * @param {boolean} typeOnly
 * @returns {string | undefined}
 */
function insideCore(from, to, typeOnly) {
  const [source, target] = [part(from), part(to)]
  if (to === 'index.ts') return 'the entry point is for other packages'
  const wanted = source === 'lint' || from === 'lint.ts'
  if ((target === 'lint' || to === 'lint.ts') && !wanted) {
    return 'nothing in core imports lint: who wants it loads it'
  }
  if (from === 'index.ts' || source === 'memory' || source === target) return undefined
  if (target === 'memory') return 'nothing in core imports memory/'
  if (source === 'run') return undefined
  if (target === 'run') {
    if (typeOnly && to === VOCABULARY) return undefined
    return `only run/ knows run/, save for the types of ${VOCABULARY}`
  }
  const betweenMachines = MACHINES.includes(source) && MACHINES.includes(target)
  if (betweenMachines && !typeOnly && !BASES.includes(`${source}>${target}`)) {
    return 'a machine imports another machine only with `import type`'
  }
  return undefined
}

/**
 * @param {string} path
 * @param {Import & { specifier: string }} found
 * @param {readonly Package[]} packages
 * @returns {string | undefined}
 */
function relativeFault(path, { specifier, typeOnly }, packages) {
  const target = posix.join(posix.dirname(path), specifier)
  // An example is a folder of files; its test knows them as a reader does.
  if (path.startsWith('examples/test/') && /^examples\/\d\d-/.test(target)) return undefined
  const [from, to] = [place(path, packages), place(target, packages)]
  if (to.home !== from.home && to.home !== undefined) return 'a path into another package'
  if (target.startsWith('../')) return 'a path out of the repository'
  if (!from.shipped) return undefined
  if (!to.shipped) return 'what is published lies in src/'
  return from.home?.path === 'packages/core'
    ? insideCore(from.inner, to.inner, typeOnly)
    : undefined
}

// The suite shares no code with the servers it judges; for applications alone it loads ours, on demand.
const SUITE = /^conformance\/src\//
const SUITE_LOADER = 'conformance/src/app/core.ts'

/**
 * @param {string} path
 * @param {Import & { specifier: string }} found
 * @param {readonly Package[]} packages
 * @returns {string | undefined}
 */
function packageFault(path, { specifier, typeOnly }, packages) {
  const { home, shipped } = place(path, packages)
  const { name, subpath } = split(specifier)
  const target = packages.find(({ manifest }) => manifest.name === name)
  if (target !== undefined && !(subpath in (target.manifest.exports ?? {}))) {
    return `${name} does not export ${subpath}: nobody imports another package's internals`
  }
  if (SUITE.test(path) && name.startsWith('@pagi/') && !typeOnly && path !== SUITE_LOADER) {
    return `the suite shares no code with a server: ${SUITE_LOADER} alone loads ours`
  }
  if (home === undefined) return undefined
  const layer = LAYERS[home.path]
  if (layer === undefined && home.path.startsWith('packages/')) {
    return `${home.path} has no line in scripts/guards/imports.mjs`
  }
  if (name === home.manifest.name)
    return shipped ? 'a package does not import itself by name' : undefined
  const allowed = [...(layer?.uses ?? []), ...((shipped ? undefined : layer?.tests) ?? [])]
  if (target !== undefined && layer !== undefined && !allowed.includes(name)) {
    return `${home.manifest.name} may import ${allowed.join(', ') || 'no other package'}`
  }
  if (!shipped) return undefined
  const reserved = RESERVED.find((rule) => rule.name.test(name) && !rule.files.test(path))
  if (reserved !== undefined) return `only ${reserved.where} may name it`
  if (isBuiltin(specifier)) {
    return layer?.neutral === true ? `${home.manifest.name} runs on any runtime` : undefined
  }
  return name in (home.manifest.dependencies ?? {}) ? undefined : 'not among the dependencies'
}

/**
 * @param {string} specifier
 * @returns {{ name: string, subpath: string }} the subpath as `exports` spells it
 */
function split(specifier) {
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
  return { name, subpath: `.${specifier.slice(name.length)}` }
}

/**
 * @param {ts.SourceFile} file
 * @returns {readonly string[]}
 */
function entryFaults(file) {
  const others = file.statements.filter(
    (one) => !(ts.isExportDeclaration(one) && one.moduleSpecifier !== undefined),
  )
  return others.map(
    (one) => `${file.fileName}:${lineAt(file, one.getStart())}: an index.ts only re-exports`,
  )
}

/**
 * Lint is for development: a server that does not want it must not even read its file.
 *
 * @param {ts.SourceFile} file
 * @param {RegExp} names
 * @returns {readonly string[]}
 */
function eagerFaults(file, names) {
  return file.statements.flatMap((one) => {
    const isImport = ts.isImportDeclaration(one) && one.importClause?.isTypeOnly !== true
    const isExport = ts.isExportDeclaration(one) && !one.isTypeOnly
    if (!isImport && !isExport) return []
    const { moduleSpecifier: from } = one
    if (from === undefined || !ts.isStringLiteral(from) || !names.test(from.text)) return []
    const at = `${file.fileName}:${lineAt(file, one.getStart())}`
    return [`${at}: '${from.text}': loaded on demand, with import('${from.text}')`]
  })
}

const LINT = /^@pagi\/core\/lint$/
// No server loads this one.
const FOR_TESTS = 'packages/testing'

/**
 * What a source file imports and must not.
 *
 * @param {Source} source
 * @param {readonly Package[]} packages all of the workspace
 * @returns {readonly string[]} one line per fault
 */
export function importFaults(source, packages) {
  const file = parse(source)
  const { home, shipped } = place(source.path, packages)
  const faults = importsOf(file).flatMap((found) => {
    const { specifier, line } = found
    const at = `${source.path}:${line}`
    if (specifier === undefined) {
      const neutral = home !== undefined && LAYERS[home.path]?.neutral === true
      return shipped && neutral ? [`${at}: imports what is only known at run time`] : []
    }
    const fault = /^\.{1,2}(\/|$)/.test(specifier)
      ? relativeFault(source.path, { ...found, specifier }, packages)
      : packageFault(source.path, { ...found, specifier }, packages)
    return fault === undefined ? [] : [`${at}: '${specifier}': ${fault}`]
  })
  const isEntry = shipped && posix.basename(source.path) === 'index.ts'
  const eager = shipped
    ? home?.path === FOR_TESTS
      ? []
      : eagerFaults(file, LINT)
    : source.path === SUITE_LOADER
      ? eagerFaults(file, /^@pagi\//)
      : []
  return [...faults, ...eager, ...(isEntry ? entryFaults(file) : [])]
}
