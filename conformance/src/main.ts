/** What `pagi-conformance` does, apart from the process it does it in. */

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { HELP, readArguments, UsageError } from './args.ts'
import type { Arguments } from './args.ts'
import { GROUPS } from './case.ts'
import type { Case } from './case.ts'
import { coverageOf, describeCoverage } from './coverage.ts'
import { SuiteError } from './failure.ts'
import { nearest } from './nearest.ts'
import { jsonReport, junitReport, tapReport } from './report/data.ts'
import { htmlReport } from './report/html.ts'
import { matrix } from './report/matrix.ts'
import { describeResult, describeTotals } from './report/pretty.ts'
import { Progress } from './report/progress.ts'
import type { Screen } from './report/progress.ts'
import type { Report } from './report/report.ts'
import { describeStandings } from './report/standing.ts'
import { describeFailures, describeFamilies, describeSkips } from './report/table.ts'
import { totalsOf } from './report/totals.ts'
import type { Totals } from './report/totals.ts'
import { Requirements } from './requirements.ts'
import type { Result } from './result.ts'
import { runCases } from './run.ts'
import type { About } from './run.ts'
import { select } from './select.ts'
import { readSuite } from './suite.ts'
import type { Suite } from './suite.ts'
import { makeTarget, packageFile, readTarget, wrapperOf } from './target.ts'
import type { Target } from './target.ts'
import { isObject, textOf } from './values.ts'

/** Where it prints. */
export interface Terminal {
  readonly stdout: Screen
  readonly stderr: Screen
}

/**
 * The command line.
 *
 * @returns the exit code
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await command(args, terminal)
  } catch (error) {
    const usage = error instanceof UsageError
    const known = usage || error instanceof SuiteError
    const text =
      error instanceof Error
        ? known
          ? error.message
          : (error.stack ?? error.message)
        : String(error)
    terminal.stderr.write(`pagi-conformance: ${text}\n`)
    return usage ? 2 : 3
  }
}

async function command(args: readonly string[], terminal: Terminal): Promise<number> {
  if (args[0] === 'app') {
    const { appCommand } = await import('./app/command.ts')
    return appCommand(args.slice(1), version(), terminal.stdout)
  }
  const given = readArguments(args)
  const print = (text: string): void => {
    terminal.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }
  if (given.help) {
    print(HELP)
    return 0
  }
  if (given.version) {
    print(version())
    return 0
  }
  const target = given.list || given.coverage ? undefined : targetOf(given)
  checkReports(given)
  const { requirements, suite } = given.cases === undefined ? own() : others(given.cases)
  const cases = chosen(suite, given.globs)
  if (given.coverage) {
    const coverage = coverageOf(requirements, suite)
    print(describeCoverage(coverage, suite.cases.length))
    return coverage.missing.length + coverage.idle.length > 0 ? 1 : 0
  }
  if (target === undefined) {
    print(cases.map(listed).join('\n'))
    return 0
  }
  const judged = given.cases === undefined ? target : without(target, suite)
  return await judge({ given, target: judged, requirements, suite, cases, terminal })
}

interface Own {
  readonly requirements: Requirements
  readonly suite: Suite
}

let read: Own | undefined

/** The suite of this package, read once. */
function own(): Own {
  const requirements = new Requirements()
  read ??= { requirements, suite: readSuite(requirements) }
  return read
}

/** Cases of somebody else. */
function others(folder: string): Own {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new UsageError(`--cases ${folder}: there is no such folder`)
  }
  const requirements = new Requirements()
  const suite = readSuite(requirements, folder)
  if (suite.cases.length === 0) throw new UsageError(`--cases ${folder}: there are no cases in it`)
  return { requirements, suite }
}

/** What a target announces of the suite's cases means nothing for those of somebody else. */
function without(target: Target, { cases }: Suite): Target {
  const ids = new Set(cases.map(({ id }) => id))
  const entries = Object.entries(target.expectFail).filter(([id]) => ids.has(id))
  return { ...target, expectFail: Object.fromEntries(entries) }
}

