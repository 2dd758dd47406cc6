/** The command `pagi-server`: from its arguments to a process that serves. */

import { OPTIONS } from '../options/table.ts'
import { leveledLog } from '../log.ts'
import { resolveOptions } from '../options.ts'
import type { Server } from '../server.ts'
import { parseArguments } from './args.ts'
import type { Arguments } from './args.ts'
import { startupFailure } from './failure.ts'
import { Life } from './life.ts'
import { loadApplication } from './load.ts'
import { commandLogger, print, printFailure, useLogFormat } from './output.ts'
import { settingsOf } from './settings.ts'
import type { CommandSettings } from './settings.ts'
import { helpText, version, versionText } from './usage.ts'

/** Runs the command. Sets the exit code when it does not come to serve. */
export async function main(argv: readonly string[]): Promise<void> {
  let plan: { readonly args: Arguments; readonly settings: CommandSettings }
  try {
    const args = parseArguments(argv)
    if (args.given.has('help')) return print(helpText())
    if (args.given.has('version')) return print(versionText())
    plan = { args, settings: settingsOf(args, process.env, process.stdout.isTTY) }
  } catch (error) {
    const { code, text } = startupFailure(error, DEFAULTS)
    printFailure(text)
    process.exitCode = code
    return
  }
  await run(plan.args, plan.settings)
}

const DEFAULTS = { host: OPTIONS.host.default, port: OPTIONS.port.default }

async function run(args: Arguments, settings: CommandSettings): Promise<void> {
  useLogFormat(settings.logFormat)
  const logger = commandLogger()
  const options = resolveOptions(settings.server)
  const life = new Life(leveledLog(logger, settings.logLevel), options.shutdownTimeout)
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
    const { createServer } = await import('../server.ts')
    const server = createServer(app, { ...settings.server, logger })
    process.on('SIGUSR1', () => void server.reopenAccessLog())
    life.starting(server)
    await server.listen()
    if (life.serving(server) && !settings.quiet) print(banner(server, settings, options.host))
  } catch (error) {
    const { code, text } = startupFailure(error, options)
    printFailure(text)
    life.end(code)
  }
}

function banner({ url }: Server, { env }: CommandSettings, host: string): string {
  const where = host === '0.0.0.0' || host === '::' ? `${url} on every interface` : url
  return `pagi-server ${version()}: ${where} (${env})`
}
