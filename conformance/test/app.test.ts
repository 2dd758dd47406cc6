import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LINT_RULES } from '@pagi/core/lint'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Judgement } from '../src/app/judge.ts'
import { main } from '../src/main.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const APPS = fixture('app-rules.mjs')
const MIDDLEWARE = fixture('middleware-rules.mjs')
const BIN = fileURLToPath(new URL('../bin/pagi-conformance.js', import.meta.url))

// Processes take their time on a machine that is busy.
vi.setConfig({ testTimeout: 30_000 })

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pagi-app-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly code: number
  /** Everything it printed. */
  readonly printed: string
  readonly subjects: readonly Judgement[]
}

let reports = 0

/** The command within this process. */
async function command(...args: readonly string[]): Promise<Outcome> {
  const json = join(folder, `report-${(reports += 1)}.json`)
  const printed: string[] = []
  const screen = { write: (text: string) => printed.push(text) }
  const code = await main(['app', '--json', json, ...args], { stdout: screen, stderr: screen })
  const { subjects } = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : { subjects: [] }
  return { code, printed: printed.join(''), subjects }
}

const violated = ({ subjects }: Outcome): readonly string[] =>
  subjects.flatMap(({ rules }) =>
    rules.filter(({ verdict }) => verdict === 'violated').map(({ code }) => code),
  )

const rulesOf = (binds: string): readonly string[] =>
  Object.entries(LINT_RULES)
    .filter(([, rule]) => rule.binds === binds)
    .map(([code]) => code)

describe.concurrent('applications', () => {
  test.each(rulesOf('application'))(
    '%s is found where it is broken, and by its place',
    async (code) => {
      const outcome = await command(`${APPS}:${code.replace('ERR_PAGI_LINT_', '')}`)
      expect(outcome.code).toBe(1)
      expect(violated(outcome)).toContain(code)
      const [subject] = outcome.subjects
      const { findings = [], requirements = [] } =
        subject?.rules.find((rule) => rule.code === code) ?? {}
      const [finding] = findings
      expect(requirements).toContain(finding?.requirement)
      expect(outcome.printed).toContain(finding?.message)
      if (finding?.place !== undefined) {
        expect(finding.place).toMatch(/app-rules\.mjs:\d+:\d+$/)
        expect(outcome.printed).toContain(`${relative(process.cwd(), finding.place)}: `)
      }
    },
  )

  test('one that goes on after its client has gone is found', async () => {
    const outcome = await command('--timeout', '50', `${APPS}:STILL_RUNNING`)
    expect([outcome.code, violated(outcome)]).toEqual([1, ['ERR_PAGI_APP_STILL_RUNNING']])
    expect(outcome.printed).toContain('50 ms after its client had gone')
  })

  test.each([
    [`${APPS}:ok`, ['http']],
    [APPS, ['http', 'sse', 'websocket']],
  ])('one that is in order passes: %s', async (file, serves) => {
    const outcome = await command(file)
    expect(outcome.printed).toContain('19 of 19 rules passed, 0 violated')
    expect(outcome.subjects.map((one) => [one.kind, one.serves, one.problems])).toEqual([
      ['application', serves, []],
    ])
    expect(outcome.code).toBe(0)
  })

  test('--path asks for that path', async () => {
    const file = join(folder, 'paths.mjs')
    writeFileSync(
      file,
      `export default async ({ type, path }, _receive, send) => {
        if (type !== 'http') throw new Error('http only')
        if (path === '/bad') return
        await send({ type: 'http.response.start', status: 200 })
        await send({ type: 'http.response.body' })
      }`,
    )
    expect((await command(file)).code).toBe(0)
    const outcome = await command(file, '--path', '/', '--path', '/bad?x=1')
    expect(violated(outcome)).toEqual(['ERR_PAGI_LINT_NO_RESPONSE'])
    expect(outcome.printed).toContain('seen with GET /bad?x=1')
  })
})

