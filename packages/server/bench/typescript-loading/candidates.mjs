// The loaders under comparison, and the little program each one runs app.ts with.

/**
 * @typedef Candidate
 * @property {string} name
 * @property {readonly string[]} packages to install, with their versions
 * @property {string | undefined} program source of a module that imports process.argv[2]; undefined: the command itself
 */

const importEntry = 'await import(pathToFileURL(process.argv[2]).href)\n'
const toURL = "import { pathToFileURL } from 'node:url'\n"

/**
 * Module hooks around a compiler, as pagi-server has them.
 *
 * @param {string} compile a function of source and file name, in source
 */
function hooked(compile) {
  const hooks = `
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
const require = createRequire(import.meta.url)
let compiler
const compile = ${compile}
const isModule = (code) => {
  try {
    compileFunction(code, ['exports', 'require', 'module'])
    return false
  } catch {
    return true
  }
}
const twin = (specifier) => specifier.replace(/js$/, 'ts')
export function resolve(specifier, context, next) {
  const again = (error) => {
    if (!String(error.code).includes('MODULE_NOT_FOUND')) throw error
    return next(twin(specifier), context)
  }
  try {
    const result = next(specifier, context)
    return result instanceof Promise ? result.catch(again) : result
  } catch (error) {
    return again(error)
  }
}
export function load(url, context, next) {
  if (!/^file:.*[.][cm]?[tj]s$/.test(url) || /node_modules|mjs$/.test(url)) return next(url, context)
  const text = readFileSync(new URL(url), 'utf8')
  const source = url.endsWith('js') ? text : compile(text, fileURLToPath(url))
  const manifest = JSON.parse(readFileSync(new URL('package.json', url), 'utf8'))
  const module = manifest.type === 'module' && !url.endsWith('.cts')
  return { format: module || isModule(source) ? 'module' : 'commonjs', source, shortCircuit: true }
}`
  const program = `
import * as nodeModule from 'node:module'
${toURL}
if (nodeModule.registerHooks) nodeModule.registerHooks(await import('./hooks.mjs'))
else nodeModule.register('./hooks.mjs', import.meta.url)
process.setSourceMapsEnabled(true)
${importEntry}`
  return { hooks, program }
}

const withMap = (/** @type {string} */ code, /** @type {string} */ map) =>
  `${code} + '\\n//# sourceMappingURL=data:application/json;base64,' + Buffer.from(${map}).toString('base64')`

/** @type {readonly (Candidate & { hooks?: string })[]} */
export const CANDIDATES = [
  { name: 'Node.js alone', packages: [], program: `${toURL}${importEntry}` },
  {
    name: 'jiti',
    packages: ['jiti@2.7.0'],
    program:
      "import { createJiti } from 'jiti'\nawait createJiti(import.meta.url).import(process.argv[2])\n",
  },
  {
    name: 'jiti, no cache',
    packages: ['jiti@2.7.0'],
    program:
      "import { createJiti } from 'jiti'\nawait createJiti(import.meta.url, { fsCache: false }).import(process.argv[2])\n",
  },
  {
    name: 'tsx',
    packages: ['tsx@4.23.15'],
    program: `${toURL}import { tsImport } from 'tsx/esm/api'\nawait tsImport(pathToFileURL(process.argv[2]).href, import.meta.url)\n`,
  },
  {
    name: 'hooks + sucrase',
    packages: ['sucrase@3.35.1'],
    ...hooked(
      "(source) => (compiler ??= require('sucrase')).transform(source, { transforms: ['typescript'], disableESTransforms: true, preserveDynamicImport: true, injectCreateRequireForImportRequire: true }).code",
    ),
  },
  {
    name: 'hooks + amaro, stripping',
    packages: ['amaro@1.2.1'],
    ...hooked(
      "(source) => (compiler ??= require('amaro')).transformSync(source, { mode: 'strip-only' }).code",
    ),
  },
  {
    name: 'hooks + ts-blank-space',
    packages: ['ts-blank-space@0.9.0', 'typescript@6.0.3'],
    ...hooked("(source) => (compiler ??= require('ts-blank-space').default)(source)"),
  },
  {
    name: 'hooks + typescript',
    packages: ['typescript@6.0.3'],
    ...hooked(
      "(source, fileName) => (compiler ??= require('typescript')).transpileModule(source, { fileName, compilerOptions: { target: 'es2022', module: 'esnext', inlineSourceMap: true, inlineSources: true } }).outputText",
    ),
  },
  {
    name: 'hooks + @swc/wasm-typescript',
    packages: ['@swc/wasm-typescript@1.16.2'],
    ...hooked(`(source, filename) => {
  const { code, map } = (compiler ??= require('@swc/wasm-typescript')).transformSync(source, { mode: 'transform', filename, sourceMap: true, transform: { verbatimModuleSyntax: false, nativeClassProperties: true, noEmptyExport: true, importExportAssignConfig: 'Classic' } })
  return ${withMap('code', 'map')}
}`),
  },
  { name: 'pagi-server', packages: ['@swc/wasm-typescript@1.16.2'], program: undefined },
]
