/** Reads suite/: checks each file against the schema, fills in fragments and variables. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { Ajv } from 'ajv'
import type { Case, CaseFile, Json, JsonObject, RawCase, RawStep, Step } from './case.ts'
import { GROUPS } from './case.ts'
import { SuiteError } from './failure.ts'
import type { Requirements } from './requirements.ts'
import { packageFile } from './target.ts'
import { isObject, textOf } from './values.ts'

type Fragments = Readonly<Record<string, readonly RawStep[]>>

type Lists = Readonly<Record<string, readonly JsonObject[]>>

/** What a file gives its cases, and what all have. */
interface Given {
  readonly fragments: Fragments
  readonly lists: Lists
  readonly requirements: Requirements
  readonly file: string
}

export interface Suite {
  readonly cases: readonly Case[]
  /** Why a requirement has no case, by its id. */
  readonly unseen: ReadonlyMap<string, string>
  readonly files: JsonObject
}

const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new SuiteError(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The cases of this package. */
const SUITE = packageFile('suite')

/**
 * Reads the suite.
 *
 * @param folder where its files lie
 * @throws SuiteError naming the file and what is wrong in it
 */
export function readSuite(requirements: Requirements, folder: string = SUITE): Suite {
  const schema = readJson(packageFile('schema/cases.json'))
  if (!isObject(schema)) throw new SuiteError('the schema is no object')
  const valid = new Ajv({ allErrors: false, strict: false }).compile<CaseFile>(schema)
  const cases: Case[] = []
  const unseen = new Map<string, string>()
  // Cases of other folders may use the fragments and files of the suite.
  const common = {
    ...fragmentsOf(optional(join(SUITE, 'fragments.json'))),
    ...fragmentsOf(optional(join(folder, 'fragments.json'))),
  }
  for (const path of jsonBelow(folder)) {
    const name = relative(folder, path).split(sep).join('/')
    if (name === 'files.json' || name === 'fragments.json') continue
    const content = readJson(path)
    if (name.endsWith('unseen.json')) {
      for (const [id, why] of Object.entries(unseenOf(content, name))) unseen.set(id, textOf(why))
      continue
    }
    if (!valid(content)) {
      const [fault] = valid.errors ?? []
      throw new SuiteError(`${name}: ${fault?.instancePath} ${fault?.message}`)
    }
    const fragments = { ...common, ...content.fragments }
    const given = { fragments, lists: content.lists ?? {}, requirements, file: name }
    for (const raw of content.cases) cases.push(...expand(raw, given))
  }
  const seen = new Set<string>()
  const twice = cases.map(({ id }) => id).find((id) => seen.size === seen.add(id).size)
  if (twice !== undefined) throw new SuiteError(`two cases have the id ${twice}`)
  const files = [SUITE, folder].map((place) => optional(join(place, 'files.json')))
  return { cases, unseen, files: Object.assign({}, ...files.filter(isObject)) }
}

function optional(path: string): unknown {
  return existsSync(path) ? readJson(path) : undefined
}

function unseenOf(content: unknown, name: string): JsonObject {
  const unseen = isObject(content) ? content['unseen'] : undefined
  if (!isObject(unseen)) throw new SuiteError(`${name} needs "unseen", an object`)
  return unseen
}

function fragmentsOf(content: unknown): Fragments {
  const fragments: Record<string, readonly RawStep[]> = {}
  if (!isObject(content)) return fragments
  const inner = isObject(content['fragments']) ? content['fragments'] : content
  for (const [name, list] of Object.entries(inner)) {
    if (Array.isArray(list)) fragments[name] = stepsOf(list)
  }
  return fragments
}

function stepsOf(value: unknown): readonly RawStep[] {
  return Array.isArray(value) ? value.filter((step) => isObject(step)) : []
}

function jsonBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

/** A value with its variables filled in. */
function fill(value: Json, variables: JsonObject, where: string): Json {
  if (typeof value === 'string') return fillText(value, variables, where)
  if (Array.isArray(value)) return value.map((item: Json) => fill(item, variables, where))
  if (!isObject(value)) return value
  const filled: Record<string, Json> = {}
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    filled[textOf(fillText(key, variables, where))] = fill(item, variables, where)
  }
  return filled
}

const VARIABLE = /\{\{([\w-]+)\}\}/g

