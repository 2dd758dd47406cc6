/** TypeScript to JavaScript, one file at a time, with nothing checked but the syntax. */

import { createRequire } from 'node:module'
import type * as Swc from '@swc/wasm-typescript'

// The compiler is 3.7 MB of WebAssembly: it is loaded when the first TypeScript file is.
const require = createRequire(import.meta.url)
let loaded: typeof Swc | undefined

interface Fault {
  readonly message?: string
  readonly snippet?: string
  readonly startLine?: number
  readonly startColumn?: number
}

/** What becomes of `import x = require()` and `export =`: CommonJS, or a module's own `require`. */
export type Assignments = 'Classic' | 'NodeNext'

/**
 * The JavaScript of a TypeScript source, ending in a source map that leads back to `url`.
 * Enums, namespaces and parameter properties are compiled; imports that are only types go away,
 * `type` or not, as with tsc. Decorators stay, since Node.js does not know them.
 *
 * @throws SyntaxError that names file, line and column
 */
export function compile(source: string, url: string, assignments: Assignments): string {
  loaded ??= load()
  let output: Swc.TransformOutput
  try {
    output = loaded.transformSync(source, {
      mode: 'transform',
      filename: url,
      sourceMap: true,
      transform: {
        verbatimModuleSyntax: false,
        nativeClassProperties: true,
        // An `export {}` would make a module of a CommonJS file that imports types.
        noEmptyExport: true,
        importExportAssignConfig: assignments,
      },
    })
  } catch (error) {
    throw syntaxError(error, url)
  }
  return `${output.code}\n//# sourceMappingURL=data:application/json;base64,${mapOf(output, url)}`
}

function load(): typeof Swc {
  const module: typeof Swc = require('@swc/wasm-typescript')
  return module
}

function mapOf({ map = '{}' }: Swc.TransformOutput, url: string): string {
  const content: unknown = JSON.parse(map)
  return Buffer.from(JSON.stringify(Object.assign({}, content, { sources: [url] }))).toString(
    'base64',
  )
}

/** The compiler throws plain objects. */
function syntaxError(thrown: unknown, url: string): unknown {
  if (typeof thrown !== 'object' || thrown === null || thrown instanceof Error) return thrown
  const { message, snippet = '', startLine, startColumn }: Fault = thrown
  const place = startLine === undefined ? '' : `:${startLine}:${(startColumn ?? 0) + 1}`
  const error = new SyntaxError(message ?? 'not valid TypeScript')
  error.stack = `${url}${place}\n${snippet}\nSyntaxError: ${error.message}`
  return error
}
