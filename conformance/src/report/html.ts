/**
 * One self-contained page: the verdict, the matrix, and each case with what went over both its ends.
 * The cases and transcripts lie in it compressed, and are unpacked when somebody opens them.
 */

import { readFileSync } from 'node:fs'
import { GROUPS } from '../case.ts'
import { packageFile } from '../target.ts'
import type { Result } from '../result.ts'
import { escape } from './data.ts'
import { familyName, familyOfId } from './families.ts'
import { headline } from './headline.ts'
import { packed } from './packed.ts'
import type { Row, Standing } from './matrix.ts'
import { casesRun } from './report.ts'
import type { Report } from './report.ts'
import { totalsOf } from './totals.ts'

const LABEL: Readonly<Record<Standing, string>> = {
  passed: 'passed',
  failed: 'failed',
  warned: 'warning',
  announced: 'announced',
  error: 'not judged',
  skipped: 'skipped',
  'not-run': 'not run',
  unseen: 'not visible',
  elsewhere: 'not for servers',
}

/** Told apart without colours, too. */
const SIGN: Readonly<Record<Standing, string>> = {
  passed: '',
  failed: '×',
  warned: '!',
  announced: '~',
  error: '?',
  skipped: '',
  'not-run': '',
  unseen: '',
  elsewhere: '',
}

/** The standings of rules that bind servers. */
const ORDER: readonly Standing[] = [
  'passed',
  'failed',
  'warned',
  'announced',
  'error',
  'skipped',
  'not-run',
  'unseen',
]

const GROUP_NOTES: Readonly<Record<string, string>> = {
  core: 'The text of the specification.',
  'release-notes': 'Rules known from the release notes of the specification.',
  'server-notes': 'Rules known from the release notes of the reference server.',
  decision: 'Where the text is silent or contradicts itself, and this edition decided.',
  own: 'What @pagi/server promises beyond the specification.',
}

const SEALS: Readonly<Partial<Record<Standing, string>>> = {
  passed: '<path d="M5 13l5 5L20 7"/>',
  failed: '<path d="M6 6l12 12M18 6L6 18"/>',
  announced: '<path d="M5 13l5 5L20 7"/>',
}
const SEAL = '<path d="M12 6v8M12 18.5v.01"/>'

/** @returns the page */
export function htmlReport(report: Report): string {
  const { rows, target, targetVersion } = report
  const name = escape(target)
  const { standing, title, text } = headline(report)
  const data = packed(report)
  const version = targetVersion === undefined ? '' : ` <small>${escape(targetVersion)}</small>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="pagi-conformance ${escape(report.suiteVersion)}">
<link rel="icon" href="data:,">
<title>${title}: ${name}, PAGI conformance</title>
<style>${asset('page.css')}</style>
</head>
<body>
<main>
<header class="card hero is-${standing}">
<div class="eyebrow">PAGI conformance report</div>
<h1>${name}${version}</h1>
<div class="verdict"><div class="seal"><svg viewBox="0 0 24 24" aria-hidden="true">${SEALS[standing] ?? SEAL}</svg></div>
<div><strong>${title}</strong>${text}</div></div>
${facts(report)}
${notes(report)}
</header>
${levels(rows)}
<h2>Groups</h2>
<p class="lead">What a rule rests on. A server is judged by the text of the specification, and by the other groups where its author asked for it.</p>
${groupTable(report)}
<h2>Matrix</h2>
<p class="lead">Every rule that binds servers, one square each.</p>
${matrixOf(rows)}
<h2>Rules<output id="count"></output></h2>
<p class="lead">Each with its cases, each case with what went over both its ends.</p>
<noscript><p class="note">The filter, the cases and their transcripts need JavaScript, which is in this page.</p></noscript>
${filter(rows)}
<div class="list">
${familiesOf(rows)
  .map((family) => section(family, rows))
  .join('\n')}
<p class="none" id="none" hidden>No rule is like that.</p>
</div>
<footer>${data.note} Made by pagi-conformance ${escape(report.suiteVersion)}.</footer>
</main>
${data.parts.map(({ id, text: content }) => `<script type="application/gzip;base64" id="${id}">${content}</script>`).join('\n')}
<script type="module">${asset('page.js')}</script>
</body>
</html>
`
}

/** A file that goes into the page as it is. */
function asset(name: string): string {
  return readFileSync(packageFile(`page/${name}`), 'utf8')
}

