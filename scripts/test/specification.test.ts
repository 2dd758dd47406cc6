// The specification has two forms, prose and spec/requirements.json. They must not drift apart.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../setup/pnpm.mjs'
import { anchorsIn, definitionsIn, differences, strangersIn } from './support/specification.ts'
import type { Document, Rule, Specification } from './support/specification.ts'

const read = (path: string): Document => ({ path, text: readFileSync(join(root, path), 'utf8') })

const filesBelow = (folder: string, ending: RegExp): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => ending.test(path) && !/(^|\/)(node_modules|dist)\//.test(path))
    .toSorted()

const SPECIFICATION: Specification = JSON.parse(read('spec/requirements.json').text)
const PAGES = filesBelow('spec', /\.md$/).map(read)
// State tables are a second showing of what the chapters define.
const CHAPTERS = PAGES.filter(({ path }) => path !== 'spec/state-tables.md')
const RULINGS = Array.from({ length: 51 }, (_, at) => `AMB-${String(at + 1).padStart(2, '0')}`)

const page = (name: string): string =>
  PAGES.find(({ path }) => path === `spec/${name}`)?.text ?? `no spec/${name}`

/** The chapters, with one of them changed. */
const altered = (name: string, from: string, to: string): readonly Document[] => {
  expect(page(name)).toContain(from)
  return CHAPTERS.map(({ path, text }) => ({
    path,
    text: path === `spec/${name}` ? text.replace(from, to) : text,
  }))
}

describe('prose and rules', () => {
  test('say the same', () => {
    expect(differences(CHAPTERS, SPECIFICATION)).toEqual([])
    expect(definitionsIn(CHAPTERS)).toHaveLength(391)
  })

  test.each([
    ['an id that is unknown', '**WS-09** (', '**WS-99** ('],
    ['a rule left out', '**WS-09** (MUST, server) A server MUST enforce T-WS.', ''],
    ['a rule defined twice', '**WS-09** (MUST', '**WS-08** (MUST, server) MUST\n\n**WS-09** (MUST'],
    ['another level', '**WS-09** (MUST,', '**WS-09** (SHOULD,'],
    ['another key word', 'A server MUST enforce T-WS', 'A server should enforce T-WS'],
    ['another who is bound', '**WS-09** (MUST, server)', '**WS-09** (MUST, app)'],
    [
      'another release',
      '**WS-19** (MUST, server; since 0.002010)',
      '**WS-19** (MUST, server; since 0.002011)',
    ],
    ['a release too much', '**WS-09** (MUST, server)', '**WS-09** (MUST, server; since 0.002010)'],
    [
      'a Decision that is not marked',
      '**WS-27** (MUST, server; Decision)',
      '**WS-27** (MUST, server)',
    ],
    [
      'a Decision in part as a whole',
      '(MUST, server; Decision in part) Without',
      '(MUST, server; Decision) Without',
    ],
    ['a Decision without its reason', '_Why:_ as 0 turns', 'As 0 turns'],
    ['an own part that is not marked', '_Decision (own):_ reading', '_Decision:_ reading'],
    ['a rule in another section', '## Messages', '## Other messages'],
    ['a definition in another form', '**WS-09** (MUST, server) ', '**WS-09**(MUST, server) '],
    ['a table that has gone', '### T-CLOSE: how', '### How'],
  ])('differ: %s', (_, from, to) => {
    expect(differences(altered('websocket.md', from, to), SPECIFICATION)).not.toEqual([])
  })

  test('differ when a rule changes its text in neither', () => {
    const changed = SPECIFICATION.requirements.map((row): Rule =>
      row.id === 'WS-09' ? { ...row, level: 'MAY', own: 'whole' } : row,
    )
    expect(differences(CHAPTERS, { ...SPECIFICATION, requirements: changed })).toEqual([
      'WS-09: level: "MUST" in the prose, "MAY" in the rules',
      'WS-09: marks: "" in the prose, "; own" in the rules',
      'WS-09: says MAY: false in the prose, true in the rules',
    ])
  })
})

