/** What a command line and an environment ask for: a flag, then a variable, then the default. */

import { OptionError, parseOption, resolveOptions, serverOptionNames } from '../options.ts'
import type { ServerOptions } from '../options.ts'
import { flagOf, OPTIONS, variablesOf } from '../options/table.ts'
import type { OptionName, Settings } from '../options/table.ts'
import type { Arguments, Given } from './args.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the server and the command itself were asked to do. */
export interface CommandSettings {
  /** Checked, for `createServer`; absent what nobody asked for. */
  readonly server: ServerOptions
  readonly env: Settings['env']
  readonly quiet: boolean
  readonly check: boolean
  readonly watch: boolean
  readonly logLevel: Settings['logLevel']
  readonly logFormat: Settings['logFormat']
}

/**
 * Merges flags and variables. `terminal`: somebody is looking at the output.
 *
 * @throws OptionError naming the flag or the variable whose value is not acceptable
 */
export function settingsOf(
  { given }: Arguments,
  environment: Environment,
  terminal: boolean,
): CommandSettings {
  const labels = new Map<OptionName, string>()
  const overruled = overruledBy(given, environment)
  const read = <Name extends OptionName>(name: Name): Settings[Name] | undefined => {
    const found = given.get(name) ?? fromEnvironment(name, environment)
    if (found !== undefined && !given.has(name) && overruled.includes(name)) return undefined
    if (found === undefined) return undefined
    labels.set(name, found.label)
    return parseOption(name, found.text, found.label)
  }
  const quiet = read('quiet') ?? OPTIONS.quiet.default
  const check = read('check') ?? OPTIONS.check.default
  const watch = read('watch') ?? OPTIONS.watch.default
  if (check && watch) {
    throw new OptionError('--watch', '--check ends by itself, so there is nothing to --watch')
  }
  const env = read('env') ?? (terminal ? 'development' : 'production')
  const logLevel = read('logLevel') ?? (quiet ? 'warn' : OPTIONS.logLevel.default)
  const logFormat = read('logFormat') ?? OPTIONS.logFormat.default
  const entries = serverOptionNames().map((name) => [name, read(name)] as const)
  const accessLog = read('accessLog') ?? (quiet ? false : undefined)
  const where = read('listen')
  const nobodySays = WHERE.every((name) => !labels.has(name))
  const server: ServerOptions = {
    ...Object.fromEntries(entries),
    listen: where === undefined ? undefined : OPTIONS.listen.show(where),
    ...(nobodySays && isActivated(environment, process.pid) && { listen: 'systemd' }),
    env,
    logLevel,
    accessLog,
  }
  resolveOptions(server, (name) => labels.get(name) ?? flagOf(name))
  return { server, env, quiet, check, watch, logLevel, logFormat }
}

/** Options that say where to listen. */
const WHERE = ['port', 'host', 'socket', 'listen'] as const satisfies readonly OptionName[]

/** Whether systemd has handed sockets to this very process (`sd_listen_fds`). */
export const isActivated = ({ LISTEN_PID, LISTEN_FDS }: Environment, pid: number): boolean =>
  LISTEN_PID === String(pid) && Number(LISTEN_FDS) > 0

/**
 * Whoever says more clearly where to listen is heard alone: a flag before the variables that say it in
 * another way, and ours before PORT, which platforms set for everybody.
 */
function overruledBy(given: Arguments['given'], environment: Environment): readonly OptionName[] {
  if (given.has('listen')) return ['port', 'host', 'socket']
  if (given.has('socket')) return ['port', 'host', 'listen']
  if (given.has('port') || given.has('host')) return ['socket', 'listen']
  const { PAGI_LISTEN = '', PAGI_SOCKET = '', PAGI_PORT = '' } = environment
  return PAGI_LISTEN + PAGI_SOCKET !== '' && PAGI_PORT === '' ? ['port'] : []
}

function fromEnvironment(name: OptionName, environment: Environment): Given | undefined {
  for (const label of variablesOf(name)) {
    const text = environment[label]
    // An empty variable is one that is not set.
    if (text === undefined || text === '') continue
    // Others than us read NODE_ENV, and know words that we do not: test, staging.
    if (label === 'NODE_ENV' && OPTIONS[name].parse(text) === undefined) continue
    return { text, label }
  }
  return undefined
}
