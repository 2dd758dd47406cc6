import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Case, Result, Suite } from '../src/index.ts'
import { Requirements } from '../src/index.ts'
import { jsonReport, junitReport, tapReport } from '../src/report/data.ts'
import { headline } from '../src/report/headline.ts'
import { htmlReport } from '../src/report/html.ts'
import { matrix } from '../src/report/matrix.ts'
import type { Report } from '../src/report/report.ts'
import { describeStandings } from '../src/report/standing.ts'

const requirements = new Requirements()

/** What a hostile server may have sent. */
const NASTY = '</script><script>alert(1)</script>"\'&\u0000\u001B[31m\uD800 http://evil.example/'

function caseOf(id: string, about: readonly string[], more: Partial<Case> = {}): Case {
  return {
    id,
    title: `the title of ${id}`,
    requirements: about,
    level: 'must',
    group: 'core',
    needs: [],
    timeout: 1000,
    steps: [{ client: 'request', path: '/<a>' }],
    ...more,
  }
}

function resultOf(one: Case, verdict: Result['verdict'], reason?: string): Result {
  const transcript = [
    { at: 0.5, who: 'client c →', text: `GET /${one.id}` },
    { at: 1, who: 'app ←', text: NASTY },
  ]
  const step = verdict === 'passed' || verdict === 'skipped' ? undefined : 1
  return { case: one, verdict, reason, step, ms: 12, transcript }
}

const RESULTS: readonly Result[] = [
  resultOf(caseOf('http/a/fine', ['HTTP-01']), 'passed'),
  resultOf(caseOf('http/a/bad', ['HTTP-02', 'HTTP-01']), 'failed', NASTY),
  resultOf(caseOf('http/a/should', ['HTTP-03'], { level: 'should' }), 'failed', 'it should'),
  resultOf(caseOf('sse/a/known', ['SSE-01']), 'expected', 'issue 7'),
  resultOf(caseOf('sse/a/better', ['SSE-02']), 'unexpected', 'it passed'),
  resultOf(caseOf('sse/a/unclear', ['SSE-03']), 'error', 'no # verdict'),
  resultOf(
    caseOf('sse/a/other', ['SSE-04'], { group: 'own' }),
    'skipped',
    'group own is not asked',
  ),
  resultOf(caseOf('tables/a/row', ['T-HTTP-3']), 'passed'),
]

function reportOf(results: readonly Result[], more: Partial<Report> = {}): Report {
  const suite: Suite = {
    cases: results.map(({ case: one }) => one),
    unseen: new Map([['CORE-01', 'A reason.']]),
    files: {},
  }
  return {
    target: '<my> server',
    targetVersion: '1.2.3',
    about: { pagi: '0.5', probe: 'javascript', binding: 'javascript' },
    suiteVersion: '0.1.0',
    specification: requirements.version,
    date: '2026-01-02T03:04:05.000Z',
    ms: 65_000,
    platform: 'Node.js',
    groups: ['core'],
    total: results.length,
    selection: [],
    cases: undefined,
    interrupted: false,
    allTranscripts: false,
    results,
    rows: matrix(requirements, suite, results),
    ...more,
  }
}

const REPORT = reportOf(RESULTS)

const only = (...verdicts: readonly Result['verdict'][]): Report =>
  reportOf(RESULTS.filter(({ verdict }) => verdicts.includes(verdict)))

