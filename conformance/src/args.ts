/** The command line of pagi-conformance. */

import { parseArgs } from 'node:util'

export interface Arguments {
  readonly globs: readonly string[]
  readonly server: string | undefined
  readonly target: string | undefined
  readonly url: string | undefined
  readonly probe: string | undefined
  readonly probePort: number
  readonly groups: readonly string[]
  readonly list: boolean
  readonly coverage: boolean
  readonly strict: boolean
  readonly transcript: boolean
  readonly quiet: boolean
  readonly help: boolean
  readonly version: boolean
  readonly repeat: number
  readonly lanes: number
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
  probe: { type: 'string' },
  'probe-port': { type: 'string' },
  group: { type: 'string', multiple: true },
  list: { type: 'boolean' },
  coverage: { type: 'boolean' },
  strict: { type: 'boolean' },
  transcript: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  repeat: { type: 'string' },
  lanes: { type: 'string' },
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
middleware, in memory.

The server, one of:
  --server COMMAND      how to start it, with {app}, {host} and {port}
  --target FILE         a target file; pagi-conformance.json of this folder if
                        nothing is said
  --url URL             a server that runs already with the probe
  --probe FILE          the probe application it loads (probe.mjs of the suite)
  --probe-port NUMBER   with --url: the port in the PAGI_PROBE it was given

What is judged:
  --group NAME          judge this group, too: release-notes, server-notes,
                        decision, own; all for all of them
  --strict              failures of SHOULD rules fail the run
  --repeat NUMBER       run each case so many times (1)
  --lanes NUMBER        processes tested side by side (2)

What is printed and written:
  --list                print the cases and run nothing
  --coverage            print which requirements have cases and run nothing
  --transcript          print what went over both ends of each failed case
  -q, --quiet           print the totals only
  --json FILE  --junit FILE  --tap FILE  --html FILE
                        write a report; - is the standard output
  -h, --help  --version

Exit codes: 0 conforms, 1 does not, 2 wrong usage, 3 the suite could not judge.
`

function number(text: string | undefined, otherwise: number, flag: string, least: number): number {
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
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const { values, positionals } = parsed
  const { server, target, url, probe, json, junit, tap, html } = values
  if ([server, target, url].filter((value) => value !== undefined).length > 1) {
    throw new UsageError('--server, --target and --url exclude each other')
  }
  return {
    globs: positionals,
    server,
    target,
    url,
    probe,
    probePort: number(values['probe-port'], 0, 'probe-port', 0),
    groups: values.group ?? [],
    list: values.list ?? false,
    coverage: values.coverage ?? false,
    strict: values.strict ?? false,
    transcript: values.transcript ?? false,
    quiet: values.quiet ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
    repeat: number(values.repeat, 1, 'repeat', 1),
    lanes: number(values.lanes, 2, 'lanes', 1),
    reports: { json, junit, tap, html },
  }
}

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true })
