/** The steps of the application's end. */

import type { AppStep, Json } from '../case.ts'
import type { Context } from '../context.ts'
import type { AppCall } from '../app-call.ts'
import { CaseFailure, SuiteError } from '../failure.ts'
import { mismatch, show } from '../match.ts'
import { formOfBytes, isObject, textOf, toBytes } from '../values.ts'
import { callOf, commandOf, name } from './command.ts'
import { answer, judge } from './judge.ts'

type Handler = (step: AppStep, context: Context) => Promise<void>

export async function appStep(step: AppStep, context: Context): Promise<void> {
  const handler = HANDLERS[step.app]
  if (handler === undefined) throw new SuiteError(`no application step ${step.app}`)
  await handler(step, context)
}

/** A command whose answer is waited for, unless the step has a name of its own for it. */
const simple: Handler = async (step, context) => {
  const call = callOf(step, context)
  const command = commandOf(step, call, context)
  call.command(command)
  if (step.as !== undefined) return
  // A process that ends with its application call may not get to say that it has.
  if (step.app === 'return' || step.app === 'throw') {
    await context.until(
      () => (call.answer(command.id) !== undefined || call.closed ? true : undefined),
      'answer of the probe',
    )
    return
  }
  const what = described(step)
  judge(step, await answer(context, call, command.id, what), context, what)
}

/** The same, for steps whose `of` names a step and not a call. */
const aboutStep: Handler = async (step, context) => {
  const { call } = context.begunBy(name(step.of))
  const command = commandOf(step, call, context)
  call.command(command)
  judge(step, await answer(context, call, command.id, step.app), context, step.app)
}

function described(step: AppStep): string {
  const type = isObject(step.event) ? step.event['type'] : undefined
  return typeof type === 'string' ? `${step.app} of ${type}` : step.app
}

async function receiveBody(step: AppStep, context: Context): Promise<void> {
  const call = callOf(step, context)
  const pieces: Buffer[] = []
  for (;;) {
    const report = await answer(context, call, call.begin({ do: 'receive' }), 'receive')
    const event = report.ok
    if (!isObject(event) || !/^(http|sse)\.request$/.test(textOf(event['type']))) {
      throw new CaseFailure(`receive gave ${show(report.error ?? event)} within the body`)
    }
    const { body } = event
    const bytes = isObject(body) ? formOfBytes(body) : undefined
    if (bytes === undefined) throw new CaseFailure(`body of ${show(event)} is no byte array`)
    pieces.push(bytes)
    if (event['more'] === true || event['more'] === 1) continue
    const whole = Buffer.concat(pieces)
    const wanted = step.body ?? ''
    const special = isObject(wanted) && formOfBytes(wanted) === undefined
    const fault = special
      ? mismatch(whole, wanted, context.saved)
      : whole.equals(toBytes(wanted))
        ? undefined
        : (mismatch(whole, wanted, context.saved) ?? `got ${show(whole)}`)
    if (fault !== undefined) throw new CaseFailure(`the body received: ${fault}`)
    context.check(step, event, 'the last event of the body')
    return
  }
}

/** Everything there is to receive, up to the event that tells of the end. */
async function receiveAll(step: AppStep, context: Context): Promise<void> {
  const call = callOf(step, context)
  const events: unknown[] = []
  for (;;) {
    const report = await answer(context, call, call.begin({ do: 'receive' }), 'receive')
    if (report.error !== undefined) throw new CaseFailure(`receive rejected: ${show(report.error)}`)
    events.push(report.ok)
    const type = isObject(report.ok) ? textOf(report.ok['type']) : ''
    if (type.endsWith('.disconnect')) break
  }
  context.check(step, events, 'the events')
}

/** Asks again and again until the numbers match; each question gives the process a turn. */
const numbers: Handler = async (step, context) => {
  const call = callOf(step, context)
  if (step.as !== undefined || step.until !== true) {
    await simple(step, context)
    return
  }
  const limit = performance.now() + context.timeout
  for (;;) {
    const report = await answer(context, call, call.begin({ do: step.app }), step.app)
    const fault = mismatch(report.ok, step.match ?? null, context.saved)
    if (fault === undefined) {
      context.check(step, report.ok, step.app)
      return
    }
    if (performance.now() > limit) {
      throw new CaseFailure(`${step.app} did not come to match: ${fault}`)
    }
    await context.ping(call)
  }
}