describe('the matrix', () => {
  const standing = (id: string): unknown[] => {
    const row = REPORT.rows.find(({ requirement }) => requirement.id === id)
    return [row?.standing, row?.reason]
  }

  test.each([
    ['HTTP-01', 'failed', NASTY],
    ['HTTP-03', 'warned', 'it should'],
    ['SSE-01', 'announced', 'issue 7'],
    ['SSE-02', 'failed', 'it passed'],
    ['SSE-03', 'error', 'no # verdict'],
    ['SSE-04', 'skipped', 'group own is not asked'],
    ['SSE-05', 'not-run', 'No case was run.'],
    ['CORE-01', 'unseen', 'A reason.'],
    ['T-HTTP', 'passed', undefined],
  ])('%s: %s', (id, wanted, reason) => {
    expect(standing(id)).toEqual([wanted, reason])
  })

  test('on a terminal it says why, without what a server may do to one', () => {
    const text = describeStandings(REPORT.rows)
    expect(text).toContain('SSE-01    MUST    announced')
    expect(text).toContain('SSE-04    MUST    skipped         group own is not asked')
    expect(text).toContain('http/a/bad: </script>')
    expect(text).not.toMatch(/[^\P{Cc}\n]/u)
  })
})

test.each([
  [REPORT, 'failed', 'Does not conform'],
  [only('passed', 'error'), 'error', 'Could not be judged'],
  [only('passed', 'expected'), 'announced', 'Conforms, but for what it announces'],
  [only('passed'), 'passed', 'Conforms'],
  [only('skipped'), 'skipped', 'Nothing was judged'],
  [{ ...only('passed'), total: 100 }, 'passed', 'What was run conforms'],
  [{ ...only('passed'), cases: 'mine' }, 'passed', 'What was run conforms'],
])('the verdict of a run: %#', (report, standing, title) => {
  expect(headline(report)).toMatchObject({ standing, title })
})

test('the headline counts the rules of each level', () => {
  expect(headline(REPORT).text).toBe('1 of 7 MUST rules that were judged hold.')
  expect(headline(only('passed')).text).toBe('All 2 MUST rules that were judged hold.')
})

