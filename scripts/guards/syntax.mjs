// What the guards read out of a source file.
import ts from 'typescript'

/**
 * @typedef Source
 * @property {string} path below the root, with forward slashes
 * @property {string} text
 */

/**
 * @typedef Import
 * @property {string | undefined} specifier undefined when it is worked out at run time
 * @property {boolean} typeOnly leaves no trace in the JavaScript
 * @property {number} line
 */

/**
 * @param {Source} source
 * @returns {ts.SourceFile}
 */
export const parse = ({ path, text }) =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)

/**
 * @param {ts.SourceFile} file
 * @param {number} position
 * @returns {number} counted from 1
 */
export const lineAt = (file, position) => file.getLineAndCharacterOfPosition(position).line + 1

/**
 * Calls back for every node of a file, parents first.
 *
 * @param {ts.Node} node
 * @param {(node: ts.Node) => void} visit
 */
export function walk(node, visit) {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/**
 * @param {ts.Node | undefined} node
 * @returns {string | undefined}
 */
const literal = (node) =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined

/**
 * `import(…)`, `require(…)`, `require.resolve(…)`, `import.meta.resolve(…)` and `vi.mock(…)` name a
 * module like an import does.
 *
 * @param {ts.CallExpression} node
 */
function loadsModule({ expression }) {
  if (expression.kind === ts.SyntaxKind.ImportKeyword) return true
  return /^(require|require\.resolve|import\.meta\.resolve|vi\.(do)?mock)$/.test(
    expression.getText(),
  )
}

/**
 * @param {ts.Node} node
 * @returns {{ target: ts.Node | undefined, typeOnly: boolean } | undefined}
 */
function importIn(node) {
  if (ts.isImportDeclaration(node)) {
    return { target: node.moduleSpecifier, typeOnly: node.importClause?.isTypeOnly ?? false }
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { target: node.moduleSpecifier, typeOnly: node.isTypeOnly }
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return { target: node.moduleReference.expression, typeOnly: node.isTypeOnly }
  }
  if (ts.isImportTypeNode(node)) {
    const target = ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
    return { target, typeOnly: true }
  }
  if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) {
    return { target: node.name, typeOnly: true }
  }
  if (ts.isCallExpression(node) && loadsModule(node)) {
    return { target: node.arguments[0], typeOnly: false }
  }
  return undefined
}

/**
 * Every way in which a file names another module.
 *
 * @param {ts.SourceFile} file
 * @returns {readonly Import[]}
 */
export function importsOf(file) {
  /** @type {Import[]} */
  const imports = file.typeReferenceDirectives.map(({ fileName, pos }) => ({
    specifier: fileName,
    typeOnly: true,
    line: lineAt(file, pos),
  }))
  walk(file, (node) => {
    const found = importIn(node)
    if (found === undefined) return
    const line = lineAt(file, node.getStart())
    imports.push({ specifier: literal(found.target), typeOnly: found.typeOnly, line })
  })
  return imports
}

/**
 * The comments of a file, without those that only look like one inside a string.
 *
 * @param {ts.SourceFile} file
 * @returns {readonly { text: string, line: number }[]}
 */
export function commentsOf(file) {
  /** @type {Map<number, { text: string, line: number }>} */
  const comments = new Map()
  /** @param {readonly ts.CommentRange[] | undefined} ranges */
  const add = (ranges) => {
    for (const { pos, end } of ranges ?? [])
      comments.set(pos, { text: file.text.slice(pos, end), line: lineAt(file, pos) })
  }
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (node.getChildCount(file) === 0) {
      add(ts.getLeadingCommentRanges(file.text, node.getFullStart()))
      add(ts.getTrailingCommentRanges(file.text, node.getEnd()))
    }
    node.getChildren(file).forEach(visit)
  }
  visit(file)
  return [...comments.values()]
}
