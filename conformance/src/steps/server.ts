/** The steps that are about the server process. */

import type { ServerStep } from '../case.ts'
import type { Context } from '../context.ts'
import { CaseFailure, Skip, SuiteError } from '../failure.ts'
import { mismatch } from '../match.ts'
import { ServerProcess } from '../server-process.ts'
import type { Target } from '../target.ts'

type Handler = (step: ServerStep, context: Context, target: Target) => Promise<void>

export async function serverStep(
  step: ServerStep,
  context: Context,
  target: Target,
): Promise<void> {
  const handler = HANDLERS[step.server]
  if (handler === undefined) throw new SuiteError(`no server step ${step.server}`)
  await handler(step, context, target)
}

/** The lines of the log since the case began. */
function logLines(
  context: Context,
  target: Target,
  upTo?: number,
): readonly Record<string, string>[] {
  const { log } = target
  if (log === undefined) throw new Skip('the target does not say how its log reads')
  return context.server.output
    .slice(context.outputBefore, upTo)
    .split('\n')
    .map((line) => log.pattern.exec(line)?.groups)
    .filter((groups) => groups !== undefined)
    .map((groups) => ({
      ...groups,
      level: log.levels[groups['level'] ?? ''] ?? groups['level'] ?? '',
    }))
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  async serves(_step, context) {
    await context.roundTrip()
  },

  async log(step, context, target) {
    await context.until(
      () =>
        logLines(context, target).find(
          (line) => mismatch(line, step.match ?? {}, context.saved) === undefined,
        ),
      `log line ${JSON.stringify(step.match)}`,
    )
  },

  async unlogged(step, context, target) {
    await context.roundTrip()
    const upTo = await context.logMark()
    const line = logLines(context, target, upTo).find(
      (one) => mismatch(one, step.match ?? {}, context.saved) === undefined,
    )
    if (line !== undefined) throw new CaseFailure(`the log has ${JSON.stringify(line)}`)
  },

  async ready(_step, context, target) {
    await context.server.ready(target.startTimeout)
  },

  async starting(_step, context) {
    if (context.server.exit !== undefined) throw new CaseFailure(context.server.describeExit())
    if (!(await context.server.accepts())) return
    // Accepted by the system, perhaps; but nothing of it reaches the application.
    const early = context.sendEarly()
    for (const call of context.calls.values()) await context.ping(call)
    if (early.unread.length > 0) {
      throw new CaseFailure('the server serves before lifespan.startup was answered')
    }
  },

  async stop(step, context) {
    context.server.signal(signalOf(step.signal ?? 'SIGTERM'))
  },

  async refuses(_step, context) {
    const limit = performance.now() + context.timeout
    while (await context.server.accepts()) {
      if (context.server.exit !== undefined) return
      if (performance.now() > limit) {
        throw new CaseFailure(`the server still accepts connections after ${context.timeout} ms`)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  },

  async runs(step, context) {
    const { server } = context
    try {
      await context.until(() => server.exit, 'end', step.ms ?? 0)
    } catch {
      return
    }
    throw new CaseFailure(server.describeExit())
  },

  async exit(step, context) {
    // A process may wait for the connections of its probes; those of finished calls are done.
    for (const call of context.calls.values()) if (call.returned) call.drop()
    const exit = await context.server.ended(context.timeout)
    const { code } = step
    if (code === undefined) return
    const fault = mismatch(exit.code, code, context.saved)
    if (fault !== undefined) {
      throw new CaseFailure(`exit code: ${fault}; ${context.server.describeExit()}`)
    }
  },

  async again(_step, context, target) {
    if (context.server.exit === undefined) throw new SuiteError('the process has not ended')
    const settings = context.case.server ?? {}
    const { control, watch } = context
    context.server = await ServerProcess.start(target, settings, control.address, watch)
    context.outputBefore = 0
    for (const { wire } of context.clients.values()) wire.destroy()
    context.clients.clear()
    if (settings.lifespan !== 'manual') await context.server.ready(target.startTimeout)
  },

  async output(step, context) {
    await context.until(
      () =>
        mismatch(context.server.output.slice(), step.match ?? '', context.saved) === undefined ||
        undefined,
      `output ${JSON.stringify(step.match)}`,
    )
  },
}

function signalOf(name: string): NodeJS.Signals {
  if (name === 'SIGTERM' || name === 'SIGINT' || name === 'SIGHUP' || name === 'SIGKILL')
    return name
  throw new SuiteError(`no signal ${name}`)
}