describe.concurrent('middleware', () => {
  test.each([...rulesOf('middleware'), 'ERR_PAGI_LINT_SCOPE_CHANGED'])(
    '%s is found',
    async (code) => {
      const name = code.replace('ERR_PAGI_LINT_', '')
      const outcome = await command('--middleware', `${MIDDLEWARE}:${name}`)
      expect([outcome.code, violated(outcome)]).toEqual([1, expect.arrayContaining([code])])
    },
  )

  test.each([[MIDDLEWARE], ['--middleware', `${MIDDLEWARE}:buffered`]])(
    'one that is in order passes: %j %j',
    async (...args) => {
      const outcome = await command(...args.filter((arg) => arg !== undefined))
      expect(violated(outcome)).toEqual([])
      expect(outcome.subjects.map(({ kind, problems }) => [kind, problems])).toEqual([
        ['middleware', []],
      ])
      expect(outcome.code).toBe(0)
    },
  )

  test('a function that makes middleware is told from one', async () => {
    const outcome = await command('--middleware', `${MIDDLEWARE}:factory`)
    expect(outcome.code).toBe(3)
    expect(outcome.printed).toContain('export const middleware = compress()')
  })
})

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command as a process. */
async function ran(...args: readonly string[]): Promise<Ran> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [BIN, 'app', ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

describe('the command', () => {
  test.each([
    [[], 2, 'no FILE'],
    [['a.js', 'b.js'], 2, 'one FILE at a time'],
    [['--midleware', 'a.js'], 2, 'unknown option --midleware: did you mean --middleware?'],
    [['no-such.mjs'], 2, 'there is no file no-such.mjs'],
    [[`${APPS}:nothing`], 2, 'has no export nothing: it exports'],
    [['--path', 'x', APPS], 2, '--path begins with a slash, got x'],
    [['--path'], 2, '--path needs a value'],
  ])('wrong usage is named: %j', async (args, code, message) => {
    const outcome = await command(...args)
    expect([outcome.code, outcome.printed]).toEqual([code, expect.stringContaining(message)])
  })

  test.each([
    ['throws.mjs', 'throw new Error("nobody home")', 'cannot be loaded: Error: nobody home'],
    ['number.mjs', 'export default 1', 'is no application'],
    ['provider.mjs', 'export default { toApp() { throw new Error("not today") } }', 'toApp() of'],
  ])('what cannot be judged ends with 3: %s', async (name, text, message) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    const outcome = await command(file)
    expect([outcome.code, outcome.printed]).toEqual([3, expect.stringContaining(message)])
  })

  test('TypeScript is run, or what to do instead is said', async () => {
    const file = join(folder, 'app.ts')
    writeFileSync(
      file,
      'export default async (scope: { type: string }): Promise<void> => { throw new Error(scope.type) }',
    )
    const outcome = await ran(file)
    if (Reflect.get(process.features, 'typescript')) expect(outcome.code).toBe(0)
    else {
      expect(outcome.code).toBe(3)
      expect(outcome.stderr).toMatch(/does not run TypeScript.*Node\.js 22\.18.*--import tsx/)
    }
  })

  test('--json - is nothing but JSON, whatever the application prints and leaves running', async () => {
    const file = join(folder, 'noisy.mjs')
    writeFileSync(
      file,
      `setInterval(() => {}, 1000)
      console.log('hello from the application')
      export default async (scope) => { console.log(scope.type); throw new Error(scope.type) }`,
    )
    const { code, stdout, stderr } = await ran('--json', '-', file)
    expect(JSON.parse(stdout)).toMatchObject({
      suite: 'pagi-conformance',
      subjects: [{ name: file }],
    })
    expect(stderr).toContain('http')
    expect(code).toBe(0)
  })

  test('an error that nothing caught is told', async () => {
    const file = join(folder, 'floating.mjs')
    writeFileSync(
      file,
      `export default async (scope) => {
        void Promise.reject(new Error('a floating promise'))
        throw new Error('no ' + scope.type)
      }`,
    )
    const { code, stdout } = await ran(file)
    expect([code, stdout]).toEqual([3, expect.stringContaining('a floating promise')])
  })
})

/** What the applications of the examples serve, besides `/`. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  '04-websocket-echo': ['/echo'],
  '05-sse-broadcaster': ['/events', '/messages'],
  'mini-framework': ['/greet/you', '/users/1', '/users/9'],
  welcome: ['/hello', '/feed', '/chat', '/nothing'],
}

describe('the applications of the examples pass', () => {
  const examples = fileURLToPath(new URL('../../examples', import.meta.url))
  const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'app.ts')))
  test('there are some', () => expect(names.length).toBeGreaterThan(7))

  test.each(names)('%s', async (name) => {
    const paths = ['/', ...(PATHS[name] ?? [])].flatMap((path) => ['--path', path])
    const outcome = await command(join(examples, name, 'app.ts'), ...paths)
    expect(outcome.printed).toContain('19 of 19 rules passed')
    expect(outcome.code).toBe(0)
  })
})
