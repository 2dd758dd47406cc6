/** What PROTOCOL.md says, tried on a probe that a host calls: host.mjs and host.pl. */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { AppCall, Report } from '../../src/app-call.ts'
import type { Json, JsonObject } from '../../src/case.ts'
import { ControlServer } from '../../src/control.ts'
import { Watch } from '../../src/watch.ts'

const BOUND = 10_000
const bytes = (text: string): JsonObject => ({ $bytes: Buffer.from(text).toString('base64') })
const object = { $object: expect.any(Number) }

/** One call of the probe, spoken to command by command. */
class Speaker {
  readonly call: AppCall
  readonly #watch: Watch

  constructor(call: AppCall, watch: Watch) {
    this.call = call
    this.#watch = watch
  }

  get features(): readonly string[] {
    const { features } = this.call.introduction.probe
    return Array.isArray(features) ? features.map(String) : []
  }

  async answer(id: number): Promise<Report> {
    return await this.#watch.until(() => this.call.answer(id), `answer to command ${id}`, BOUND)
  }

  async called(id: number): Promise<Report> {
    return await this.#watch.until(() => this.call.calls(id)[0], `call of callback ${id}`, BOUND)
  }

  async ask(command: JsonObject): Promise<Report> {
    return await this.answer(this.call.begin(command))
  }

  /** The answer of a command that succeeds. */
  async get(command: JsonObject): Promise<Json | undefined> {
    const { ok, error } = await this.ask(command)
    expect(error, JSON.stringify(command)).toBeUndefined()
    return ok
  }

  /** What the host echoes is what it was sent. */
  async roundTrip(event: JsonObject, back: JsonObject = event): Promise<void> {
    expect(await this.get({ do: 'send', event: { type: 'echo', ...event } })).toBeNull()
    expect(await this.get({ do: 'receive' })).toEqual({ type: 'echo', ...back })
  }
}

/**
 * Starts the host, and holds the whole conversation with its probe.
 *
 * @param command the host and its probe
 * @param binding the binding the probe says that it speaks
 * @returns the commands it was given
 */
export async function converse(
  command: readonly string[],
  binding: string,
): Promise<readonly string[]> {
  const watch = new Watch()
  const control = await ControlServer.listen(watch)
  const calls: AppCall[] = []
  const lines: string[] = []
  control.onCall = (call) => {
    call.trace = (direction, line) => {
      if (direction === 'out') lines.push(line)
    }
    calls.push(call)
  }
  const [program = '', ...args] = command
  const host = spawn(program, args, {
    env: { ...process.env, PAGI_PROBE: control.address },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  host.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    watch.notify()
  })
  host.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  host.on('close', (code) => {
    watch.fault = () => `the host ended with ${code}: ${output}${errors}`
    watch.notify()
  })
  const ended = new Promise((resolve) => host.on('close', resolve))
  const printed = async (text: string): Promise<void> => {
    await watch.until(() => output.includes(`${text}\n`) || undefined, text, BOUND)
  }
  const next = async (): Promise<Speaker> => {
    const call = await watch.until(() => calls.shift(), 'call of the probe', BOUND)
    return new Speaker(call, watch)
  }
  const folder = mkdtempSync(join(tmpdir(), 'pagi-probe-'))
  try {
    await printed('throw: failed the probe fails at once')
    await printed('return: returned nothing')

    const first = await next()
    expect(first.call.introduction).toMatchObject({ pid: host.pid, call: 3 })
    expect(first.call.introduction.probe).toMatchObject({ protocol: 1, binding })
    await readsTheScope(first)
    await sendsAndReceives(first)
    await registersCallbacks(first)
    await opensHandles(first, folder)
    await cancels(first)
    await ends(first)
    expect(await first.get({ do: 'return', value: 'a value' })).toBeNull()
    await printed('first: returned a value')
    // The connection stays.
    expect(await first.get({ do: 'ping' })).toBeNull()
    expect(numbersOf(first.call)).toEqual(first.call.reports.map((_, index) => index + 1))
    first.call.drop()

    const second = await next()
    expect(second.call.introduction).toMatchObject({ call: 4, facts: undefined })
    expect(await second.get({ do: 'facts' })).toBeNull()
    expect(await second.get({ do: 'transport' })).toBeNull()
    expect(await second.get({ do: 'throw', message: 'it broke' })).toBeNull()
    await printed('second: failed it broke')
    second.call.drop()

    // A driver that leaves ends the call.
    const third = await next()
    third.call.drop()
    await printed('third: returned nothing')
    await watch.until(() => third.call.closed || undefined, 'end of the connection', BOUND)
    expect(control.fault).toBeUndefined()
    expect(errors).toBe('')
    return namesIn(lines.join('\n'), /"do":"([a-z]+)"/g)
  } finally {
    watch.fault = () => undefined
    host.stdin.end()
    await ended
    await control.close()
    rmSync(folder, { recursive: true })
  }
}

