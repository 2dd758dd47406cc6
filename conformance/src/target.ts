/** The server under test: how it is started, and what it says it has. */

import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GROUPS } from './case.ts'
import type { Group, Json, JsonObject } from './case.ts'
import { SuiteError } from './failure.ts'
import { nearest } from './nearest.ts'
import { isObject, textOf } from './values.ts'

export interface Target {
  readonly name: string
  readonly version: string | undefined
  /** The command line; `{app}`, `{host}`, `{port}` stand for what the suite fills in. */
  readonly command: readonly string[]
  /** Relative paths of the target file are relative to this folder; commands run in it. */
  readonly folder: string
  readonly probe: string
  readonly env: Readonly<Record<string, string>>
  /** What it has besides HTTP/1.0, HTTP/1.1, WebSocket and SSE. */
  readonly features: readonly string[]
  /** What it lacks of these. */
  readonly lacks: readonly string[]
  /** How the suite's options are spelled, `{value}` for the value. */
  readonly options: Readonly<Record<string, readonly string[]>>
  /** Applications of cases about loading, by the suite's names. */
  readonly apps: Readonly<Record<string, string>>
  /** How its log reads: named groups `level` and `text`. */
  readonly log:
    { readonly pattern: RegExp; readonly levels: Readonly<Record<string, string>> } | undefined
  readonly groups: readonly Group[]
  readonly expectFail: Readonly<Record<string, string>>
  /** Milliseconds a start may take. */
  readonly startTimeout: number
  /** A server that runs already: nothing is started. */
  readonly url: { readonly host: string; readonly port: number } | undefined
}

const here = dirname(fileURLToPath(import.meta.url))

/** A file of this package, from the sources or the build. */
export const packageFile = (path: string): string => resolve(here, '..', path)

export const OWN_PROBE = packageFile('probe/probe.mjs')

const texts = (value: unknown, what: string): Readonly<Record<string, string>> => {
  if (value === undefined) return {}
  if (!isObject(value))
    throw new SuiteError(`${what} must be an object, got ${JSON.stringify(value)}`)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, textOf(item)]))
}

const list = (value: unknown, what: string): readonly string[] => {
  if (value === undefined) return []
  if (typeof value === 'string') return words(value)
  if (!Array.isArray(value)) {
    throw new SuiteError(`${what} must be a list, got ${JSON.stringify(value)}`)
  }
  return value.map(textOf)
}

/** Why cases fail: each says it in words. */
function reasons(value: unknown): Readonly<Record<string, string>> {
  const entries = texts(value, 'expectFail')
  const bare = Object.keys(entries).find((id) => entries[id]?.trim() === '')
  if (bare !== undefined) throw new SuiteError(`expectFail: ${bare} needs a reason`)
  return entries
}

const KNOWN =
  '$schema name version command probe env features lacks options apps log groups expectFail startTimeout'.split(
    ' ',
  )

/**
 * A target from its description.
 *
 * @param description what the target file says
 * @param folder the folder it lies in
 * @throws SuiteError naming the field that is wrong
 */
export function makeTarget(description: JsonObject, folder: string): Target {
  const unknown = Object.keys(description).find((key) => !KNOWN.includes(key))
  if (unknown !== undefined) {
    const near = nearest(unknown, KNOWN)
    const hint = near === undefined ? `it has ${KNOWN.join(', ')}` : `did you mean ${near}?`
    throw new SuiteError(`a target has no field ${unknown}: ${hint}`)
  }
  const { name, version, command, probe, env, features, lacks, options, apps, log, groups } =
    description
  const groupNames = list(groups, 'groups')
  const noGroup = groupNames.find((one) => !GROUPS.some((group) => group === one))
  if (noGroup !== undefined) throw new SuiteError(`groups: no group ${noGroup}`)
  return {
    name: typeof name === 'string' ? name : 'server',
    version: typeof version === 'string' ? version : undefined,
    command: list(command, 'command'),
    folder,
    probe: typeof probe === 'string' ? resolve(folder, probe) : OWN_PROBE,
    env: texts(env, 'env'),
    features: list(features, 'features'),
    lacks: list(lacks, 'lacks'),
    options: Object.fromEntries(
      Object.entries(isObject(options) ? options : {}).map(([key, value]) => [
        key,
        list(value, `options.${key}`),
      ]),
    ),
    apps: Object.fromEntries(
      Object.entries(texts(apps, 'apps')).map(([key, path]) => [key, resolve(folder, path)]),
    ),
    log: logOf(log),
    groups: GROUPS.filter((group) => group === 'core' || groupNames.includes(group)),
    expectFail: reasons(description['expectFail']),
    startTimeout: milliseconds(description['startTimeout']),
    url: undefined,
  }
}

function milliseconds(value: Json | undefined): number {
  if (value === undefined) return 20_000
  if (typeof value === 'number' && value > 0 && value < 2 ** 31) return value
  throw new SuiteError(
    `startTimeout must be a number of milliseconds, got ${JSON.stringify(value)}`,
  )
}

function logOf(value: Json | undefined): Target['log'] {
  if (value === undefined || value === null) return undefined
  if (!isObject(value) || typeof value['pattern'] !== 'string') {
    throw new SuiteError('log must be { "pattern": a regular expression with level and text }')
  }
  const levels = isObject(value['levels']) ? value['levels'] : {}
  return { pattern: patternOf(value['pattern']), levels: texts(levels, 'log.levels') }
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new SuiteError(`log.pattern: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Reads a target file. */
export function readTarget(path: string): Target {
  let description: unknown
  try {
    description = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SuiteError(`the target file ${path} cannot be read: ${why}`)
  }
  if (!isObject(description)) throw new SuiteError(`the target file ${path} holds no object`)
  const target = makeTarget(description, dirname(resolve(path)))
  if (target.command.length === 0) throw new SuiteError(`${path}: command is missing`)
  return target
}

const WRAPPERS = ['npx', 'npm', 'pnpm', 'yarn', 'bunx', 'sh', 'bash']

/** The program that is started instead of the server, and gets what is meant for it. */
export function wrapperOf({ command }: Target): string | undefined {
  const name = basename(command[0] ?? '').replace(/\.(?:cmd|exe)$/, '')
  return WRAPPERS.find((one) => one === name)
}

/** Splits a command line into words; quotes keep a word together. */
export function words(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
}
