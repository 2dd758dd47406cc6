// What the specification says of fields, errors, tokens and types is what @pagi/spec has.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { ERROR_CODES, RECEIVE_FIELDS, SEND_FIELDS, STANDARD_DISCONNECT_REASONS } from '@pagi/server'
import type { FieldRule } from '@pagi/server'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { problems } from './support/compiler.ts'
import { blocks, ROOT } from './support/markdown.ts'
import { serving, Watched } from './support/serve.ts'

const folder = new URL(`dist/${process.pid}-types/`, import.meta.url)
const CHAPTERS = await chapters()
const TABLES = fieldTables(CHAPTERS)

beforeAll(() => mkdir(folder, { recursive: true }))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the tables of fields', () => {
  for (const [direction, events] of [
    ['sent', SEND_FIELDS],
    ['received', RECEIVE_FIELDS],
  ] as const) {
    for (const [event, fields] of Object.entries(events)) {
      const rules: Readonly<Record<string, FieldRule>> = fields
      test(`${event}, ${direction}`, () => {
        const table = TABLES.get(event)
        expect([...(table?.keys() ?? ['no table'])]).toEqual(Object.keys(rules))
        for (const [field, rule] of Object.entries(rules)) {
          const { value, absent, cited } = table?.get(field) ?? NO_ROW
          expect(value).toMatch(new RegExp(`^${KINDS[rule.kind]}`))
          expect(absent).toMatch(whenAbsent(rule, direction))
          expect(cited).toBe(rule.rule)
        }
      })
    }
  }

  test('are of events that exist', () => {
    const known = new Set([...Object.keys(SEND_FIELDS), ...Object.keys(RECEIVE_FIELDS)])
    expect([...TABLES.keys()].filter((event) => !known.has(event))).toEqual([])
  })
})

test('the tokens are those of T-REASON, in its order', () => {
  const [table = ''] = /^### T-REASON[^]*?^(\|[^]*?)\n\n/m.exec(CHAPTERS) ?? []
  const tokens = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, token]) => token)
  expect(tokens).toEqual(STANDARD_DISCONNECT_REASONS)
})

test('the errors are those of the binding', () => {
  const rows = [...CHAPTERS.matchAll(/^\| (?:`(\w+)`.*?|the same) +\| `(ERR_PAGI_\w+)`/gm)]
  let errorClass = ''
  const shown = rows.map(([, name, code = '']) => [code, (errorClass = name ?? errorClass)])
  const known = Object.entries(ERROR_CODES).map(([code, info]) => [code, info.errorClass])
  expect(shown).toHaveLength(known.length)
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(known))
})

test('the request that is shown has the scope that is shown', async () => {
  const shown = await blocks('spec/http.md')
  const request = shown.find(({ language }) => language === 'text')?.text ?? ''
  const program = shown.find(({ text }) => text.includes('export const scope'))?.text ?? ''
  const [, text = ''] = /= (\{.*\})$/s.exec(program.trim()) ?? []
  const expected: unknown = runInNewContext(`(${text})`)

  const watched = new Watched(async (_scope, _receive, send) => {
    await send({ type: 'http.response.start', status: 204 })
    await send({ type: 'http.response.body' })
  })
  const { url } = await serving(watched.app)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(request.trimEnd().replaceAll('\n', '\r\n'))
  const {
    'pagi.connection': _,
    'pagi.transport': __,
    ...scope
  } = (await watched.call('http')).scope
  const address = [expect.any(String), expect.any(Number)]
  expect({ ...scope, extensions: {} }).toEqual({
    ...Object(structuredClone(expected)),
    client: address,
    server: address,
  })
})

describe('the types of the binding', () => {
  test('are those of @pagi/spec', { timeout: 60_000 }, async () => {
    const shown = await typesShown()
    const names = [...shown.matchAll(/^export (?:type|interface|declare class) (\w+)/gm)]
    expect(names.length).toBeGreaterThan(45)
    expect(
      await difference(
        shown,
        names.map(([, name = '']) => name),
      ),
    ).toEqual([])
  })

  test('would be noticed to differ', { timeout: 60_000 }, async () => {
    const shown = await typesShown()
    const other = shown.replace('tls_version: number | null', 'tls_version: string | null')
    expect(other).not.toBe(shown)
    expect(await difference(other, ['TlsExtension'])).not.toEqual([])
  })
})

interface Row {
  readonly value: string
  readonly absent: string
  readonly cited: string
}

const NO_ROW: Row = { value: 'no row', absent: 'no row', cited: 'no row' }

const KINDS: Readonly<Record<FieldRule['kind'], string>> = {
  flag: 'flag',
  integer: 'integer',
  number: 'number',
  text: 'text',
  token: 'token',
  headers: 'header list',
  bytes: 'bytes',
  fileRef: 'absolute path',
  bodySource: 'a handle or stream',
}

/** What the cell for an absent field begins with. */
function whenAbsent(rule: FieldRule, direction: 'sent' | 'received'): RegExp {
  if (rule.required) return direction === 'sent' ? /^rejects$/ : /^never$/
  const { default: initial } = rule
  if (initial === undefined) return /^(?!rejects|never)./
  if (initial === '') return /^`''`/
  if (typeof initial === 'object') return /^`\[\]`$/
  return new RegExp(`^${initial}\\b`)
}

async function chapters(): Promise<string> {
  const names = await readdir(new URL('spec/', ROOT))
  const pages = names.filter((name) => name.endsWith('.md')).toSorted()
  const texts = pages.map((name) => readFile(new URL(`spec/${name}`, ROOT), 'utf8'))
  return (await Promise.all(texts)).join('\n').replaceAll('\r\n', '\n')
}

/** Event -> field -> row, for what stands below `Fields of ...:` and what has none. */
function fieldTables(text: string): ReadonlyMap<string, ReadonlyMap<string, Row>> {
  const tables = new Map<string, ReadonlyMap<string, Row>>()
  for (const [, event = '', table = ''] of text.matchAll(
    /^Fields of `([\w.]+)`[^\n]*:\n\n((?:\|[^\n]*\n)+)/gm,
  )) {
    const rows = table
      .split('\n')
      .slice(2, -1)
      .map((line) => line.split('|').map((cell) => cell.trim()))
    tables.set(
      event,
      new Map(
        rows.map(([, field = '', value = '', absent = '', cited = '']) => [
          field.replaceAll('`', ''),
          { value, absent, cited },
        ]),
      ),
    )
  }
  for (const [, event = ''] of text.matchAll(/`([\w.]+)`(?:, received,)? has no fields/g))
    tables.set(event, new Map())
  return tables
}

async function typesShown(): Promise<string> {
  const shown = await blocks('spec/binding.md')
  return shown.find(({ text }) => text.includes('ByteString = string'))?.text ?? 'no types'
}

/** Where types of a text are not those of the same name in @pagi/spec. */
async function difference(text: string, names: readonly string[]): Promise<readonly string[]> {
  const file = (name: string) => fileURLToPath(new URL(name, folder))
  const pairs = names.map((name) => `  ${name}: Same<Shown.${name}, Spec.${name}>`)
  await writeFile(file('shown.ts'), text)
  await writeFile(
    file('same.ts'),
    `import type * as Spec from '@pagi/spec'
import type * as Shown from './shown.ts'

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : 'narrower') : 'wider'
interface Pairs {
${pairs.join('\n')}
}
export const pairs: { readonly [Name in keyof Pairs]: true } = {} as Pairs
`,
  )
  return problems([{ place: 'same', file: file('same.ts') }])
}