/** What the group of a pattern matches in a text: each once, in alphabetical order. */
export function namesIn(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].toSorted()
}

function numbersOf(call: AppCall): readonly number[] {
  return call.reports.map(({ n }) => n)
}

const FACTS = { isConnected: true, responseStarted: false, responseComplete: false }

async function readsTheScope(probe: Speaker): Promise<void> {
  const { scope, facts } = probe.call.introduction
  expect(scope).toEqual({
    type: 'http',
    path: '/é€',
    method: 'POST',
    headers: [
      ['x-a', 'é'],
      ['content-length', '5'],
    ],
    client: ['127.0.0.1', 4711],
    extensions: {},
    state: object,
    'pagi.connection': object,
    'pagi.transport': object,
  })
  expect(facts).toEqual(FACTS)
  // The same numbers for the same objects.
  expect(await probe.get({ do: 'scope' })).toEqual(scope)
  const report = await probe.ask({ do: 'facts' })
  expect(report.ok).toEqual(FACTS)
  expect(report.facts).toEqual(FACTS)
  expect(await probe.get({ do: 'transport' })).toMatchObject({
    bufferedAmount: 3,
    highWaterMark: 65_536,
  })
  const members = await probe.get({ do: 'members' })
  expect(Object.keys(members ?? {}).toSorted()).toEqual(
    'abort closeCode closeReason disconnectDetail disconnectReason disconnected ended isConnected onComplete onDisconnect onEnd responseComplete responseStarted signal'.split(
      ' ',
    ),
  )
  expect(members).toMatchObject({ abort: 'function', onEnd: 'function' })
  expect(await probe.get({ do: 'state', set: { b: 'c' } })).toEqual({ a: 1, b: 'c' })
  expect(await probe.get({ do: 'state', delete: ['a'], set: { d: {} } })).toEqual({ b: 'c', d: {} })
  const put = { key: 'd', field: 'e', value: 'f' }
  expect(await probe.get({ do: 'state', put })).toEqual({ b: 'c', d: { e: 'f' } })
  expect(await probe.get({ do: 'stall', ms: 5 })).toBeNull()
}

async function sendsAndReceives(probe: Speaker): Promise<void> {
  await probe.roundTrip({ text: 'aé€😀', list: ['a', ['b']], map: { c: 'd' } })
  await probe.roundTrip({ body: bytes('\u0000ÿ') })
  await probe.roundTrip({ body: { $repeat: 'é', times: 3 } }, { body: bytes('ééé') })
  await probe.roundTrip({ text: { $string: 'é', times: 3 } }, { text: 'ééé' })
  await probe.roundTrip({ code: 1000 })
  await probe.roundTrip({ text: 'there', gone: { $undefined: true } }, { text: 'there' })

  const rejected = await probe.ask({ do: 'send', event: { type: 'reject' } })
  expect(rejected.error).toMatchObject({
    name: expect.any(String),
    message: expect.stringContaining('not this'),
  })
  expect(rejected.error).not.toHaveProperty('thrown')
  if (probe.features.includes('thrown')) {
    const thrown = await probe.ask({ do: 'send', event: { type: 'throw' } })
    expect(thrown.error).toMatchObject({
      message: expect.stringContaining('at once'),
      thrown: true,
    })
  }

  // Begun in one go, in their order; each gets an answer when it is there.
  const pending = probe.call.begin({ do: 'receive' })
  const [hold, release] = [probe.call.next(), probe.call.next()]
  probe.call.command([
    { id: hold, do: 'send', event: { type: 'hold', text: 'later', body: bytes('abc') } },
    { id: release, do: 'facts' },
  ])
  expect((await probe.answer(release)).ok).toEqual(FACTS)
  expect(await probe.get({ do: 'ping' })).toBeNull()
  expect(probe.call.answer(hold)).toBeUndefined()
  if (probe.features.includes('overwrite')) {
    expect(await probe.get({ do: 'overwrite', of: hold })).toBeNull()
  }
  expect(await probe.get({ do: 'send', event: { type: 'release' } })).toBeNull()
  const body = probe.features.includes('overwrite') ? bytes('!!!') : bytes('abc')
  expect((await probe.answer(pending)).ok).toEqual({ type: 'hold', text: 'later', body })
  expect((await probe.answer(hold)).ok).toBeNull()

  const nothing = await probe.ask({ do: 'no-such-command' })
  expect(nothing.error).toMatchObject({ code: 'PROBE_UNKNOWN' })
  const kind = await probe.ask({ do: 'open', name: 'x', kind: 'no-such-kind' })
  expect(kind.error).toMatchObject({ code: 'PROBE_UNKNOWN' })
}

