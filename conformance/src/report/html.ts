/** One self-contained page: the matrix, and each case with what went over both its ends. */

import type { Result } from '../result.ts'
import { escape } from './data.ts'
import type { Report } from './data.ts'
import type { Row, Standing } from './matrix.ts'
import { totalsOf } from './pretty.ts'

const LABEL: Readonly<Record<Standing, string>> = {
  passed: 'passed',
  failed: 'failed',
  warned: 'warning',
  error: 'not judged',
  skipped: 'skipped',
  'not-run': 'not run',
  unseen: 'not observable',
  elsewhere: 'not for servers',
}

const STYLE = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1c2430; --dim: #667085; --line: #e3e7ee; --box: #f7f8fa;
  --passed: #1a7f4b; --failed: #c62828; --warned: #b26a00; --error: #7b3fb5; --skipped: #667085; }
@media (prefers-color-scheme: dark) { :root { --bg: #12161d; --fg: #e6eaf0; --dim: #93a0b4; --line: #2a3240; --box: #1a202a;
  --passed: #55c98a; --failed: #ff7b72; --warned: #e3b341; --error: #c297ff; --skipped: #93a0b4; } }
* { box-sizing: border-box } body { margin: 0; background: var(--bg); color: var(--fg); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem } h1 { font-size: 1.6rem; margin: 0 } h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem }
.dim { color: var(--dim) } .totals { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0 }
.total { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; min-width: 7rem } .total b { display: block; font-size: 1.5rem; line-height: 1.2 }
.passed { color: var(--passed) } .failed { color: var(--failed) } .warned { color: var(--warned) } .error { color: var(--error) }
.skipped, .not-run, .unseen, .elsewhere { color: var(--skipped) }
.grid { display: flex; flex-wrap: wrap; gap: 3px; margin: .5rem 0 } .grid a { width: 15px; height: 15px; border-radius: 3px; background: currentColor; opacity: .9 }
.grid .unseen, .grid .elsewhere, .grid .not-run, .grid .skipped { opacity: .3 }
details { border-top: 1px solid var(--line) } summary { cursor: pointer; padding: .45rem 0; display: grid; grid-template-columns: 6.5rem 7.5rem 1fr; gap: .5rem }
details details { margin-left: 1rem } details details summary { grid-template-columns: 7.5rem 1fr } code, pre { font: 12.5px/1.45 ui-monospace, monospace }
pre { background: var(--box); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0 }
.why { margin: 0 0 .5rem 1rem } .who { color: var(--dim) }
@media (max-width: 40rem) { summary { grid-template-columns: 1fr } }`

/** @returns the page */
export function htmlReport(report: Report): string {
  const totals = totalsOf(report.results)
  const families = [...new Set(report.rows.map(({ requirement }) => familyOf(requirement.id)))]
  const verdict =
    totals.failed + totals.unexpected > 0
      ? 'does not conform'
      : totals.errors > 0
        ? 'could not be judged'
        : 'conforms'
  const numbers: readonly (readonly [string, number, string])[] = [
    ['passed', totals.passed, 'passed'],
    ['failed (MUST)', totals.failed + totals.unexpected, 'failed'],
    ['warnings (SHOULD)', totals.warned, 'warned'],
    ['failed as announced', totals.expected, 'warned'],
    ['not judged', totals.errors, 'error'],
    ['skipped', totals.skipped, 'skipped'],
  ]
  const boxes = numbers
    .filter(([label, count]) => count > 0 || label === 'passed' || label === 'failed (MUST)')
    .map(([label, count, kind]) => `<div class="total ${kind}"><b>${count}</b>${label}</div>`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>PAGI conformance of ${escape(report.target)}</title><style>${STYLE}</style></head><body><main>
<h1>PAGI conformance of ${escape(report.target)}</h1>
<p class="dim">${verdict} · pagi-conformance ${escape(report.suiteVersion)} · ${escape(report.date)} · ${(report.ms / 1000).toFixed(1)} s · groups judged: ${report.groups.map(escape).join(', ')}</p>
<div class="totals">${boxes.join('')}</div>
${families.map((family) => section(family, report.rows)).join('\n')}
${tables(report)}
</main></body></html>
`
}

const familyOf = (id: string): string => id.slice(0, id.indexOf('-'))

function section(family: string, all: readonly Row[]): string {
  const rows = all.filter(({ requirement }) => familyOf(requirement.id) === family)
  const passed = rows.filter(({ standing }) => standing === 'passed').length
  const judged = rows.filter(
    ({ standing }) => !['unseen', 'elsewhere', 'not-run'].includes(standing),
  ).length
  const cells = rows.map(
    ({ requirement, standing }) =>
      `<a class="${standing}" href="#${requirement.id}" title="${requirement.id}: ${LABEL[standing]}"></a>`,
  )
  return `<h2>${family} <span class="dim">${passed} of ${judged}</span></h2><div class="grid">${cells.join('')}</div>
${rows.map(requirementRow).join('\n')}`
}

function requirementRow({ requirement, standing, reason, results }: Row): string {
  const { id, level, text } = requirement
  const why = reason === undefined ? '' : `<p class="why dim">${escape(reason)}</p>`
  const open = standing === 'failed' || standing === 'error' ? ' open' : ''
  return `<details id="${id}"${open}><summary><b>${id}</b><span class="${standing}">${LABEL[standing]}</span><span><span class="dim">${level}</span> ${escape(text)}</span></summary>${why}${results.map(caseRow).join('')}</details>`
}

function caseRow(result: Result): string {
  const { case: one, verdict, reason, transcript } = result
  const kind = verdict === 'failed' && one.level === 'should' ? 'warned' : verdict
  const why = reason === undefined ? '' : `<p class="why ${kind}">${escape(reason)}</p>`
  const lines = transcript.map(
    ({ at, who, text }) =>
      `<span class="who">${at.toFixed(1).padStart(8)} ms ${escape(who.padEnd(12))}</span> ${escape(text.trimEnd())}`,
  )
  const body = lines.length === 0 ? '' : `<pre>${lines.join('\n')}</pre>`
  return `<details><summary><span class="${kind}">${verdict}</span><span><code>${escape(one.id)}</code> ${escape(one.title)}</span></summary>${why}${body}</details>`
}

/** Cases about a table only, which the rows of the matrix do not show. */
function tables({ results, rows }: Report): string {
  const known = new Set(rows.map(({ requirement }) => requirement.id))
  const others = results.filter(({ case: one }) => !one.requirements.some((id) => known.has(id)))
  return others.length === 0 ? '' : `<h2>Tables</h2>${others.map(caseRow).join('')}`
}