function fillText(text: string, variables: JsonObject, where: string): Json {
  const valueOf = (name: string): Json => {
    const value = variables[name]
    if (value === undefined) throw new SuiteError(`${where}: no value for {{${name}}}`)
    return value
  }
  const whole = /^\{\{([\w-]+)\}\}$/.exec(text)
  if (whole !== null) return valueOf(whole[1] ?? '')
  return text.replaceAll(VARIABLE, (_all, name: string) => {
    const value = valueOf(name)
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}

/** The steps with fragments and variables filled in; those whose `if` does not hold left out. */
function steps(
  raw: readonly RawStep[],
  fragments: Fragments,
  variables: JsonObject,
  where: string,
): readonly JsonObject[] {
  return raw.flatMap((step) => {
    const { if: condition, use, with: more, named, each, steps: inner, ...rest } = step
    if (isObject(condition) && !holds(condition, variables)) return []
    if (each !== undefined) {
      const list = fill(each, variables, where)
      if (!Array.isArray(list)) throw new SuiteError(`${where}: each of a step is no list`)
      const repeated = stepsOf(inner)
      return list.flatMap((one: Json) =>
        steps(repeated, fragments, { ...variables, ...(isObject(one) && one) }, where),
      )
    }
    if (typeof use !== 'string') {
      const filled = fill(rest, variables, where)
      return isObject(filled) ? [filled] : []
    }
    const name = textOf(fillText(use, variables, where))
    const fragment = fragments[name]
    if (fragment === undefined) throw new SuiteError(`${where}: no fragment ${name}`)
    const given = fill(more ?? {}, variables, where)
    const all = steps(fragment, fragments, { ...variables, ...(isObject(given) && given) }, where)
    return typeof named === 'string'
      ? withNames(all, textOf(fillText(named, variables, where)))
      : all
  })
}

/** The steps, with clients and scopes that have no name called by this one. */
function withNames(all: readonly JsonObject[], name: string): readonly JsonObject[] {
  return all.map((step) => {
    if (step['client'] !== undefined) return { on: name, ...step }
    return step['app'] === 'scope' ? { as: name, ...step } : step
  })
}

function holds(condition: JsonObject, variables: JsonObject): boolean {
  return Object.entries(condition).every(([key, wanted]) => {
    const allowed: readonly Json[] = Array.isArray(wanted) ? wanted : [wanted ?? null]
    return allowed.some((one) => JSON.stringify(one) === JSON.stringify(variables[key] ?? null))
  })
}

function isStep(value: JsonObject): value is JsonObject & Step {
  return ['client', 'app', 'server'].some((actor) => typeof value[actor] === 'string')
}

/** The objects of `each`; of the names of lists: the lists multiplied with one another. */
function variants(raw: RawCase, lists: Lists, file: string): readonly JsonObject[] {
  const each: readonly (JsonObject | string)[] = raw.each ?? [{}]
  const factors = each.filter((item) => typeof item === 'string')
  if (factors.length === 0) return each.filter((item) => typeof item === 'object')
  return factors.reduce<readonly JsonObject[]>(
    (products, factor) => {
      const list = lists[factor]
      if (list === undefined) throw new SuiteError(`${file}: ${raw.id}: no list ${factor}`)
      return products.flatMap((product) => list.map((item) => joined(product, item)))
    },
    [{}],
  )
}

/** Both in one; the names of both variants make its name. */
function joined(one: JsonObject, other: JsonObject): JsonObject {
  const names = [one['case'], other['case']].filter((name) => name !== undefined).map(textOf)
  return { ...one, ...other, case: names.join(',') }
}

function expand(raw: RawCase, given: Given): readonly Case[] {
  const { fragments, lists, requirements, file } = given
  return variants(raw, lists, file).map((variables) => {
    const suffix = variables['case'] === undefined ? '' : `[${textOf(variables['case'])}]`
    const where = `${file}: ${raw.id}${suffix}`
    if (/\s/.test(suffix)) throw new SuiteError(`${where}: an id has no space in it`)
    const text = (value: string): string => textOf(fillText(value, variables, where))
    const ids = raw.requirements.map(text)
    const unknown = ids.find((id) => !requirements.has(id))
    if (unknown !== undefined) throw new SuiteError(`${where}: no requirement ${unknown}`)
    const group = raw.group === undefined ? requirements.groupOf(ids) : text(raw.group)
    const known = GROUPS.find((one) => one === group)
    if (known === undefined) throw new SuiteError(`${where}: no group ${group}`)
    const filled = fill(JSON.parse(JSON.stringify(raw.server ?? null)), variables, where)
    let filledSteps: Case['steps'] | undefined
    return {
      id: `${raw.id}${suffix}`,
      title: text(raw.title),
      requirements: ids,
      level: raw.level ?? requirements.levelOf(ids),
      group: known,
      ...(raw.binding !== undefined && { binding: raw.binding }),
      needs: (raw.needs ?? []).map(text),
      ...(isObject(filled) && { server: filled }),
      timeout: raw.timeout ?? 5000,
      // Filled in when they are run: most runs are of a few cases.
      get steps() {
        filledSteps ??= steps(raw.steps, fragments, variables, where).filter(isStep)
        return filledSteps
      },
    }
  })
}