/** The field of a callback that names what it runs; written out, it would make a thenable. */
function running(commands: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(['then'].map((field) => [field, [...commands]]))
}

async function registersCallbacks(probe: Speaker): Promise<void> {
  const inner = probe.call.next()
  const callback = probe.call.begin({
    do: 'on',
    event: 'highWater',
    fails: true,
    ...running([{ id: inner, do: 'facts' }]),
  })
  expect((await probe.answer(callback)).ok).toBeNull()
  const other = probe.call.begin({ do: 'on', event: 'highWater' })
  const high = probe.call.begin({ do: 'send', event: { type: 'high' } })
  expect(await probe.called(callback)).toMatchObject({ args: [], during: high, facts: FACTS })
  // What it runs is answered, and that it fails harms nobody.
  expect((await probe.answer(inner)).ok).toEqual(FACTS)
  await probe.called(other)
  expect((await probe.answer(high)).ok).toBeNull()
  expect(await probe.get({ do: 'off', of: callback })).toBeNull()
  expect(await probe.get({ do: 'send', event: { type: 'high' } })).toBeNull()
  expect(probe.call.calls(callback)).toHaveLength(1)
  expect(probe.call.calls(other)).toHaveLength(2)
}

async function opensHandles(probe: Speaker, folder: string): Promise<void> {
  const path = join(folder, 'file')
  writeFileSync(path, 'hello')
  for (const feature of probe.features.filter((one) => one.startsWith('open:'))) {
    const kind = feature.slice('open:'.length)
    const opening = { do: 'open', name: kind, kind, path, bytes: bytes('a'), chunks: [bytes('a')] }
    expect(await probe.get(opening)).toBeNull()
    const usable = kind !== 'closed'
    expect(await probe.get({ do: 'handle', name: kind })).toMatchObject({ usable })
    expect(await probe.get({ do: 'close', name: kind })).toBeNull()
  }
}

async function cancels(probe: Speaker): Promise<void> {
  if (probe.features.includes('withdraw')) {
    const cancelled = probe.call.begin({ do: 'receive', withdrawable: true })
    const other = probe.call.begin({ do: 'receive' })
    expect(await probe.get({ do: 'withdraw', of: cancelled })).toBeNull()
    expect((await probe.answer(cancelled)).error).toBeDefined()
    expect(
      await probe.get({ do: 'send', event: { type: 'echo', text: 'for the other' } }),
    ).toBeNull()
    expect((await probe.answer(other)).ok).toEqual({ type: 'echo', text: 'for the other' })
  }
  if (probe.features.includes('withdrawn')) {
    const { error } = await probe.ask({ do: 'receive', withdrawn: true })
    expect(error).toBeDefined()
  }
}

async function ends(probe: Speaker): Promise<void> {
  const callback = probe.call.begin({ do: 'on', event: 'disconnect' })
  const waiting = probe.call.begin({ do: 'wait', for: 'disconnected' })
  const ended = probe.call.begin({ do: 'wait', for: 'ended' })
  expect(await probe.get({ do: 'ping' })).toBeNull()
  const abort = probe.call.begin({ do: 'abort', detail: 'enough' })
  const facts = {
    isConnected: false,
    disconnectReason: 'app_abort',
    disconnectDetail: 'enough',
    responseStarted: false,
    responseComplete: false,
  }
  const args = ['app_abort', 'enough']
  expect(await probe.called(callback)).toMatchObject({ args, during: abort, facts })
  expect((await probe.answer(abort)).ok).toBeNull()
  expect((await probe.answer(waiting)).ok).toBe('app_abort')
  expect((await probe.answer(ended)).ok).toBe('app_abort')
}
