/** `pagi-conformance app FILE`. */

import { Console } from 'node:console'
import { writeFileSync } from 'node:fs'
import type { parseArgs } from 'node:util'
import { explained, number, UsageError } from '../args.ts'
import type { Screen } from '../report/progress.ts'
import { loadCore } from './core.ts'
import { judge } from './judge.ts'
import type { Judgement, JudgeSettings } from './judge.ts'
import { describe, loadSubjects } from './load.ts'
import { describeJudgement, judgementsAsJson } from './report.ts'

export const APP_HELP = `Usage: pagi-conformance app [options] FILE[:EXPORT]

Runs an application or a middleware, in memory, through the rules that bind it:
requests of every kind, streams and WebSockets, clients that leave in the middle,
a server that stops, a scope of an unknown type. An application is the default
export of FILE, else app, else what createApp() makes; a middleware is its export
middleware, and is put around applications that do what its rules are about.

  --middleware          the default export is a middleware, not an application
  --path PATH           ask for this path, too; may be given several times (/)
  --timeout MS          how long a call may go on once its client has gone (2000)
  --json FILE           write the findings as JSON; - is the standard output
  -v, --verbose         also list the rules that passed
  -q, --quiet           print nothing but violations
  -h, --help

Exit codes: 0 no rule is violated, 1 one is, 2 wrong usage, 3 it could not be
judged: it did not load, or did not start.
`

const OPTIONS = {
  middleware: { type: 'boolean' },
  path: { type: 'string', multiple: true },
  timeout: { type: 'string' },
  json: { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
} as const

/**
 * Runs the command.
 *
 * @returns the exit code. What the application left running is the caller's to end
 */
export async function appCommand(
  args: readonly string[],
  version: string,
  stdout: Screen,
): Promise<number> {
  const { values, positionals } = explained(args, OPTIONS, 'pagi-conformance app --help')
  if (values.help === true) {
    stdout.write(APP_HELP)
    return 0
  }
  const [file, ...others] = positionals
  if (file === undefined) throw new UsageError('no FILE: pagi-conformance app app.js')
  if (others.length > 0) throw new UsageError(`one FILE at a time, got ${positionals.join(' ')}`)
  const patience = number(values.timeout, 2000, 'timeout', 1)
  const paths = values.path ?? ['/']
  const wrong = paths.find((path) => !path.startsWith('/'))
  if (wrong !== undefined) throw new UsageError(`--path begins with a slash, got ${wrong}`)
  // What the application prints is not the report.
  if (values.json === '-') globalThis.console = new Console(process.stderr)
  process.env['PAGI_ENV'] ??= 'development'

  const settings = { paths: [...new Set(paths)], patience }
  const judgements = await judgeFile(file, values.middleware === true, settings)
  write(judgements, values, version, stdout)
  return exitCode(judgements)
}

async function judgeFile(
  file: string,
  asMiddleware: boolean,
  settings: JudgeSettings,
): Promise<readonly Judgement[]> {
  const uncaught = new Set<string>()
  const note = (error: unknown): void => void uncaught.add(describe(error))
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  try {
    const core = await loadCore()
    const judgements: Judgement[] = []
    for (const subject of await loadSubjects(file, asMiddleware)) {
      const judgement = await judge(subject, core, settings)
      const problems = [...uncaught].map((text) => `an error that nothing caught: ${text}`)
      uncaught.clear()
      judgements.push({ ...judgement, problems: [...judgement.problems, ...problems] })
    }
    return judgements
  } finally {
    process.off('uncaughtException', note)
    process.off('unhandledRejection', note)
  }
}

function write(
  judgements: readonly Judgement[],
  options: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'],
  version: string,
  stdout: Screen,
): void {
  const { json, quiet = false, verbose = false } = options
  if (json !== undefined) {
    const text = judgementsAsJson(judgements, version)
    if (json === '-') {
      stdout.write(text)
      return
    }
    writeFileSync(json, text)
  }
  for (const judgement of judgements) {
    if (quiet && exitCode([judgement]) === 0) continue
    stdout.write(`${describeJudgement(judgement, verbose)}\n`)
  }
}

function exitCode(judgements: readonly Judgement[]): number {
  const violated = judgements.some(({ rules }) => rules.some((one) => one.verdict === 'violated'))
  if (violated) return 1
  return judgements.some(({ problems }) => problems.length > 0) ? 3 : 0
}
