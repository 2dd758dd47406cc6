// Habits that hide faults: tests switched off, checks switched off, promises to do it later.
import ts from 'typescript'
import { commentsOf, lineAt, parse, walk } from './syntax.mjs'

/** @typedef {import('./syntax.mjs').Source} Source */

const FORBIDDEN_COMMENTS = [
  { words: /\b(eslint|oxlint)-disable/, why: 'the rule holds here too: change the code' },
  { words: /@ts-(ignore|nocheck)\b/, why: 'the type checker is not to be switched off' },
  { words: /\b(TODO|FIXME|XXX)\b/, why: 'do it, or open an issue' },
]

/**
 * @param {ts.Node} node
 * @returns {boolean} whether it is `test.only`, `describe.concurrent.skip` and the like
 */
function switchesTestsOff(node) {
  if (!ts.isPropertyAccessExpression(node) || !/^(only|skip|todo)$/.test(node.name.text))
    return false
  return /^(test|it|describe|suite|bench)\b/.test(node.expression.getText())
}

/**
 * @param {Source} source
 * @returns {readonly string[]} one line per fault
 */
export function habitFaults(source) {
  const file = parse(source)
  const comments = commentsOf(file).flatMap(({ text, line }) =>
    FORBIDDEN_COMMENTS.filter(({ words }) => words.test(text)).map(
      ({ words, why }) => `${source.path}:${line}: ${words.exec(text)?.[0] ?? ''}: ${why}`,
    ),
  )
  /** @type {string[]} */
  const tests = []
  walk(file, (node) => {
    if (!switchesTestsOff(node)) return
    tests.push(
      `${source.path}:${lineAt(file, node.getStart())}: ${node.getText()}: every test runs`,
    )
  })
  return [...comments, ...tests]
}

/**
 * A lockfile must work with any registry, so it names none.
 *
 * @param {Source} lockfile
 * @returns {readonly string[]}
 */
export function lockfileFaults({ path, text }) {
  return text
    .split('\n')
    .flatMap((line, index) =>
      /https?:\/\//.test(line) ? [`${path}:${index + 1}: an address: ${line.trim()}`] : [],
    )
}
