/** The command line of pagi-conformance. */

import { parseArgs } from 'node:util'
import { GROUPS } from './case.ts'
import { nearest } from './nearest.ts'

export interface Arguments {
  readonly globs: readonly string[]
  readonly server: string | undefined
  readonly target: string | undefined
  readonly url: string | undefined
  readonly name: string | undefined
  readonly serverVersion: string | undefined
  readonly probe: string | undefined
  readonly probePort: number
  readonly cases: string | undefined
  readonly groups: readonly string[]
  readonly list: boolean
  readonly coverage: boolean
  readonly requirements: boolean
  readonly strict: boolean
  readonly transcript: boolean
  readonly quiet: boolean
  readonly help: boolean
  readonly version: boolean
  readonly repeat: number
  readonly lanes: number
  readonly patience: number
  readonly reports: Readonly<Record<'json' | 'junit' | 'tap' | 'html', string | undefined>>
}

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const OPTIONS = {
  server: { type: 'string' },
  target: { type: 'string' },
  url: { type: 'string' },
  name: { type: 'string' },
  'server-version': { type: 'string' },
  probe: { type: 'string' },
  'probe-port': { type: 'string' },
  cases: { type: 'string' },
  group: { type: 'string', multiple: true },
  list: { type: 'boolean' },
  coverage: { type: 'boolean' },
  requirements: { type: 'boolean' },
  strict: { type: 'boolean' },
  transcript: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  repeat: { type: 'string' },
  lanes: { type: 'string' },
  patience: { type: 'string' },
  json: { type: 'string' },
  junit: { type: 'string' },
  tap: { type: 'string' },
  html: { type: 'string' },
} as const

export const HELP = `Usage: pagi-conformance [options] [case ...]
       pagi-conformance app FILE

Checks a PAGI server against the specification, rule by rule. Cases are ids
(http/head/no-body), globs (http/**, '**[sse]') or requirement ids (HTTP-65,
CONN-*); without any, all are run. The second form checks an application or a
middleware, in memory: see pagi-conformance app --help.

The server, one of:
  --server COMMAND      how to start it, with {app}, {host} and {port}
  --target FILE         a target file; pagi-conformance.json of this folder if
                        nothing is said
  --url URL             a server that runs already with the probe
  --name TEXT  --server-version TEXT
                        what reports call it
  --probe FILE          the probe application it loads (probe.mjs of the suite)
  --probe-port NUMBER   with --url: the port in the PAGI_PROBE it was given

What is judged:
  --cases FOLDER        by the cases of this folder, not those of the suite
  --group NAME          judge this group, too: release-notes, server-notes,
                        decision, own; all for all of them
  --strict              failures of SHOULD rules fail the run
  --repeat NUMBER       run each case so many times (1)
  --lanes NUMBER        processes tested side by side (3)
  --patience NUMBER     wait so many times as long, on a machine that is slow (1)

What is printed and written:
  --list                print the cases, with group and level, and run nothing
  --coverage            print which requirements have cases and run nothing
  --requirements        print the standing of every requirement
  --transcript          print what went over both ends of each failed case; the
                        reports have those of passed cases, too, at any size
  -q, --quiet           print the totals only
  --json FILE  --junit FILE  --tap FILE  --html FILE
                        write a report; - is the standard output
  -h, --help  --version

Exit codes: 0 conforms, 1 does not, 2 wrong usage, 3 the suite could not judge,
129, 130, 143 interrupted.
`

/** The number an option was given. */
export function number(
  text: string | undefined,
  otherwise: number,
  flag: string,
  least: number,
): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new UsageError(`--${flag} takes a number from ${least}, got ${JSON.stringify(text)}`)
}

/**
 * Reads the arguments.
 *
 * @throws UsageError naming what was wrong
 */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = explained(args, OPTIONS, 'pagi-conformance --help')
  const { server, target, url, probe, json, junit, tap, html } = values
  if ([server, target, url].filter((value) => value !== undefined).length > 1) {
    throw new UsageError('--server, --target and --url exclude each other')
  }
  for (const group of values.group ?? []) checkGroup(group)
  return {
    globs: positionals,
    server,
    target,
    url,
    name: values.name,
    serverVersion: values['server-version'],
    probe,
    probePort: number(values['probe-port'], 0, 'probe-port', 0),
    cases: values.cases,
    groups: values.group ?? [],
    list: values.list ?? false,
    coverage: values.coverage ?? false,
    requirements: values.requirements ?? false,
    strict: values.strict ?? false,
    transcript: values.transcript ?? false,
    quiet: values.quiet ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
    repeat: number(values.repeat, 1, 'repeat', 1),
    lanes: number(values.lanes, 3, 'lanes', 1),
    patience: number(values.patience, 1, 'patience', 1),
    reports: { json, junit, tap, html },
  }
}

type Options = Readonly<
  Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>
>

/**
 * `parseArgs`, with messages for people.
 *
 * @param help where to look
 * @throws UsageError naming the option and what it may have been meant to be
 */
export function explained<const T extends Options>(
  args: readonly string[],
  options: T,
  help: string,
): ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>> {
  const config = { args: [...args], options, allowPositionals: true } as const
  const known: Options = options
  for (const token of parseArgs({ ...config, strict: false, tokens: true }).tokens) {
    if (token.kind !== 'option') continue
    const option = known[token.name]
    if (option === undefined) {
      const name = nearest(token.name, Object.keys(known))
      const hint = name === undefined ? `see ${help}` : `did you mean --${name}?`
      throw new UsageError(`unknown option ${token.rawName}: ${hint}`)
    }
    if (option.type === 'boolean' && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value, got ${token.value}`)
    }
    const { value, inlineValue } = token
    if (option.type === 'string' && (value === undefined || (!inlineValue && /^-./.test(value)))) {
      throw new UsageError(`${token.rawName} needs a value`)
    }
  }
  return parseArgs(config)
}

function checkGroup(name: string): void {
  const names = [...GROUPS, 'all']
  if (names.includes(name)) return
  const near = nearest(name, names)
  const hint = near === undefined ? names.join(', ') : `did you mean ${near}?`
  throw new UsageError(`--group: there is no group ${name}: ${hint}`)
}