describe('the page', () => {
  /** What lies compressed in it. */
  function unpacked(page: string, id: string): unknown {
    const found = new RegExp(`<script type="application/gzip;base64" id="${id}">([^<]*)`).exec(page)
    return JSON.parse(gunzipSync(Buffer.from(found?.[1] ?? '', 'base64')).toString())
  }

  test('stands alone, and lets nothing of the server through as markup', () => {
    const page = htmlReport(REPORT)
    expect(page.match(/<script/g)).toHaveLength(5)
    expect(page).toContain('&lt;/script&gt;&lt;script&gt;alert(1)')
    expect(page).toContain('&lt;my&gt; server <small>1.2.3</small>')
    const addresses = page.matchAll(/\b(?:src|href|action)="([^"]*)"|url\(([^)]*)\)|@import/g)
    for (const [, address] of addresses) expect(address).toMatch(/^(?:#|data:,$)/)
  })

  test('says what was judged, by whom, when, and how far', () => {
    const page = htmlReport({ ...REPORT, total: 9, selection: ['http/**'], interrupted: true })
    for (const text of [
      'Does not conform',
      'pagi-conformance 0.1.0',
      'PAGI 0.5',
      '2026-01-02',
      '8 of 9 in 65.0 s',
      'javascript (javascript binding)',
      'The run was interrupted.',
      'This is a part of the suite: http/**.',
    ])
      expect(page).toContain(text)
    expect(page).toMatch(
      /<tr class="off"><th scope="row">own<\/th>.*Not asked for\..*>1<\/td><\/tr>/,
    )
  })

  test('has every case with what went over both its ends', () => {
    const page = htmlReport(REPORT)
    expect(unpacked(page, 'cases')).toMatchObject([
      { id: 'http/a/fine', kind: 'passed', talk: 'talk-http' },
      { kind: 'failed', reason: NASTY, step: 'step 1: {"client":"request","path":"/<a>"}' },
      { kind: 'warned', word: 'warning' },
      { kind: 'expected', word: 'announced' },
      { kind: 'unexpected' },
      { kind: 'error', word: 'not judged' },
      { kind: 'skipped', group: 'own' },
      { id: 'tables/a/row' },
    ])
    expect(unpacked(page, 'talk-http')).toMatchObject({
      'http/a/fine': [
        [0.5, 'client c →', 'GET /http/a/fine'],
        [1, 'app ←', NASTY],
      ],
    })
    expect(page).toContain('It has the transcript of every case.')
  })

  test('leaves out transcripts of passed cases where it would be too large, and says so', () => {
    // Text that does not compress.
    const noise = (): string => randomBytes(3000).toString('base64')
    const passed = Array.from({ length: 1000 }, (_item, index): Result => {
      const one = caseOf(`http/a/${index}`, ['HTTP-01'])
      const transcript = [{ at: 0, who: 'app ←', text: noise() }]
      return { ...resultOf(one, 'passed'), transcript }
    })
    const report = reportOf([...passed, ...RESULTS])
    const page = htmlReport(report)
    expect(page.length).toBeLessThan(1024 * 1024)
    expect(page).toContain('the transcripts of cases that did not pass; --transcript adds')
    expect(Object.keys(Object(unpacked(page, 'talk-http')))).toEqual([
      'http/a/bad',
      'http/a/should',
    ])
    const whole = htmlReport({ ...report, allTranscripts: true })
    expect(Object.keys(Object(unpacked(whole, 'talk-http')))).toHaveLength(1003)
  })
})

test('JSON has rules and cases, and the transcripts of what did not pass', () => {
  const report: unknown = JSON.parse(jsonReport(REPORT))
  expect(report).toMatchObject({
    target: '<my> server',
    targetVersion: '1.2.3',
    verdict: 'Does not conform',
    totals: { passed: 2, failed: 1, warned: 1, expected: 1, unexpected: 1, errors: 1, skipped: 1 },
    requirements: expect.arrayContaining([
      expect.objectContaining({ id: 'HTTP-01', standing: 'failed', passed: 1, failed: 1 }),
      expect.objectContaining({ id: 'SSE-04', standing: 'skipped', skipped: 1 }),
    ]),
    cases: expect.arrayContaining([
      expect.objectContaining({ id: 'http/a/should', verdict: 'warning' }),
    ]),
  })
  const { cases } = JSON.parse(jsonReport(REPORT))
  expect(cases[0]).not.toHaveProperty('transcript')
  expect(cases[1].transcript).toHaveLength(2)
  expect(
    JSON.parse(jsonReport({ ...REPORT, allTranscripts: true })).cases[0].transcript,
  ).toHaveLength(2)
})

test('JUnit is XML, and a SHOULD is no failure there', () => {
  const xml = junitReport(REPORT)
  expect(xml).not.toMatch(/[^\P{Cc}\n]|\uD800/u)
  expect(xml).toContain('tests="8" failures="2" errors="1" skipped="2"')
  expect(xml).toContain('<failure message="&lt;/script&gt;')
  expect(xml).toContain('<system-out>warning: it should</system-out>')
  const tags = [...xml.matchAll(/<(\/?)([\w-]+)[^>]*?(\/?)>/g)].slice(0)
  const open: string[] = []
  for (const [, closing, name = '', empty] of tags) {
    if (closing === '/') expect(open.pop()).toBe(name)
    else if (empty !== '/') open.push(name)
  }
  expect(open).toEqual([])
})

test('TAP says what is known and what is skipped', () => {
  expect(tapReport(REPORT).split('\n')).toEqual([
    'TAP version 13',
    '1..8',
    'ok 1 - http/a/fine',
    'not ok 2 - http/a/bad',
    '  ---',
    `  message: ${JSON.stringify(NASTY)}`,
    '  ...',
    'not ok 3 - http/a/should # TODO it should',
    'not ok 4 - sse/a/known # TODO issue 7',
    'not ok 5 - sse/a/better',
    '  ---',
    '  message: "it passed"',
    '  ...',
    'not ok 6 - sse/a/unclear',
    '  ---',
    '  message: "no # verdict"',
    '  ...',
    'ok 7 - sse/a/other # SKIP group own is not asked',
    'ok 8 - tables/a/row',
    '',
  ])
})
