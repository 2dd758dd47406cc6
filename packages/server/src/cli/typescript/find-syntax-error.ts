/** Finds the file and line of a syntax error that Node.js reports without them. */

import { readFileSync } from 'node:fs'
import { compile } from './compile.ts'

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
  try {
    compile(source, url, 'Classic')
  } catch (error) {
    return error instanceof SyntaxError ? error : undefined
  }
  for (const [, , specifier = ''] of source.matchAll(IMPORT)) {
    const next = new URL(specifier, url).href
    const found = seen.has(next) ? undefined : findSyntaxError(next, seen)
    if (found !== undefined) return found
  }
  return undefined
}
