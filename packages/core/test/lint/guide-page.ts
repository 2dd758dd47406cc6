/** Writes docs/guide/lint.md from the rules, and from the applications that break them. */

import { format } from 'prettier'
import ts from 'typescript'
import type { LintCode, LintRule, LintViolation } from '../../src/lint.ts'
import { LINT_RULES } from '../../src/lint.ts'

/** A rule broken, as lint has told it. */
export interface Told {
  readonly code: string
  readonly requirement: string
  readonly violation: LintViolation
}

const HEAD = `# Lint

Lint tells you, while you develop, what your application does against the specification, and where. It changes nothing else: a correct application does not notice it, save that its scope is frozen.

\`\`\`sh
npx pagi-server app.ts -E development
\`\`\`

\`\`\`text
[warn] lint: the application returned without having awaited its send of http.response.body: await it [ERR_PAGI_LINT_UNAWAITED_SEND, CORE-33, http, at app.ts:9:3]
\`\`\`

Each violation is a warning in the log of the server, once for each place in your code. On a terminal \`pagi-server\` is in development unless you say otherwise. \`--no-lint\` or \`PAGI_LINT=0\` turns lint off. So it is with \`pagi-server fetch\`, \`sse\` and \`ws\`.

A program that calls \`serve\` or \`createServer\` gets lint with \`{ env: 'development' }\`, and not with \`{ env: 'development', lint: false }\`. The default of \`env\` is \`production\`, where lint is never even loaded, whatever \`lint\` says.

## In a test

\`lint\` wraps an application and \`lintMiddleware\` a middleware; \`report\` gets each violation. \`probeUnsupportedScope\` asks an application what it does with a scope that it cannot know, as no server does.

\`\`\`ts
import { lint, probeUnsupportedScope } from '@pagi/core/lint'
import { dispatch, serve } from '@pagi/server'

const app = dispatch({
  async http(_scope, _receive, send) {
    await send({ type: 'http.response.start', status: 204 })
    await send({ type: 'http.response.body' })
  },
})

const violations: string[] = []
const report = ({ message }: { message: string }) => violations.push(message)
await probeUnsupportedScope(app, { report })

const server = await serve(lint(app, { report }), { port: 0, logLevel: 'error' })
await (await fetch(server.url)).text()
await server.close()
console.log(violations.length) // 0
\`\`\`

\`npx pagi-conformance app app.ts\` does all this with requests of every kind, in memory, and judges middleware, too: see [pagi-conformance](../../conformance/README.md).

## The rules

This part is made from the rules themselves and from the applications in \`packages/core/test/lint\` that break them, by \`node scripts/lint-guide.mjs\`. \`node packages/core/test/lint/print.mjs\` prints each with its message.
`

const NOTE = `
In the examples, \`START\` is \`{ type: 'http.response.start', status: 200 }\`, \`LAST\` a body event, \`MORE\` one with \`more: true\`. \`respond\` sends START and LAST, \`pairs\` does so with headers. \`app\` is the application inside a middleware; \`mapEvents\`, \`addHeader\`, \`mapScope\` and \`mount\` are middleware that changes what passes, \`buffer\` middleware that holds it back.
`

/** The page as Markdown, in the form Prettier gives it. */
export async function guidePage(told: readonly Told[]): Promise<string> {
  const part = (binds: LintRule['binds'], title: string): string => {
    const rules = rulesOf(binds)
    const rows = rules.map(([code, rule]) => [
      `[\`${short(code)}\`](#${code.toLowerCase()})`,
      rule.summary,
      rule.requirements.join(', '),
    ])
    const sections = rules.map(([code]) => section(code, told))
    return `\n## ${title}\n\n${table(['`ERR_PAGI_LINT_`…', 'Rule', 'Requirements'], rows)}${sections.join('')}`
  }
  const text = `${HEAD}${NOTE}${part('application', 'What binds applications')}${part('middleware', 'What binds middleware')}`
  return await format(text, { parser: 'markdown', semi: false, singleQuote: true, printWidth: 100 })
}

/** Every application that breaks a rule, and what lint says of it, for a terminal. */
export function printedRules(told: readonly Told[]): string {
  return (['application', 'middleware'] as const)
    .flatMap((binds) => [
      `--- What binds ${binds === 'application' ? 'applications' : 'middleware'}`,
      ...rulesOf(binds).flatMap(([code, { summary }]) => [
        `\n${code}: ${summary}`,
        ...of(code, told).map(({ requirement, violation }) => {
          const { message, scopeType, place } = violation
          const where = place === undefined ? '' : `, at ${place.replace(/.*[/\\]/, '')}`
          return `  ${requirement} (${scopeType}${where}): ${message}`
        }),
      ]),
      '',
    ])
    .join('\n')
}

function rulesOf(binds: LintRule['binds']): readonly (readonly [LintCode, LintRule])[] {
  return Object.entries(LINT_RULES).filter(
    (entry): entry is [LintCode, LintRule] => entry[1].binds === binds,
  )
}

const short = (code: string): string => code.replace('ERR_PAGI_LINT_', '')

const of = (code: string, told: readonly Told[]): readonly Told[] =>
  told.filter((one) => `ERR_PAGI_LINT_${one.code}` === code)

function section(code: LintCode, told: readonly Told[]): string {
  const name = LINT_RULES[code].binds === 'application' ? 'app' : 'middleware'
  const examples = of(code, told).map(({ requirement, violation }, index) => {
    const { message } = violation
    return `\n\`\`\`js\nconst ${name} = ${sourceOf(code, index)}\n\`\`\`\n\n> ${requirement}: ${message.replaceAll(/[*_[\]]/g, '\\$&')}\n`
  })
  return `\n### ${code}\n\n${LINT_RULES[code].summary}\n${examples.join('')}`
}

const FILES = await Promise.all([
  import('./apps-calls.ts?raw'),
  import('./apps-events.ts?raw'),
  import('./middleware-cases.ts?raw'),
])
const SOURCES: ReadonlyMap<string, readonly string[]> = readSources()

function sourceOf(code: string, index: number): string {
  const text = SOURCES.get(code)?.[index]
  if (text === undefined) throw new Error(`no example of ${code} in the files of cases`)
  return text
}

/** The text of every `bad` in the files of cases, by its code. */
function readSources(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { default: text } of FILES) {
    const file = ts.createSourceFile('cases.ts', text, ts.ScriptTarget.Latest, true)
    const visit = (node: ts.Node): void => {
      if (ts.isObjectLiteralExpression(node)) {
        const values = new Map(
          node.properties
            .filter((one) => ts.isPropertyAssignment(one))
            .map((one) => [one.name.getText(), one.initializer]),
        )
        const [code, bad] = [values.get('code'), values.get('bad')]
        if (code !== undefined && ts.isStringLiteral(code) && bad !== undefined) {
          const key = `ERR_PAGI_LINT_${code.text}`
          found.set(key, [...(found.get(key) ?? []), dedent(bad.getText())])
        }
      }
      ts.forEachChild(node, visit)
    }
    visit(file)
  }
  return found
}

/** Without the indentation of the table it stands in. */
function dedent(text: string): string {
  return text.replaceAll(/^ {4}/gm, '')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
