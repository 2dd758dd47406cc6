/** Reads the prose of the specification, and tells where it and its machine-readable form differ. */

export interface Document {
  /** Below the root: `spec/http.md`. */
  readonly path: string
  readonly text: string
}

/** A row of spec/requirements.json. */
export interface Rule {
  readonly id: string
  readonly level: string
  readonly binds: string
  readonly observed: string
  readonly text: string
  readonly section: string
  readonly since?: string
  readonly decision?: string
  readonly own?: string
}

export interface Specification {
  readonly edition: number
  readonly follows: string
  readonly versions: Readonly<Record<string, string>>
  readonly tables: readonly { readonly id: string; readonly section: string }[]
  readonly requirements: readonly Rule[]
}

/** A rule as a document defines it: `**HTTP-34** (MUST, server; Decision in part) ...`. */
export interface Definition {
  readonly id: string
  readonly level: string
  readonly binds: string
  readonly marks: string
  readonly body: string
  readonly section: string
}

const DEFINITION = /^\*\*([A-Z][A-Z0-9]*-\d+)\*\* \((\w+), (\w+)((?:; [^;)]+)*)\) (.+)$/

/** Every rule the documents define, in their order. */
export function definitionsIn(documents: readonly Document[]): readonly Definition[] {
  return documents.flatMap((document) =>
    sectionsOf(document).flatMap(({ section, lines }) =>
      lines.flatMap((line) => {
        const [, id = '', level = '', binds = '', marks = '', body = ''] =
          DEFINITION.exec(line) ?? []
        return id === '' ? [] : [{ id, level, binds, marks, body, section }]
      }),
    ),
  )
}

/** The normative tables: headings such as `### T-END: started, clean end, abnormal end`. */
export function tablesIn(documents: readonly Document[]): readonly Specification['tables'][0][] {
  return documents.flatMap((document) =>
    sectionsOf(document).flatMap(({ section, title }) => {
      const id = /^(T-[A-Z]+): /.exec(title)?.[1]
      return id === undefined ? [] : [{ id, section }]
    }),
  )
}

/** The anchors of the headings of a document, as GitHub makes them. */
export function anchorsIn(document: Document): ReadonlySet<string> {
  return new Set(sectionsOf(document).map(({ section }) => section.replace(/^.*#/, '')))
}

/** One line for each difference between the prose and the rules. */
export function differences(
  documents: readonly Document[],
  { requirements, tables }: Specification,
): readonly string[] {
  const definitions = definitionsIn(documents)
  const rows = new Map(requirements.map((row) => [row.id, row]))
  return [
    ...definitions
      .filter(({ id }) => !rows.has(id))
      .map(({ id }) => `${id}: defined, but no rule has that id`),
    ...requirements.flatMap((row) => {
      const found = definitions.filter(({ id }) => id === row.id)
      const [definition] = found
      if (definition === undefined) return [`${row.id}: not defined`]
      if (found.length > 1) return [`${row.id}: defined ${found.length} times`]
      return compared(definition, row)
    }),
    ...linesBeside(documents, definitions).map((line) => `no definition: ${line}`),
    ...unlike('tables', tablesIn(documents), tables),
  ]
}

const RULE_ID = /\b(?:CORE|MW|HTTP|H2|CONN|WS|REF|SSE|FLOW|LIFE|EXT|TLS|RUN|LEG)-\d{1,3}\b/g
const TABLE_ID = /\bT-[A-Z]{2,}\b/g
const RULING_ID = /\bAMB-\d{1,3}\b/g

/** One line for each id that is mentioned and does not exist. */
export function strangersIn(
  documents: readonly Document[],
  { requirements, tables }: Specification,
  rulings: readonly string[],
): readonly string[] {
  const known = new Set([...requirements, ...tables].map(({ id }) => id).concat(rulings))
  return documents.flatMap(({ path, text }) =>
    [RULE_ID, TABLE_ID, RULING_ID]
      .flatMap((ids) => text.match(ids) ?? [])
      .filter((id) => !known.has(id))
      .map((id) => `${path}: ${id}`),
  )
}

function compared({ id, ...definition }: Definition, row: Rule): readonly string[] {
  const { body, marks } = definition
  const decides = /_Decision(?: \(own\))?:_/.test(body)
  return [
    ...unlike(`${id}: level`, definition.level, row.level),
    ...unlike(`${id}: binds`, definition.binds, row.binds),
    ...unlike(`${id}: section`, definition.section, row.section),
    ...unlike(`${id}: marks`, marks, marksOf(row)),
    ...unlike(`${id}: says ${row.level}`, new RegExp(`\\b${row.level}\\b`).test(body), true),
    ...unlike(`${id}: a reason`, body.includes(' _Why:_ '), row.decision !== undefined),
    ...unlike(`${id}: a part that is a Decision`, decides, row.decision === 'part'),
    ...unlike(
      `${id}: a part that is own`,
      body.includes('_Decision (own):_'),
      row.own === 'part' && row.decision !== undefined,
    ),
  ]
}

function marksOf({ since, decision, own }: Rule): string {
  const marks = [
    since === undefined ? undefined : `since ${since}`,
    extent('Decision', decision),
    extent('own', own),
  ]
  return marks.flatMap((mark) => (mark === undefined ? [] : [`; ${mark}`])).join('')
}

function extent(mark: string, how: string | undefined): string | undefined {
  if (how === undefined) return undefined
  return how === 'whole' ? mark : `${mark} in ${how}`
}

/** Lines that look like a definition to a reader and are none. */
function linesBeside(
  documents: readonly Document[],
  definitions: readonly Definition[],
): readonly string[] {
  const good = new Set(definitions.map(({ id }) => id))
  return documents.flatMap(({ text }) =>
    text.split('\n').filter((line) => {
      const id = /^\W{0,4}([A-Z][A-Z0-9]*-\d+)\W{0,3}\s*\(/.exec(line)?.[1]
      return id !== undefined && !line.startsWith('>') && !good.has(id)
    }),
  )
}

function unlike(what: string, got: unknown, expected: unknown): readonly string[] {
  const [one, other] = [got, expected].map((value) => JSON.stringify(sorted(value)))
  return one === other ? [] : [`${what}: ${one} in the prose, ${other} in the rules`]
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.map((one) => JSON.stringify(one)).toSorted() : value
}

interface Section {
  readonly section: string
  readonly title: string
  readonly lines: readonly string[]
}

function sectionsOf({ path, text }: Document): readonly Section[] {
  const file = path.replace(/^.*\//, '')
  const prose = text.replace(/^```.*?^```$/gms, '')
  return prose
    .split(/^(?=#{1,6} )/m)
    .filter((part) => part.startsWith('#'))
    .map((part) => {
      const [heading = '', ...lines] = part.split('\n')
      const title = heading.replace(/^#+ /, '')
      return { section: `${file}#${slug(title)}`, title, lines }
    })
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}
