/** Reads a command line by the option table. What a value means is decided later. */

import { nearestName } from '@pagi/spec'
import { flagOf, OPTIONS, optionNames } from '../options/table.ts'
import type { OptionName } from '../options/table.ts'
import { UsageError } from './usage-error.ts'

/** The text of an option, and how it was written. That of a list has its values, with commas between. */
export interface Given {
  readonly text: string
  readonly label: string
}

export interface Arguments {
  /** The application as typed, if it was. */
  readonly app: string | undefined
  /** The `key=value` arguments, for `createApp`. */
  readonly appOptions: Readonly<Record<string, string>>
  /** Of an option given several times, the last one, which can be appended to a script; of a list, all. */
  readonly given: ReadonlyMap<OptionName, Given>
}

// No path: one that has an equals sign is written with a slash, ./a=b.ts
const KEY_VALUE = /^([\p{ID_Start}_$][\p{ID_Continue}$.-]*)=(.*)$/su

/**
 * Splits arguments into options, the application and what it is made with. Known are
 * `--name value`, `--name=value`, `-p value`, `-pvalue`, `-qv`, `--no-name` and `--`.
 *
 * @throws UsageError naming the argument
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const { given, rest } = readOptions(argv)
  const [first, ...others] = rest
  const app = first === undefined || KEY_VALUE.test(first) ? undefined : first
  const pairs = app === undefined ? rest : others
  return { app, appOptions: Object.fromEntries(pairs.map(readPair)), given }
}

function readPair(argument: string): readonly [string, string] {
  const [, key, value] = KEY_VALUE.exec(argument) ?? []
  if (key === undefined || value === undefined) {
    throw new UsageError(
      `unexpected argument ${argument}: after the application come key=value arguments for createApp(options)`,
    )
  }
  return [key, value]
}

function readOptions(argv: readonly string[]): { given: Map<OptionName, Given>; rest: string[] } {
  const given = new Map<OptionName, Given>()
  const rest: string[] = []
  const queue = [...argv]
  for (let argument = queue.shift(); argument !== undefined; argument = queue.shift()) {
    if (argument === '--') return { given, rest: [...rest, ...queue] }
    if (argument.startsWith('--')) readLong(argument, queue, given)
    else if (/^-./.test(argument)) readShort(argument, queue, given)
    else rest.push(argument)
  }
  return { given, rest }
}

function readLong(argument: string, queue: string[], given: Map<OptionName, Given>): void {
  const [label = '', ...parts] = argument.split('=')
  const value = parts.length === 0 ? undefined : parts.join('=')
  const name = optionNames().find((candidate) => flagOf(candidate) === label)
  const switched = optionNames().find((candidate) => negation(candidate) === label)
  if (name !== undefined && !OPTIONS[name].flag) {
    set(given, name, { text: value ?? next(name, label, queue), label })
    return
  }
  const either = name ?? switched
  if (either === undefined) throw unknown(label)
  if (value !== undefined) throw new UsageError(`${label} takes no value, got ${value}`)
  given.set(either, { text: name === undefined ? 'false' : 'true', label })
}

function set(given: Map<OptionName, Given>, name: OptionName, { text, label }: Given): void {
  const before = OPTIONS[name].list === true ? given.get(name) : undefined
  given.set(name, { text: before === undefined ? text : `${before.text},${text}`, label })
}

/** `-p 80`, `-p80`, and several switches in one: `-qv`. */
function readShort(argument: string, queue: string[], given: Map<OptionName, Given>): void {
  // One dash too few, not the port "ort".
  const [word = ''] = argument.split('=')
  if (optionNames().some((name) => flagOf(name) === `-${word}`)) throw unknown(word)
  for (let at = 1; at < argument.length; at++) {
    const label = `-${argument[at]}`
    const name = optionNames().find((candidate) => `-${OPTIONS[candidate].short}` === label)
    if (name === undefined) throw unknown(argument.length === 2 ? label : argument, label)
    if (!OPTIONS[name].flag) {
      set(given, name, { text: argument.slice(at + 1) || next(name, label, queue), label })
      return
    }
    given.set(name, { text: 'true', label })
  }
}

/** `--no-quiet`; undefined for what cannot be off, or is a switch that only prints something. */
export function negation(name: OptionName): string | undefined {
  const { flag, negatable, variables } = OPTIONS[name]
  const off = negatable === true || (flag && variables !== false)
  return off ? flagOf(name).replace('--', '--no-') : undefined
}

function next(name: OptionName, label: string, queue: string[]): string {
  const [value] = queue
  // No value begins with a dash, so this is the next option; but - is standard output.
  if (value === undefined || /^-./.test(value)) {
    throw new UsageError(`${label} needs a value: ${label} ${OPTIONS[name].placeholder}`)
  }
  queue.shift()
  return value
}

function unknown(typed: string, label = typed): UsageError {
  const flags = optionNames().flatMap((name) => [flagOf(name), negation(name) ?? []].flat())
  const nearest =
    typed.length > 2 ? nearestName(typed.replace(/^-?(?=[^-])/, '--'), flags) : undefined
  const within = label === typed ? '' : ` in ${typed}`
  const hint = nearest === undefined ? 'see pagi-server --help' : `did you mean ${nearest}?`
  return new UsageError(`unknown option ${label}${within}: ${hint}`)
}
