/** `pagi-conformance`. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { HELP, readArguments, UsageError } from './args.ts'
import type { Arguments } from './args.ts'
import { GROUPS } from './case.ts'
import { coverageOf, describeCoverage } from './coverage.ts'
import { SuiteError } from './failure.ts'
import { jsonReport, junitReport, tapReport } from './report/data.ts'
import type { Report } from './report/data.ts'
import { htmlReport } from './report/html.ts'
import { matrix } from './report/matrix.ts'
import { describeResult, describeTotals, totalsOf } from './report/pretty.ts'
import { Requirements } from './requirements.ts'
import type { Totals } from './report/pretty.ts'
import type { Result } from './result.ts'
import { runCases } from './run.ts'
import { select } from './select.ts'
import { readSuite } from './suite.ts'
import { makeTarget, packageFile, readTarget } from './target.ts'
import type { Target } from './target.ts'
import { isObject, textOf } from './values.ts'

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'app') {
    const { appCommand } = await import('./app/command.ts')
    const code = await appCommand(args.slice(1), version())
    // The application may have left timers and sockets.
    process.stdout.write('', () => process.exit(code))
    return code
  }
  const given = readArguments(args)
  if (given.help) {
    print(HELP)
    return 0
  }
  if (given.version) {
    print(version())
    return 0
  }
  const requirements = new Requirements()
  const suite = readSuite(requirements)
  const cases = select(suite.cases, given.globs)
  if (cases.length === 0) throw new UsageError(`no case matches ${given.globs.join(' ')}`)
  if (given.list) {
    print(cases.map((one) => `${one.id}  ${one.requirements.join(' ')}  ${one.title}`).join('\n'))
    return 0
  }
  if (given.coverage) {
    const coverage = coverageOf(requirements, suite)
    print(describeCoverage(coverage, suite.cases.length))
    return coverage.missing.length + coverage.idle.length > 0 ? 1 : 0
  }
  const target = targetOf(given)
  const began = performance.now()
  const results = await runCases({
    target,
    suite,
    cases,
    lanes: given.lanes,
    repeat: given.repeat,
    probePort: given.probePort,
    onResult: (result) => progress(result, given),
  })
  const totals = totalsOf(results)
  writeReports(given, {
    target: target.name,
    suiteVersion: version(),
    date: new Date().toISOString().slice(0, 10),
    ms: performance.now() - began,
    groups: target.groups,
    results,
    rows: matrix(requirements, suite, results),
  })
  if (Object.values(given.reports).includes('-')) return exitCode(totals, given)
  print(`${target.name}: ${describeTotals(totals, performance.now() - began)}`)
  return exitCode(totals, given)
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

function writeReports({ reports }: Arguments, report: Report): void {
  for (const kind of ['json', 'junit', 'tap', 'html'] as const) {
    const file = reports[kind]
    if (file === undefined) continue
    const text = WRITERS[kind](report)
    if (file === '-') print(text)
    else writeFileSync(file, text)
  }
}

function progress(result: Result, { quiet, transcript, reports }: Arguments): void {
  if (
    quiet ||
    Object.values(reports).includes('-') ||
    result.verdict === 'passed' ||
    result.verdict === 'skipped'
  )
    return
  print(describeResult(result, transcript))
}

function targetOf(given: Arguments): Target {
  const file = given.target ?? 'pagi-conformance.json'
  let target: Target
  if (given.server !== undefined) {
    target = makeTarget({ name: given.server, command: given.server }, process.cwd())
  } else if (given.url !== undefined) {
    const url = URL.canParse(given.url) ? new URL(given.url) : undefined
    if (url === undefined || url.protocol !== 'http:') {
      throw new UsageError(`--url takes an http URL, got ${given.url}`)
    }
    const address = { host: url.hostname, port: Number(url.port || 80) }
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
  return { ...target, groups, probe }
}

function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const usage = error instanceof UsageError
  const known = usage || error instanceof SuiteError
  const text =
    error instanceof Error
      ? known
        ? error.message
        : (error.stack ?? error.message)
      : String(error)
  process.stderr.write(`pagi-conformance: ${text}\n`)
  process.exitCode = usage ? 2 : 3
}
