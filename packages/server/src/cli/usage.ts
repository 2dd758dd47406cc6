/** What `--help` and `--version` print. */

import { createRequire } from 'node:module'
import { PAGI_VERSION } from '@pagi/spec'
import { negation } from './args.ts'
import { flagOf, GROUPS, OPTIONS, optionNames, variablesOf } from '../options/table.ts'
import type { OptionName } from '../options/table.ts'

const INDENT = 30
const WIDTH = 80

const HEAD = `Usage: pagi-server [options] [app] [key=value ...]
       pagi-server fetch|sse|ws [options] [app] [path]

Serves a PAGI application over HTTP/1.1, WebSocket and Server-Sent Events.

app is a file (.ts .mts .cts .js .mjs .cjs), a folder with app.* or src/app.*,
or a package; ./app.ts:admin takes its export admin. Without app, the current
folder. The application is the default export, else app, else what
createApp(options) makes; options has the key=value arguments.

Examples:
  pagi-server                          serve app.ts of this folder
  pagi-server app.ts --port 8080
  pagi-server -p 0 -E production src/main.ts:app
  pagi-server ./chat room=lobby        createApp({ room: 'lobby' })
  pagi-server app.ts --check           does it load and start?
  pagi-server fetch app.ts /users      what does it answer? (fetch --help)
  pagi-server app.ts --watch           serve what is saved, again and again
`

const FOOT = `
A flag wins over its variable. A size has a unit, b, kb, mb or gb of 1024 each,
or none for bytes; a time has one of ms, s, m and h.
SIGUSR1 opens the file of the access log anew, after it was renamed; Windows has
no such signal.
Exit codes: 0 stopped as asked, 1 failed while running, 2 wrong usage,
3 the application did not load or start, 4 the address cannot be listened on.
`

/** The text of `--help`. */
export function helpText(): string {
  const groups = GROUPS.map((group) => {
    const rows = optionNames().filter((name) => OPTIONS[name].group === group)
    return `\n${group}:\n${rows.map(helpRow).join('')}`
  })
  return HEAD + groups.join('') + FOOT
}

/** The line of `--version`. */
export function versionText(): string {
  return `pagi-server ${version()} (PAGI ${PAGI_VERSION}, Node.js ${process.versions.node})\n`
}

/** The version of this package. */
export function version(): string {
  // By its own name, which is right in the sources and in the build, a folder higher.
  const manifest: unknown = createRequire(import.meta.url)('@pagi/server/package.json')
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}

function helpRow(name: OptionName): string {
  const { short, placeholder } = OPTIONS[name]
  const letter = short === undefined ? '    ' : `-${short}, `
  const flag = `  ${letter}${usefulFlag(name)} ${placeholder}`.trimEnd()
  const [first = '', ...more] = wrap(`${OPTIONS[name].help}${facts(name)}`, WIDTH - INDENT)
  const start =
    flag.length < INDENT ? flag.padEnd(INDENT) + first : `${flag}\n${' '.repeat(INDENT)}${first}`
  return `${[start, ...more.map((line) => ' '.repeat(INDENT) + line)].join('\n')}\n`
}

/** `--no-lint` for a switch that is on by itself. */
export function usefulFlag(name: OptionName): string {
  return (OPTIONS[name].default === true ? negation(name) : undefined) ?? flagOf(name)
}

/** Default and variables: "(5000; PAGI_PORT, PORT)". */
function facts(name: OptionName): string {
  const variables = variablesOf(name).join(', ')
  const parts = [defaultOf(name), variables].filter((part) => part !== '')
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`
}

/** The default as a user would write it; empty for a switch and for an empty text. */
export function defaultOf(name: OptionName): string {
  const { flag, defaultText } = OPTIONS[name]
  // Which environment is the default depends on where the command runs.
  return flag || name === 'env' ? '' : defaultText
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