function listed({ id, level, group, requirements, title }: Case): string {
  return `${id}  ${level.toUpperCase()} ${group}  ${requirements.join(' ')}  ${title}`
}

/** The cases asked for; a pattern that means none is a mistake. */
function chosen(suite: Suite, patterns: readonly string[]): readonly Case[] {
  for (const pattern of patterns) {
    if (select(suite.cases, [pattern]).length > 0) continue
    const names = suite.cases.flatMap((one) => [one.id, ...one.requirements])
    const near = nearest(pattern, [...new Set(names)])
    const hint = near === undefined ? 'see --list' : `did you mean ${near}?`
    throw new UsageError(`no case is called ${pattern}, nor a requirement of one: ${hint}`)
  }
  return select(suite.cases, patterns)
}

interface Task {
  readonly given: Arguments
  readonly target: Target
  readonly requirements: Requirements
  readonly suite: Suite
  readonly cases: readonly Case[]
  readonly terminal: Terminal
}

/** Runs the cases, prints and writes what came of them, and gives the exit code. */
async function judge(task: Task): Promise<number> {
  const { given, target, requirements, suite, cases, terminal } = task
  // What is written to the standard output is a report and nothing else.
  const reporting = Object.values(given.reports).includes('-')
  const screen = reporting ? terminal.stderr : terminal.stdout
  const progress = new Progress(given.quiet ? SILENT : screen, cases, given.repeat)
  const wrapper = wrapperOf(target)
  if (wrapper !== undefined && !given.quiet) {
    progress.print(
      `note: the signals for the server go to ${wrapper}, which starts it; name the server itself`,
    )
  }
  const interrupt = new Interrupt(() => progress.clear())
  const date = new Date()
  const began = performance.now()
  let about: About | undefined
  let results: readonly Result[]
  try {
    results = await runCases({
      target,
      suite,
      cases,
      lanes: given.lanes,
      repeat: given.repeat,
      patience: given.patience,
      probePort: given.probePort,
      prove: true,
      signal: interrupt.signal,
      announce: (text) => progress.print(text),
      onAbout: (found) => {
        about ??= found
      },
      onStart: (one) => progress.started(one),
      onResult: (result) => {
        progress.finished(result)
        if (result.verdict !== 'passed' && result.verdict !== 'skipped')
          progress.print(describeResult(result, given.transcript))
      },
    })
  } catch (error) {
    if (!interrupt.signal.aborted) throw error
    results = []
  } finally {
    progress.clear()
    interrupt.release()
  }
  const ms = performance.now() - began
  const rows = matrix(requirements, suite, results)
  writeReports(given, terminal, {
    target: target.name,
    targetVersion: target.version,
    about,
    suiteVersion: version(),
    specification: requirements.version,
    date: date.toISOString(),
    ms,
    platform: `Node.js ${process.versions.node}, ${process.platform} ${process.arch}`,
    groups: target.groups,
    total: suite.cases.length,
    selection: given.globs,
    cases: given.cases,
    interrupted: interrupt.signal.aborted,
    allTranscripts: given.transcript,
    results,
    rows,
  })
  const totals = totalsOf(results)
  if (!given.quiet) {
    const parts = [
      ...(given.requirements ? [describeStandings(rows)] : []),
      results.length > 0 ? describeFamilies(results) : '',
      describeFailures(results),
      describeSkips(results),
    ]
    for (const part of parts) if (part !== '') screen.write(`\n${part}\n`)
    screen.write('\n')
  }
  const total = cases.length * given.repeat
  const cut = interrupt.signal.aborted
    ? `interrupted after ${results.length} of ${total} cases: `
    : ''
  screen.write(`${target.name}: ${cut}${describeTotals(totals, ms)}\n`)
  return interrupt.code ?? exitCode(totals, given)
}

const SILENT = { write: (): void => {} }