describe('the rules', () => {
  const validate = async (value: unknown): Promise<readonly string[]> => {
    const conformance = createRequire(join(root, 'conformance/package.json'))
    const { Ajv } = await import(conformance.resolve('ajv'))
    const schema: unknown = JSON.parse(read('spec/requirements.schema.json').text)
    const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false })
    const check = ajv.compile(schema)
    return check(value)
      ? []
      : (check.errors ?? []).map(
          (error: { instancePath: string; message?: string }) =>
            `${error.instancePath} ${error.message ?? ''}`,
        )
  }

  test('have the form of their schema', async () => {
    expect(await validate(SPECIFICATION)).toEqual([])
  })

  test.each([
    ['level', 'must'],
    ['binds', 'client'],
    ['observed', 'seen'],
    ['id', 'HTTP34'],
    ['section', 'http.md'],
    ['since', '3.0'],
    ['decision', true],
    ['surplus', ''],
  ])('of another form are refused: %s', async (key, value) => {
    const [first, ...others] = SPECIFICATION.requirements
    const requirements = [{ ...first, [key]: value }, ...others]
    expect(await validate({ ...SPECIFICATION, requirements })).toHaveLength(1)
  })

  test('are as many as there were written', () => {
    const counts: Record<string, readonly number[]> = {}
    const levels = ['MUST', 'SHOULD', 'MAY']
    for (const { id, level } of SPECIFICATION.requirements) {
      const family = id.replace(/-\d+$/, '')
      const before = counts[family] ?? [0, 0, 0]
      counts[family] = before.map((count, at) => count + (levels[at] === level ? 1 : 0))
    }
    expect(counts).toEqual({
      CORE: [43, 3, 2],
      MW: [19, 3, 0],
      HTTP: [80, 12, 8],
      H2: [14, 2, 2],
      CONN: [41, 4, 3],
      WS: [40, 1, 3],
      REF: [13, 2, 1],
      SSE: [28, 0, 0],
      FLOW: [6, 5, 1],
      LIFE: [17, 5, 4],
      EXT: [3, 1, 2],
      TLS: [9, 0, 0],
      RUN: [7, 2, 1],
      LEG: [3, 1, 0],
    })
    const all = Object.values(counts)
    expect(levels.map((_, at) => all.reduce((sum, row) => sum + (row[at] ?? 0), 0))).toEqual([
      323, 41, 27,
    ])
  })

  test('are numbered without a gap', () => {
    const numbers = new Map<string, number>()
    for (const { id } of SPECIFICATION.requirements) {
      const [family = '', number = ''] = id.split(/-(?=\d+$)/)
      const next = (numbers.get(family) ?? 0) + 1
      expect(id).toBe(`${family}-${String(next).padStart(2, '0')}`)
      expect(number).toBe(String(next).padStart(2, '0'))
      numbers.set(family, next)
    }
  })

  test('mark what their text says', () => {
    const wrong = SPECIFICATION.requirements.filter(
      ({ text, decision, own, since }) =>
        /\bDecision\b/.test(text) !== (decision !== undefined) ||
        /\(own\)/.test(text) !== (own !== undefined) ||
        /\bsince (?:server )?0\.\d{6}/.exec(text)?.[0] !==
          (since === undefined ? undefined : `since ${since}`),
    )
    expect(wrong.map(({ id }) => id)).toEqual([])
  })
})

describe('the documents', () => {
  test('name the edition, the release and the versions of the rules', () => {
    const { edition, follows, versions } = SPECIFICATION
    const { core, http, websocket, sse, lifespan, tls, extensions } = versions
    expect([websocket, sse]).toEqual([http, http])
    expect(page('README.md')).toContain(`edition ${edition}`)
    const { requirements, tables } = SPECIFICATION
    const size = `${requirements.length} rules, ${tables.length} tables, ${RULINGS.length} rulings`
    expect(page('history.md')).toContain(size)
    const [line = ''] = new RegExp(`^\\| ${edition} +\\|.*$`, 'm').exec(page('history.md')) ?? []
    const cells = line.split('|').map((cell) => cell.trim())
    expect(cells[2]).toMatch(new RegExp(`^PAGI ${follows} `))
    expect(cells.slice(3, -1)).toEqual(
      [core, http, lifespan, tls, extensions].map((v) => `\`${v}\``),
    )
  })

  test('are all in the list of documents', () => {
    const missing = PAGES.map(({ path }) => path.replace('spec/', '')).filter(
      (name) => name !== 'README.md' && !page('README.md').includes(`](${name})`),
    )
    expect(missing).toEqual([])
  })

  test('mention no id that does not exist, and neither do the guides and the code', () => {
    const others = [
      ...filesBelow('docs', /\.md$/),
      ...filesBelow('packages', /\/(src\/.*\.ts|README\.md)$/),
      'README.md',
    ]
    const strangers = strangersIn([...PAGES, ...others.map(read)], SPECIFICATION, RULINGS)
    expect(strangers).toEqual([])
  })

  test('an id that does not exist is noticed', () => {
    const text = 'HTTP-34, HTTP-101, T-HTTP, T-TTP, AMB-51 and AMB-52'
    expect(strangersIn([{ path: 'a.md', text }], SPECIFICATION, RULINGS)).toEqual([
      'a.md: HTTP-101',
      'a.md: T-TTP',
      'a.md: AMB-52',
    ])
  })

  test('rule on every question once', () => {
    const rows = page('binding.md').match(/^\| AMB-\d+/gm) ?? []
    expect(rows.map((row) => row.slice(2))).toEqual(RULINGS)
  })

  test('give a reason with every Decision', () => {
    const lines = CHAPTERS.filter(({ path }) => !/introduction|history|README/.test(path))
      .flatMap(({ path, text }) => text.split('\n').map((line) => ({ path, line })))
      .filter(({ line }) => /_Decision(?: \(own\))?:?_(?! {2}|\))/.test(line))
    expect(lines.length).toBeGreaterThan(50)
    expect(lines.filter(({ line }) => !line.includes('_Why:_'))).toEqual([])
  })

  test('have the tables of the machines', () => {
    const machines = page('state-tables.md').split(/^## /m).slice(1)
    const names = ['http.md', 'websocket.md', 'sse.md', 'lifespan.md']
    expect(machines).toHaveLength(names.length)
    for (const [at, name] of names.entries()) {
      const [table] = /^(?:\|.*\n)+/m.exec(machines[at] ?? '') ?? ['no table']
      expect(page(name)).toContain(table)
    }
  })

  test('link to headings that are there', () => {
    const dead = PAGES.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s#]*)#([^)\s]+)\)/g)].flatMap(
        ([link, file = '', anchor = '']) => {
          if (/^[a-z]+:/.test(file)) return []
          const target = file === '' ? path : posix.join(posix.dirname(path), file)
          return anchorsIn(read(target)).has(anchor) ? [] : [`${path}: ${link}`]
        },
      ),
    )
    expect(dead).toEqual([])
  })
})