/** When something with a name happened, by the probe's own count. */
function moment(context: Context, of: string): { readonly call: AppCall; readonly n: number } {
  const { call, id } = context.begunBy(of)
  const report = call.calls(id)[0] ?? call.answer(id)
  if (report === undefined) throw new CaseFailure(`${of} has not happened`)
  return { call, n: report.n }
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  async scope(step, context) {
    // A call for the lifespan is waited for from the start of the process on.
    const life = isObject(step.match) && step.match['type'] === 'lifespan'
    const call = await context.until(
      () => {
        const index = context.waiting.findIndex((one) => context.owns(one))
        return index === -1 ? undefined : context.waiting.splice(index, 1)[0]
      },
      'call of the application',
      life ? Math.max(context.timeout, context.startTimeout) : context.timeout,
    )
    const named = step.as ?? 'app'
    context.calls.set(named, call)
    context.currentApp = named
    call.trace = (direction, line) => {
      context.transcript.note(`${named} ${direction === 'out' ? '→' : '←'}`, line)
    }
    call.trace('in', JSON.stringify({ scope: call.introduction.scope }))
    context.checkScopeNeeds(call)
    context.check(step, call.introduction.scope, 'the scope')
    if (step.process !== undefined) {
      const { pid } = context.call(step.process).introduction
      if (call.introduction.pid !== pid) {
        throw new CaseFailure(`it runs in another process than ${step.process}`)
      }
    }
    if (step.facts !== undefined) {
      const fault = mismatch(call.introduction.facts, step.facts, context.saved)
      if (fault !== undefined) throw new CaseFailure(`the facts at the call: ${fault}`)
    }
  },

  async receive(step, context) {
    if (step.all === true) await receiveAll(step, context)
    else await (step.body === undefined ? simple : receiveBody)(step, context)
  },

  send: simple,
  facts: numbers,
  transport: numbers,
  members: simple,
  abort: simple,
  return: simple,
  throw: simple,
  state: simple,
  open: simple,
  handle: simple,
  close: simple,
  stall: simple,
  off: aboutStep,
  withdraw: aboutStep,
  overwrite: aboutStep,

  async now(step, context) {
    const call = callOf(step, context)
    const report = await answer(context, call, call.begin({ do: 'scope' }), 'scope')
    context.check(step, report.ok, 'the scope now')
  },

  async on(step, context) {
    const call = context.call(step.in ?? (typeof step.of === 'string' ? step.of : undefined))
    const command = commandOf(step, call, context)
    call.command(command)
    judge(step, await answer(context, call, command.id, 'on'), context, 'on')
  },

  async wait(step, context) {
    const call = callOf(step, context)
    call.command(commandOf(step, call, context))
  },

  async settled(step, context) {
    const of = name(step.of)
    const { call, id } = context.begunBy(of)
    const report = await answer(context, call, id, of)
    if (step.thrown === true && report.error?.['thrown'] !== true) {
      throw new CaseFailure(`${of} did not fail synchronously`)
    }
    judge(step, report, context, of)
  },

  async pending(step, context) {
    const of = name(step.of)
    const { call, id } = context.begunBy(of)
    // Where the process has ended, nothing can settle any more.
    if (context.server.exit === undefined) await context.ping(call)
    else await context.until(() => call.closed || undefined, 'end of the connection of the probe')
    const report = call.answer(id)
    if (report !== undefined) throw new CaseFailure(`${of} has settled: ${show(report)}`)
  },

  async called(step, context) {
    const of = name(step.of)
    const { call, id } = context.begunBy(of)
    const { args, facts, during, times = 1 } = step
    const what = `call ${times > 1 ? `${times} ` : ''}of the callback ${of}`
    const report = await context.until(() => call.calls(id)[times - 1], what)
    const fault =
      (args === undefined
        ? undefined
        : mismatch(padded(report.args, trimmed(args).length), [...trimmed(args)], context.saved)) ??
      (facts === undefined ? undefined : mismatch(report.facts, facts, context.saved))
    if (fault !== undefined) throw new CaseFailure(`the callback ${of}: ${fault}`)
    if (during === undefined) return
    const within = during === null ? null : context.begunBy(during).id
    if (report.during !== within) {
      throw new CaseFailure(
        `the callback ${of} ran inside command ${show(report.during)}, expected ${show(within)}`,
      )
    }
  },

  async uncalled(step, context) {
    const of = name(step.of)
    const { call, id } = context.begunBy(of)
    await context.ping(call)
    if (call.calls(id).length > 0) throw new CaseFailure(`the callback ${of} was called`)
  },

  async once(step, context) {
    const of = name(step.of)
    const { call, id } = context.begunBy(of)
    await context.ping(call)
    const times = call.calls(id).length
    if (times !== (step.times ?? 1))
      throw new CaseFailure(`the callback ${of} was called ${times} times`)
  },

  async batch(step, context) {
    const call = callOf(step, context)
    call.command((step.do ?? []).map((inner) => commandOf(inner, call, context)))
  },

  async order(step, context) {
    const names = Array.isArray(step.of) ? step.of.map(String) : []
    const moments = names.map((of) => ({ of, ...moment(context, of) }))
    for (const [index, after] of moments.entries()) {
      const before = moments[index - 1]
      if (before !== undefined && before.call === after.call && before.n > after.n) {
        throw new CaseFailure(`${after.of} happened before ${before.of}`)
      }
    }
  },

  async none(_step, context) {
    await context.roundTrip()
    const call = context.waiting.find((one) => context.owns(one))
    if (call !== undefined) {
      throw new CaseFailure(`the application was called: ${show(call.introduction.scope)}`)
    }
  },

  async gone(step, context) {
    const call = callOf(step, context)
    if (!call.returned) call.begin({ do: 'return' })
    await context.ping(call)
    await context.roundTrip()
  },
}

/** Arguments without those at the end that are no value. */
function trimmed(args: Json | undefined): readonly Json[] {
  const all: readonly Json[] = Array.isArray(args) ? args : []
  const last = all.findLastIndex(
    (value) => value !== null && !(isObject(value) && value['$undefined'] === true),
  )
  return all.slice(0, last + 1)
}

/** As many arguments as there are matches for; what was not given is no value. */
function padded(args: Json | undefined, length: number): readonly Json[] {
  const given = trimmed(args)
  return [...given, ...Array.from({ length: length - given.length }, () => null)]
}
