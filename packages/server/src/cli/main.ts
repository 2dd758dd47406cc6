/** The command `pagi-server`: from its arguments to a process that serves. */

import { leveledLog } from '../log.ts'
import { resolveOptions } from '../options.ts'
import type { ServerAddress } from '../node/listener.ts'
import { urlOf } from '../url.ts'
import { parseArguments } from './args.ts'
import type { Arguments } from './args.ts'
import { startupFailure } from './failure.ts'
import { Life } from './life.ts'
import { loadApplication } from './load.ts'
import { commandLogger, print, printFailure, useLogFormat } from './output.ts'
import { isActivated, settingsOf } from './settings.ts'
import type { CommandSettings } from './settings.ts'
import { WATCHED } from './watch-messages.ts'
import { helpText, version, versionText } from './usage.ts'

/** Runs the command. Sets the exit code when it does not come to serve. */
export async function main(argv: readonly string[]): Promise<void> {
  const [first, ...rest] = argv
  if (first === 'fetch' || first === 'sse' || first === 'ws') {
    const { tryApplication } = await import('./try/main.ts')
    return await tryApplication(first, rest)
  }
  let plan: { readonly args: Arguments; readonly settings: CommandSettings }
  try {
    const args = parseArguments(argv)
    if (args.given.has('help')) return print(helpText())
    if (args.given.has('version')) return print(versionText())
    plan = { args, settings: settingsOf(args, process.env, process.stdout.isTTY) }
  } catch (error) {
    const { code, text } = startupFailure(error)
    printFailure(text)
    process.exitCode = code
    return
  }
  const { args, settings } = plan
  if (settings.watch) {
    const { watchAndServe } = await import('./watch.ts')
    return watchAndServe(args, argv)
  }
  await run(args, settings)
}

async function run(args: Arguments, settings: CommandSettings): Promise<void> {
  useLogFormat(settings.logFormat)
  const logger = commandLogger()
  const options = resolveOptions(settings.server)
  const log = leveledLog(logger, settings.logLevel)
  const life = new Life(log, options.shutdownTimeout)
  const watched = takeWatched(process.env)
  process.env['PAGI_ENV'] = settings.env
  try {
    const app = await loadApplication({
      argument: args.app,
      cwd: process.cwd(),
      appOptions: args.appOptions,
    })
    if (settings.check) {
      const { check } = await import('./check.ts')
      return await check(app, settings, life)
    }
    const tellServing = watched ? await (await import('./watched.ts')).whenTold(life) : undefined
    const { createServer } = await import('../server.ts')
    if (
      isActivated(process.env, process.pid) &&
      !options.listen.some(({ kind }) => kind === 'systemd' || kind === 'fd')
    )
      log.warn('systemd has handed over sockets, which nobody listens on: see --listen systemd')
    const server = createServer(app, { ...settings.server, logger })
    process.on('SIGUSR1', () => void server.reopenAccessLog())
    life.starting(server)
    await server.listen()
    if (!life.serving(server)) return
    tellServing?.()
    if (!settings.quiet) print(banner(server.addresses(), settings))
  } catch (error) {
    const { code, text } = startupFailure(error, options.listen)
    printFailure(text)
    life.end(code)
  }
}

/** The process that `--watch` has started knows it by a variable, which goes no further. */
function takeWatched(environment: NodeJS.ProcessEnv): boolean {
  const watched = environment[WATCHED] !== undefined && process.send !== undefined
  delete environment[WATCHED]
  return watched
}

function banner(addresses: readonly ServerAddress[], { env }: CommandSettings): string {
  return `pagi-server ${version()}: ${addresses.map(reachedAt).join(', ')} (${env})`
}

function reachedAt(address: ServerAddress): string {
  const everywhere = address.host === '0.0.0.0' || address.host === '::'
  return everywhere ? `${urlOf(address)} on every interface` : urlOf(address)
}
