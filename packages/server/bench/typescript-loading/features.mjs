// What a loader of app.ts has to cope with. Each feature is a folder of files; app.ts prints "ok",
// and nothing may be written to stderr.

const ok = "console.log('ok')\nprocess.exit(0)\n"
// Node.js prints its warnings in the next tick, and an exit would hide them.
const app =
  "export default async () => {}\nconsole.log('ok')\nprocess.nextTick(() => process.exit(0))\n"
const type = (/** @type {string} */ value) => ({ 'package.json': `{ "type": "${value}" }` })
const module = type('module')
const pkg = (/** @type {string} */ source) => ({
  'node_modules/pkg/package.json': '{ "type": "module", "exports": "./index.js" }',
  'node_modules/pkg/index.js': source,
})

/**
 * @typedef Feature
 * @property {string} name
 * @property {Readonly<Record<string, string>>} files
 * @property {string} [entry] app.ts
 * @property {string} [below] name of the folder the files are in
 * @property {RegExp} [fails] it ends with an error, which must be described like this
 */

/** @type {readonly Feature[]} */
export const FEATURES = [
  {
    name: '`export default`, `"type": "module"`',
    files: { ...module, 'app.ts': `const a: number = 1\n${app}` },
  },
  {
    name: '`export default`, `"type": "commonjs"` (npm init)',
    files: { ...type('commonjs'), 'app.ts': `const a: number = 1\n${app}` },
  },
  {
    name: '`export default`, no `type`',
    files: { 'package.json': '{}', 'app.ts': `const a: number = 1\n${app}` },
  },
  {
    name: '`./dep.ts`',
    files: {
      ...module,
      'app.ts': `import { a } from './dep.ts'\na()`,
      'dep.ts': `export const a = (): void => { ${ok} }`,
    },
  },
  {
    name: '`./dep.js` for dep.ts',
    files: {
      ...module,
      'app.ts': `import { a } from './dep.js'\na()`,
      'dep.ts': `export const a = (): void => { ${ok} }`,
    },
  },
  {
    name: 'a type imported without `type`',
    files: {
      ...module,
      'app.ts': `import { A } from './dep.ts'\nexport const a: A = 1\n${ok}`,
      'dep.ts': 'export type A = number',
    },
  },
  {
    name: '`enum`',
    files: { ...module, 'app.ts': `enum A { X = 1 }\nexport {}\nif (A[1] === 'X') ${ok}` },
  },
  {
    name: '`const enum`',
    files: { ...module, 'app.ts': `const enum A { X = 1 }\nexport {}\nif (A.X === 1) ${ok}` },
  },
  {
    name: '`namespace`',
    files: {
      ...module,
      'app.ts': `namespace A { export const x = 1 }\nexport {}\nif (A.x === 1) ${ok}`,
    },
  },
  {
    name: 'parameter properties',
    files: {
      ...module,
      'app.ts': `class A { constructor(readonly x: number) {} }\nexport {}\nif (new A(1).x === 1) ${ok}`,
    },
  },
  {
    name: '`import x = require()`',
    files: {
      ...module,
      'app.ts': `import fs = require('node:fs')\nexport const a = fs.readFileSync\n${ok}`,
    },
  },
  {
    name: 'decorators of TypeScript',
    files: {
      ...module,
      'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
      'app.ts': `function d(_: unknown): void {}\n@d class A {}\nexport const a = new A()\n${ok}`,
    },
  },
  {
    name: 'top-level await',
    files: {
      ...type('commonjs'),
      'app.ts': `const a: number = await Promise.resolve(1)\nexport default a\n${ok}`,
    },
  },
  {
    name: '`.mts` and `.cts`',
    files: {
      'package.json': '{}',
      'app.ts': `import { m } from './m.mts'\nimport c from './c.cts'\nif (m + c === 3) ${ok}`,
      'm.mts': 'export const m: number = 1',
      'c.cts': 'const c: number = 2\nmodule.exports = c',
    },
  },
  {
    name: 'CommonJS in app.ts, `"type": "commonjs"`',
    files: {
      ...type('commonjs'),
      'app.ts': `const a: string = typeof require\nmodule.exports = a\nif (a === 'function') ${ok}`,
    },
  },
  {
    name: '`.js` with `export`, no `type`',
    entry: 'app.js',
    files: { 'package.json': '{}', 'app.js': app },
  },
  {
    name: '`.js` with `export`, `"type": "commonjs"`',
    entry: 'app.js',
    files: { ...type('commonjs'), 'app.js': app },
  },
  {
    name: 'a path with a space, `#`, `%` and `ü`',
    below: 'a b #1 100% ü',
    files: {
      ...module,
      'app.ts': `import { a } from './dep.ts'\nimport { b } from 'pkg'\nif (a + b === 3) ${ok}`,
      'dep.ts': 'export const a: number = 1',
      ...pkg('export const b = await Promise.resolve(2)'),
    },
  },
  {
    name: 'an installed package is one instance',
    files: {
      ...module,
      'app.ts': `import { a } from 'pkg'\nimport { b } from './native.mjs'\nexport const c: number = 1\nif (a === b) ${ok}`,
      'native.mjs': "export { a as b } from 'pkg'",
      'node_modules/pkg/package.json': '{ "type": "module", "exports": "./index.js" }',
      'node_modules/pkg/index.js': 'export const a = {}',
    },
  },
  {
    name: 'it is the instance of whoever started the application',
    files: {
      ...module,
      'app.ts': `import { a } from 'pkg'\ndeclare const host: object\nif (a === host) ${ok}`,
      'preload.mjs': "import { a } from 'pkg'\nglobalThis.host = a",
      ...pkg('export const a = {}'),
    },
  },
  {
    name: 'top-level await in what is imported',
    files: {
      ...module,
      'app.ts': `import { a } from './dep.ts'\nimport { b } from 'pkg'\nif (a + b === 3) ${ok}`,
      'dep.ts': 'export const a: number = await Promise.resolve(1)',
      ...pkg('export const b = await Promise.resolve(2)'),
    },
  },
  {
    name: 'modules that import each other',
    files: {
      ...module,
      'app.ts': `import { odd } from './dep.ts'\nexport function even(n: number): boolean { return n === 0 || odd(n - 1) }\nif (even(2)) ${ok}`,
      'dep.ts':
        "import { even } from './app.ts'\nexport function odd(n: number): boolean { return n !== 0 && even(n - 1) }\n",
    },
  },
  {
    name: 'a binding that changes is seen to change',
    files: {
      ...module,
      'app.ts': `import { a, add } from './dep.ts'\nadd()\nif (a === 1) ${ok}`,
      'dep.ts': 'export let a: number = 0\nexport const add = (): void => { a += 1 }',
    },
  },
  {
    name: 'JavaScript that imports TypeScript',
    files: {
      ...module,
      'app.ts': `import { a } from './dep.mjs'\nexport const b: number = a\n${ok}`,
      'dep.mjs': "export { a } from './deep.ts'",
      'deep.ts': 'export const a: number = 1',
    },
  },
  {
    name: 'a package that imports TypeScript of the application, by import()',
    files: {
      ...module,
      'app.ts': `import { load } from 'pkg'\nconst a: object = await load(new URL('dep.ts', import.meta.url).href)\nif ('a' in a) ${ok}`,
      'dep.ts': 'export const a: number = 1',
      ...pkg('export const load = (url) => import(url)'),
    },
  },
  {
    name: 'a module of the application is one instance, whoever imports it',
    files: {
      ...module,
      'app.ts': `import { load } from 'pkg'\nimport { a } from './dep.mjs'\nconst b: { a: object } = await load(new URL('dep.mjs', import.meta.url).href)\nif (a === b.a) ${ok}`,
      'dep.mjs': 'export const a = {}',
      ...pkg('export const load = (url) => import(url)'),
    },
  },
  {
    name: '`import.meta.dirname`, `import.meta.resolve`',
    files: {
      ...module,
      'app.ts': `const { dirname } = import.meta\nif (dirname && import.meta.resolve('pkg').endsWith('index.js')) ${ok}`,
      ...pkg(''),
    },
  },
  {
    name: '`import.meta.url`',
    files: {
      ...module,
      'app.ts': `const url: string = import.meta.url\nif (url.startsWith('file:') && url.endsWith('/app.ts')) ${ok}`,
    },
  },
  {
    name: 'line of an error, types and enum above it',
    fails: /app\.ts:8:\d+/,
    files: {
      ...module,
      'app.ts':
        'interface A {\n  a: number\n\n  b: string\n}\nenum E {\n  X }\nthrow new Error(String(E.X))\nexport type B = A\n',
    },
  },
  {
    name: 'line of a syntax error',
    fails: /app\.ts.?[: (]+3\b/,
    files: { ...module, 'app.ts': 'interface A { a: 1 }\nexport type B = A\nexport default = 1\n' },
  },
]
