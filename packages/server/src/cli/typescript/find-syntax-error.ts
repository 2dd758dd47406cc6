/** Finds the file and line of a syntax error that Node.js reports without them. */

import { readFileSync } from 'node:fs'
import { compile } from './compile.ts'

const DECORATOR = /^[ \t]*@[\p{ID_Start}$_(]/mu
const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"]+)\1/g

/**
 * Parses a module and, through its relative imports, those behind it. The error names its place;
 * undefined when the parser accepts them all, which V8 need not.
 */
export function findSyntaxError(url: string, seen: Set<string> = new Set()): unknown {
  seen.add(url)
  let source: string
  try {
    source = readFileSync(new URL(url), 'utf8')
  } catch {
    return undefined
  }
  let compiled: string
  try {
    compiled = compile(source, url, 'Classic')
  } catch (error) {
    return error instanceof SyntaxError ? error : undefined
  }
  if (DECORATOR.test(compiled)) return decoratorError(source, url)
  for (const [, , specifier = ''] of source.matchAll(IMPORT)) {
    const next = new URL(specifier, url).href
    const found = seen.has(next) ? undefined : findSyntaxError(next, seen)
    if (found !== undefined) return found
  }
  return undefined
}

/** The compiler leaves decorators to Node.js, which has none. */
function decoratorError(source: string, url: string): SyntaxError {
  const error = new SyntaxError('Node.js does not know decorators')
  const { index = 0 } = DECORATOR.exec(source) ?? {}
  const line = source.slice(0, index).split('\n').length
  error.stack = `${url}:${line}\n${source.split('\n')[line - 1] ?? ''}\n\nSyntaxError: ${error.message}`
  return error
}
