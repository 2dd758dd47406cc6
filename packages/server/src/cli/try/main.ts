/** `pagi-server fetch|sse|ws`: an application answers in memory, by the rules of the server. */

import { createInterface } from 'node:readline'
import { MemoryDispatcher } from '@pagi/core/memory'
import { leveledLog } from '../../log.ts'
import { resolveOptions } from '../../options.ts'
import { Service } from '../../service.ts'
import { parseArguments } from '../args.ts'
import { EXIT, startupFailure } from '../failure.ts'
import { Life } from '../life.ts'
import { loadApplication } from '../load.ts'
import { commandLogger, print, printFailure } from '../output.ts'
import { NO_SOCKETS, Rehearsal } from '../rehearsal.ts'
import { settingsOf } from '../settings.ts'
import type { CommandSettings } from '../settings.ts'
import { readTry } from './arguments.ts'
import type { TryCommand, TryRequest } from './arguments.ts'
import { PrintedResponse } from './response.ts'
import type { Outcome } from './response.ts'
import { PrintedSession } from './session.ts'
import { TRY_HELP } from './usage.ts'

/** As curl says with `--fail`. */
const ERROR_STATUS = 22

/** Runs the command, whose name is not among the arguments any more. Sets the exit code. */
export async function tryApplication(command: TryCommand, argv: readonly string[]): Promise<void> {
  let plan: { readonly request: TryRequest; readonly settings: CommandSettings }
  try {
    const request = readTry(command, argv)
    if (request === 'help') return print(TRY_HELP)
    const given = parseArguments([
      ...(request.env === undefined ? [] : ['--env', request.env]),
      ...(request.lint ? [] : ['--no-lint']),
    ])
    // What it prints is the answer: no word of ours but warnings, on the other output.
    const settings = settingsOf(
      given,
      { PAGI_LOG_LEVEL: 'warn', ...process.env },
      process.stdout.isTTY,
    )
    plan = { request, settings }
  } catch (error) {
    const { code, text } = startupFailure(error)
    printFailure(text)
    process.exitCode = code
    return
  }
  const { request, settings } = plan
  const server = { ...settings.server, accessLog: false }
  const options = resolveOptions(server)
  const logger = commandLogger()
  const life = new Life(leveledLog(logger, settings.logLevel), options.shutdownTimeout)
  process.env['PAGI_ENV'] = settings.env
  try {
    const { app: argument, appOptions } = request
    const app = await loadApplication({ argument, cwd: process.cwd(), appOptions })
    const service = new Service(app, { ...server, logger }, () => NO_SOCKETS)
    const rehearsal = new Rehearsal(service)
    life.starting(rehearsal)
    await rehearsal.startup()
    if (!life.serving(rehearsal)) return
    life.finish(await ask(service, request, rehearsal))
  } catch (error) {
    const { code, text } = startupFailure(error)
    printFailure(text)
    life.end(code)
  }
}

/** Asks once. @returns the exit code */
async function ask(service: Service, request: TryRequest, rehearsal: Rehearsal): Promise<number> {
  const { app, options, dispatcher } = service
  const memory = new MemoryDispatcher({
    settings: dispatcher.settings,
    base: dispatcher.base,
    state: () => service.state,
    headLimits: dispatcher.headLimits,
    maxPayload: options.wsMaxPayload,
  })
  const { method, target, rawHeaders } = request
  const head = { method, target, httpVersion: '1.1', rawHeaders }
  const peers = { client: undefined, server: undefined, secure: false }
  let client: { take(): void } | undefined
  const changed = (): void => client?.take()
  // Who reads our output may leave: `pagi-server sse app.ts | head -1`.
  process.stdout.on('error', () => rehearsal.leaving())
  if (request.command === 'ws') {
    const session = memory.upgrade(app, head, { peers, changed })
    const printed = new PrintedSession(session.port, process.stdout, request, () =>
      createInterface({ input: process.stdin }),
    )
    client = { take: () => takeAll(session.port.commands, (command) => printed.take(command)) }
    rehearsal.leaving = () => printed.leave()
    changed()
    const outcome = await printed.over
    await service.within(options.shutdownTimeout, session.settled)
    if (outcome.kind === 'refused') return exitCode(outcome.outcome)
    if (outcome.well) return EXIT.clean
    printFailure(`the WebSocket was closed with ${outcome.code} ${outcome.reason}`.trimEnd())
    return EXIT.runtime
  }
  const exchange = memory.request(app, head, { peers, changed })
  const printed = new PrintedResponse(exchange.port, process.stdout, request)
  client = { take: () => takeAll(exchange.port.commands, (command) => printed.take(command)) }
  rehearsal.leaving = () => printed.leave()
  if (request.body.byteLength > 0) exchange.port.write(request.body)
  exchange.port.endBody()
  changed()
  const outcome = await printed.over
  await service.within(options.shutdownTimeout, exchange.settled)
  return exitCode(outcome)
}

function takeAll<Command>(commands: Command[], take: (command: Command) => void): void {
  for (const command of commands.splice(0)) take(command)
}

function exitCode({ status, complete }: Outcome): number {
  if (status >= 400) return ERROR_STATUS
  if (complete) return EXIT.clean
  printFailure('the response did not come to its end')
  return EXIT.runtime
}
