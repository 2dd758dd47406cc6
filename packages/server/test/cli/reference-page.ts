/** Writes docs/reference/options.md from the option table. */

import { defaultOf, usefulFlag } from '../../src/cli/usage.ts'
import { GROUPS, OPTIONS, optionNames, variablesOf } from '../../src/options/table.ts'
import type { OptionName } from '../../src/options/table.ts'

const HEAD = `# Options

Options of the command \`pagi-server\`, and of \`serve\` and \`createServer\` of \`@pagi/server\`. On a command line a flag wins over its variable, and a variable over the default; of a flag given twice the last one counts. A program passes the keys; it is not asked for variables. An unknown name or a value that is not acceptable is refused by name.

- A **size** is a number of bytes, or text with a unit: \`512\`, \`64kb\`, \`10mb\`, \`1gb\`. A kb is 1024 bytes.
- A **time** is text with a unit: \`500ms\`, \`30s\`, \`5m\`, \`1h\`. In a program it may also be a number, of milliseconds.
- Ids such as LIFE-11 and T-PATH are rules of the specification.

This page is made from \`packages/server/src/options/table.ts\` by \`node scripts/options-reference.mjs\`.
`

const CODES = [
  ['0', 'stopped as asked'],
  ['1', 'failed while running or while shutting down, or an error that nothing caught'],
  ['2', 'wrong usage: an unknown option, a value that is not acceptable'],
  ['3', 'the application did not load, or did not start'],
  ['4', 'the address cannot be listened on'],
  ['130', 'SIGINT before the server was ready, or a second one that forces'],
  ['143', 'SIGTERM before the server was ready, or a second one that forces'],
]

const FOOT = `
\`HOST\` is no variable of ours, because shells export it with the name of the machine. \`NODE_ENV\` counts when it is one of our words.

## Exit codes

${table(['Code', 'Meaning'], CODES)}
## Signals

SIGINT and SIGTERM (on Windows also Ctrl-Break) stop the server in good order: it accepts no more, ends event streams and WebSockets, lets requests finish within the shutdown timeout and runs \`lifespan.shutdown\`. Signals within half a second of the first are the same wish, since under npm one Ctrl-C may arrive twice; a later one ends everything at once. SIGHUP is left alone, so that \`nohup\` works.

SIGUSR1 opens the file of \`--access-log\` anew, after it was renamed, and never starts the debugger of Node.js. Windows has no SIGUSR1.

## Errors that nothing caught

An error thrown by a timer or an event listener of the application, or a rejected promise that nothing handles, is printed with its stack; then the server stops in good order, with exit code 1. An application that listens to \`uncaughtException\` (or \`unhandledRejection\`) itself decides itself.
`

/** The page as Markdown, in the form Prettier gives it. */
export function referencePage(): string {
  const groups = GROUPS.map((group) => {
    const names = optionNames().filter((name) => OPTIONS[name].group === group)
    return `\n## ${group}\n\n${table(['Flag', 'Key', 'Variables', 'Default', 'Value', ''], names.map(row))}`
  })
  return HEAD + groups.join('') + FOOT
}

function row(name: OptionName): string[] {
  const { api, short, flag, expected, help, requirement } = OPTIONS[name]
  const flags = [...(short === undefined ? [] : [`-${short}`]), usefulFlag(name)]
    .map(code)
    .join(', ')
  const initial = defaultOf(name)
  return [
    flags,
    api ? code(name) : '',
    variablesOf(name).map(code).join(', '),
    initial === '' ? '' : code(initial),
    flag ? 'a switch' : expected,
    `${help}.${requirement === undefined ? '' : ` ${requirement}.`}`,
  ]
}

function code(text: string): string {
  return `\`${text}\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |\n`
  return [line(head, ' '), line([], '-'), ...rows.map((cells) => line(cells, ' '))].join('')
}