/** Ctrl-C, or the terminal is closed: the servers are ended, and what was judged is told. A second one does not wait for that. */
class Interrupt {
  readonly #controller = new AbortController()
  readonly #onInterrupt = (): void => this.#take(130)
  readonly #onTerminate = (): void => this.#take(143)
  readonly #onHangup = (): void => this.#take(129)
  readonly #before: () => void
  code: number | undefined

  constructor(before: () => void) {
    this.#before = before
    process.on('SIGINT', this.#onInterrupt)
    process.on('SIGTERM', this.#onTerminate)
    process.on('SIGHUP', this.#onHangup)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  release(): void {
    process.off('SIGINT', this.#onInterrupt)
    process.off('SIGTERM', this.#onTerminate)
    process.off('SIGHUP', this.#onHangup)
  }

  #take(code: number): void {
    if (this.code !== undefined) process.exit(code)
    this.code = code
    this.#before()
    this.#controller.abort()
  }
}

function exitCode(totals: Totals, { strict }: Arguments): number {
  const bad = totals.failed + totals.unexpected + (strict ? totals.warned : 0)
  if (bad > 0) return 1
  return totals.errors > 0 ? 3 : 0
}

/** The version of this package. */
function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))
  return isObject(manifest) ? textOf(manifest['version']) : ''
}

const WRITERS = { json: jsonReport, junit: junitReport, tap: tapReport, html: htmlReport }

function writeReports({ reports }: Arguments, { stdout }: Terminal, report: Report): void {
  for (const kind of ['json', 'junit', 'tap', 'html'] as const) {
    const file = reports[kind]
    if (file === undefined) continue
    const text = WRITERS[kind](report)
    if (file === '-') {
      stdout.write(text)
      continue
    }
    try {
      writeFileSync(file, text)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new SuiteError(`--${kind} ${file} cannot be written: ${why}`)
    }
  }
}

/** A run is long: where its reports cannot go is said before it. */
function checkReports({ reports }: Arguments): void {
  for (const [kind, file] of Object.entries(reports)) {
    if (file === undefined || file === '-') continue
    const folder = dirname(resolve(file))
    if (!existsSync(folder)) throw new UsageError(`--${kind} ${file}: there is no folder ${folder}`)
    if (existsSync(file) && statSync(file).isDirectory()) {
      throw new UsageError(`--${kind} ${file} is a folder`)
    }
  }
}

function targetOf(given: Arguments): Target {
  const file = given.target ?? 'pagi-conformance.json'
  let target: Target
  if (given.server !== undefined) {
    target = makeTarget({ name: given.server, command: given.server }, process.cwd())
    const missing = ['{app}', '{port}'].find((word) => given.server?.includes(word) === false)
    if (missing !== undefined) {
      throw new UsageError(`--server needs ${missing}, which the suite fills in: ${given.server}`)
    }
  } else if (given.url !== undefined) {
    const url = URL.canParse(given.url) ? new URL(given.url) : undefined
    if (url === undefined || url.protocol !== 'http:') {
      throw new UsageError(`--url takes an http URL, got ${given.url}`)
    }
    const port = given.probePort
    if (port === 0) {
      throw new UsageError(
        '--url needs --probe-port: the port in the PAGI_PROBE=127.0.0.1:port that the server was started with',
      )
    }
    const address = { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 80) }
    target = { ...makeTarget({ name: given.url }, process.cwd()), url: address }
  } else if (existsSync(file)) {
    target = readTarget(file)
  } else {
    throw new UsageError(
      given.target === undefined
        ? 'no server: give --server, --target or --url, or put a pagi-conformance.json here'
        : `there is no target file ${file}`,
    )
  }
  const groups = given.groups.includes('all')
    ? GROUPS
    : GROUPS.filter((group) => target.groups.includes(group) || given.groups.includes(group))
  const probe = given.probe === undefined ? target.probe : resolve(given.probe)
  if (!existsSync(probe)) throw new UsageError(`there is no probe ${probe}`)
  const name = given.name ?? target.name
  return { ...target, name, version: given.serverVersion ?? target.version, groups, probe }
}