function facts(report: Report): string {
  const { about, ms, total } = report
  const run = casesRun(report)
  const all: readonly (readonly [string, string | undefined])[] = [
    ['Date', report.date.slice(0, 10)],
    ['Suite', `pagi-conformance ${report.suiteVersion}`],
    ['Specification', `PAGI ${report.specification}`],
    ['The server says', about?.pagi === undefined ? undefined : `PAGI ${about.pagi}`],
    ['Groups judged', report.groups.join(', ')],
    [
      'Cases',
      `${run === total ? '' : `${thousands(run)} of `}${thousands(total)} in ${duration(ms)}`,
    ],
    ['Probe', about === undefined ? undefined : `${about.probe} (${about.binding} binding)`],
    ['Suite ran on', report.platform],
  ]
  const items = all.flatMap(([term, value]) =>
    value === undefined ? [] : [`<div><dt>${term}</dt><dd>${escape(value)}</dd></div>`],
  )
  return `<dl class="facts">${items.join('')}</dl>`
}

function duration(ms: number): string {
  const seconds = ms / 1000
  return seconds < 100 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`
}

/** Text of the specification, whose names stand in backticks. */
function prose(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

const thousands = (count: number): string => count.toLocaleString('en')

/** What a reader must know before believing the verdict. */
function notes(report: Report): string {
  const { total, selection, interrupted, cases } = report
  const part = casesRun(report) < total
  const texts = [
    ...(interrupted ? ['The run was interrupted.'] : []),
    ...(cases === undefined
      ? []
      : [`The cases are those of ${escape(cases)}, not those of the suite.`]),
    ...(part && selection.length > 0
      ? [`This is a part of the suite: ${selection.map(escape).join(' ')}.`]
      : []),
  ]
  return texts.map((text) => `<p class="note">${text}</p>`).join('')
}

/** How a level stands: a bar of its rules. */
function levels(rows: readonly Row[]): string {
  const bars = ['MUST', 'SHOULD'].map((level) => {
    const own = rows.filter(({ requirement }) => requirement.level === level)
    const counts = ORDER.map((standing) => ({
      standing,
      count: own.filter((row) => row.standing === standing).length,
    })).filter(({ count }) => count > 0)
    const bar = counts.map(
      ({ standing, count }) => `<i class="is-${standing}" style="flex:${count}"></i>`,
    )
    const words = counts.map(
      ({ standing, count }) => `<span class="is-${standing}">${count} ${LABEL[standing]}</span>`,
    )
    return `<div class="level"><b>${level}</b><div class="bar">${bar.join('')}</div><p>${words.join(' ')}</p></div>`
  })
  return `<section class="card levels" aria-label="Rules by level">${bars.join('')}</section>`
}

function groupTable({ results, groups }: Report): string {
  const lines = GROUPS.map((group) => {
    const own = results.filter(({ case: one }) => one.group === group)
    const totals = totalsOf(own)
    const judged = groups.includes(group)
    const counts = [
      totals.passed,
      totals.failed + totals.unexpected,
      totals.warned,
      totals.expected,
      totals.errors,
      totals.skipped,
    ]
    const cells = counts.map((count) =>
      count === 0 ? '<td class="n zero">·</td>' : `<td class="n">${thousands(count)}</td>`,
    )
    const note = judged ? '' : ' Not asked for.'
    return `<tr${judged ? '' : ' class="off"'}><th scope="row">${group}</th><td>${GROUP_NOTES[group] ?? ''}${note}</td>${cells.join('')}</tr>`
  })
  const heads = ['passed', 'failed', 'warnings', 'announced', 'not judged', 'skipped']
  return `<div class="card scroll"><table><thead><tr><th>group</th><th>what it is</th>${heads.map((head) => `<th class="n">${head}</th>`).join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`
}

function familiesOf(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.map(({ requirement }) => familyOfId(requirement.id)))]
}

const JUDGED: readonly Standing[] = ['passed', 'failed', 'warned', 'announced', 'error']

/** `27 of 28`: how many rules hold, of those that were judged. */
function tally(rows: readonly Row[]): string {
  const judged = rows.filter(({ standing }) => JUDGED.includes(standing))
  const passed = judged.filter(({ standing }) => standing === 'passed')
  return judged.length === 0 ? '' : `${passed.length} of ${judged.length}`
}

function square(standing: Standing, title: string, id?: string): string {
  const link = id === undefined ? '' : ` href="#${id}"`
  return `<a class="is-${standing}"${link} title="${title}">${SIGN[standing]}</a>`
}

function matrixOf(all: readonly Row[]): string {
  const rows = all.filter(({ standing }) => standing !== 'elsewhere')
  const lines = familiesOf(rows).map((family) => {
    const own = rows.filter(({ requirement }) => familyOfId(requirement.id) === family)
    const cells = own.map(({ requirement: { id }, standing }) =>
      square(standing, `${id}: ${LABEL[standing]}`, id),
    )
    return `<div class="family"><span>${familyName(`${family}-`)}</span><span>${tally(own)}</span><div class="cells">${cells.join('')}</div></div>`
  })
  const legend = ORDER.filter((one) => rows.some(({ standing }) => standing === one)).map(
    (standing) =>
      `<span class="cells">${square(standing, LABEL[standing])} ${LABEL[standing]}</span>`,
  )
  return `<div class="card matrix">${lines.join('')}</div><div class="legend">${legend.join('')}</div>`
}

function filter(rows: readonly Row[]): string {
  const chips: readonly (readonly [string, readonly Standing[], Standing, boolean])[] = [
    ['failed', ['failed'], 'failed', true],
    ['warnings', ['warned'], 'warned', true],
    ['announced', ['announced'], 'announced', true],
    ['not judged', ['error'], 'error', true],
    ['passed', ['passed'], 'passed', true],
    ['skipped', ['skipped', 'not-run'], 'skipped', true],
    ['not visible', ['unseen'], 'unseen', true],
    ['not for servers', ['elsewhere'], 'elsewhere', false],
  ]
  const buttons = chips.flatMap(([label, standings, kind, pressed]) => {
    const count = rows.filter(({ standing }) => standings.includes(standing)).length
    if (count === 0) return []
    return [
      `<button type="button" class="chip is-${kind}" data-standings="${standings.join(' ')}" aria-pressed="${pressed}">${label} ${count}</button>`,
    ]
  })
  const groups = GROUPS.map((group) => `<option>${group}</option>`).join('')
  return `<div class="filter" hidden><input id="search" type="search" placeholder="rule, case or word" aria-label="Search"><select id="group" aria-label="Group"><option value="">all groups</option>${groups}</select>${buttons.join('')}</div>`
}

function section(family: string, all: readonly Row[]): string {
  const rows = all.filter(({ requirement }) => familyOfId(requirement.id) === family)
  return `<section><h3>${familyName(`${family}-`)}<span>${tally(rows)}</span></h3><div class="card rows">
${rows.map(ruleRow).join('\n')}
</div></section>`
}

/** How many failures of a rule the page tells before anything is unpacked. */
const TOLD = 3

function ruleRow({ requirement, group, standing, reason, results }: Row): string {
  const { id, level, text, section: place } = requirement
  const bad = results.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped')
  const why = reason === undefined || bad.length > 0 ? '' : `<p class="why">${prose(reason)}</p>`
  const told = bad.slice(0, TOLD).map(caseLine)
  const rest = bad.length > TOLD ? [`<p class="dim">and ${bad.length - TOLD} more</p>`] : []
  const cases =
    results.length === 0 ? '' : `<div class="cases">${[...told, ...rest].join('')}</div>`
  const mark = group === 'core' ? '' : ` <span class="group">${group}</span>`
  return `<details class="rule is-${standing}" id="${id}" data-standing="${standing}" data-group="${group}"><summary><b>${id}</b><span class="pill">${LABEL[standing]}</span><span class="tag">${level}</span><span>${prose(text)}${mark}</span></summary><div class="inner"><p class="step dim">${escape(place)} · ${counted(results)}</p>${why}${cases}</div></details>`
}

function caseLine({ case: one, reason = '' }: Result): string {
  const line = reason.split('\n')[0] ?? ''
  const short = line.length > 300 ? `${line.slice(0, 300)}…` : line
  return `<p><code>${escape(one.id)}</code> ${escape(short)}</p>`
}

function counted(results: readonly Result[]): string {
  if (results.length === 0) return 'no cases'
  const totals = totalsOf(results)
  const parts: readonly (readonly [number, string])[] = [
    [totals.passed, 'passed'],
    [totals.failed + totals.unexpected, 'failed'],
    [totals.warned, 'warned'],
    [totals.expected, 'announced'],
    [totals.errors, 'not judged'],
    [totals.skipped, 'skipped'],
  ]
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ')
}
